// Whether Dokploy understands a cron expression, and whether its moment ever comes. Dokploy takes any text with a
// 200 and then never runs it, so it is checked here, by the rules of the reader that Dokploy uses: five fields, or six
// with seconds first.

interface Field {
  readonly what: string;
  readonly min: number;
  readonly max: number;
  readonly names: readonly string[];
}

const seconds: Field = { what: "seconds", min: 0, max: 59, names: [] };
const minutes: Field = { what: "minutes", min: 0, max: 59, names: [] };
const hours: Field = { what: "hours", min: 0, max: 23, names: [] };
const days: Field = { what: "days of the month", min: 1, max: 31, names: [] };
const months: Field = {
  what: "months",
  min: 1,
  max: 12,
  names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
};
const weekdays: Field = {
  what: "days of the week",
  min: 0,
  max: 7,
  names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
};

const fields = [minutes, hours, days, months, weekdays];
const words: ReadonlySet<string> = new Set(["@hourly", "@daily", "@weekly", "@monthly", "@yearly"]);
/** In a leap year. */
const longest = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function valueOf(text: string, { min, max, names }: Field): number | null {
  const named = names.indexOf(text.toLowerCase());
  if (named !== -1) return named + min;
  const value = /^\d{1,2}$/.test(text) ? Number(text) : NaN;
  return value >= min && value <= max ? value : null;
}

/** `*`, `3`, `1-5`, `5/10`, `0-30/5`; null: not understood. */
function valuesOf(part: string, field: Field): readonly number[] | null {
  const [range = "", stepText, ...more] = part.split("/");
  if (more.length > 0 || (stepText !== undefined && !/^[1-9]\d*$/.test(stepText))) return null;
  const isAny = range === "*" || (range === "?" && (field === days || field === weekdays));
  const [from, to, ...rest] = isAny
    ? [field.min, field.max]
    : range.split("-").map((end) => valueOf(end, field));
  if (from === undefined || from === null || to === null || rest.length > 0) return null;
  const last = to ?? (stepText === undefined ? from : field.max);
  if (last < from) return null;
  const step = Number(stepText ?? 1);
  return Array.from({ length: Math.floor((last - from) / step) + 1 }, (_, i) => from + i * step);
}

/** All values of a field; null: not understood. The last day of a month is written L, the first Monday 1#1. */
function read(text: string, field: Field): readonly number[] | null {
  if (field === weekdays && /^[0-7](?:L|#[1-5])$/.test(text)) return [Number(text[0])];
  const values: number[] = [];
  for (const part of text.split(",")) {
    const found = field === days && part === "L" ? [1] : valuesOf(part, field);
    if (found === null) return null;
    values.push(...found);
  }
  return values;
}

/** What is wrong with the expression, as the end of a sentence; null: nothing. */
export function cronRefusal(text: string): string | null {
  if (words.has(text)) return null;
  const given = text.trim().split(/\s+/);
  const known = given.length === 6 ? [seconds, ...fields] : fields;
  if (given.length !== known.length) {
    return "must be a cron expression of five fields: minutes, hours, days of the month, months, days of the week";
  }
  for (const [index, field] of known.entries()) {
    if (read(given[index] ?? "", field) === null) {
      return `must be a cron expression: its ${field.what} cannot be read`;
    }
  }
  const [dayText = "", monthText = "", weekdayText = ""] = given.slice(-3);
  const inMonths = read(monthText, months) ?? [];
  const onDays = read(dayText, days) ?? [];
  const comes = inMonths.some((month) => onDays.some((day) => day <= (longest[month - 1] ?? 0)));
  // Of several months it runs on the days of the week as well; of one Dokploy refuses the day for itself.
  const byWeekday = !/^[*?]$/.test(weekdayText) && new Set(inMonths).size > 1;
  return comes || byWeekday ? null : "never comes true: no such month has that day";
}
