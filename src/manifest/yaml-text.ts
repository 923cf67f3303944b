// Values as YAML on one line, in a style that reads well beside what people wrote. Everything that another reader of
// YAML could take for something else is quoted.
import { parseDocument } from "yaml";

/** What can be written into a document. */
export type PlainValue =
  string | number | boolean | null | readonly PlainValue[] | { readonly [key: string]: PlainValue };

/** How a text was quoted before: it stays that way. */
export type Quotes = "double" | "single" | "none";

/** Words and numbers of YAML 1.1 as well, which other tools still read. */
const readsAsOther =
  /^(?:~|null|true|false|yes|no|on|off|y|n|[-+]?[.]?(?:inf|nan)|[-+]?[\d.][\d_.:eExXoOa-fA-F+-]*)$/i;
const plainText = /^[A-Za-z0-9_./@][A-Za-z0-9_./@:+-]*$/;

function isPlain(text: string): boolean {
  if (!plainText.test(text) || text.endsWith(":") || text.length > 1_000) return false;
  if (readsAsOther.test(text)) return false;
  // The same in a list as in a block.
  return [`[ ${text} ]`, `- ${text}`].every((list) => {
    const read: unknown = parseDocument(list).toJS();
    return Array.isArray(read) && read.length === 1 && read[0] === text;
  });
}

function textOf(text: string, quotes: Quotes): string {
  // A line break, or what no quote shows, has an escape only in double quotes.
  const isShown = !/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/.test(text);
  if (quotes === "single" && isShown) return `'${text.replaceAll("'", "''")}'`;
  if (quotes === "none" && isPlain(text)) return text;
  return JSON.stringify(text);
}

/** `quotes`: of a text, how it was written before. */
export function yamlText(value: PlainValue, quotes: Quotes = "none"): string {
  if (typeof value === "string") return textOf(value, quotes);
  if (value === null) return "null";
  if (typeof value !== "object") return String(value);
  if (isList(value)) {
    return value.length === 0 ? "[]" : `[${value.map((one) => yamlText(one)).join(", ")}]`;
  }
  const entries = Object.entries(value).map(
    ([key, one]) => `${textOf(key, "none")}: ${yamlText(one)}`,
  );
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

function isList(value: PlainValue): value is readonly PlainValue[] {
  return Array.isArray(value);
}
