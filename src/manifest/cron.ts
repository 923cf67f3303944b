// Whether a text is a schedule of five cron fields, and whether a time zone exists. What cron dialects
// disagree about is left out; the rest must be what the engine's own reader of schedules takes.
import { validate } from "node-cron";

const fields = [
  { min: 0, max: 59, names: [] },
  { min: 0, max: 23, names: [] },
  { min: 1, max: 31, names: [] },
  {
    min: 1,
    max: 12,
    names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
  },
  { min: 0, max: 7, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
] as const;

type Field = (typeof fields)[number];

function isValue(text: string, field: Field): boolean {
  if ((field.names as readonly string[]).includes(text.toLowerCase())) return true;
  return /^\d{1,2}$/.test(text) && Number(text) >= field.min && Number(text) <= field.max;
}

function isField(text: string, field: Field): boolean {
  return text.split(",").every((part) => {
    const [range = "", stepText, ...more] = part.split("/");
    if (more.length > 0) return false;
    if (stepText !== undefined && !/^[1-9]\d?$/.test(stepText)) return false;
    if (range === "*") return true;
    const ends = range.split("-");
    return ends.length <= 2 && ends.every((end) => isValue(end, field));
  });
}

export function isCron(text: string): boolean {
  const parts = text.trim().split(/\s+/);
  return (
    parts.length === fields.length &&
    fields.every((field, index) => isField(parts[index] ?? "", field)) &&
    validate(text)
  );
}

export function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
