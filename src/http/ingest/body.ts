// The events in a body: one object, an array, `{"events": […]}`, or one event a line (NDJSON, or plain text).
// Events are counted before they are read: a small packed body can hold millions of lines.
import { maxEvents, maxSharedBytes } from "./limits.ts";

export type ReadBody =
  | { readonly ok: true; readonly events: readonly ReadValue[] }
  | { readonly ok: false; readonly status: 400 | 413; readonly detail: string };

/** Undefined: the line is no JSON. */
export type ReadValue = { readonly value: unknown } | undefined;

/** Names under which senders wrap a list. */
const wrappers = ["events", "logs", "records", "entries"] as const;

const bad = (detail: string): ReadBody => ({ ok: false, status: 400, detail });
const tooMuch = (detail: string): ReadBody => ({ ok: false, status: 413, detail });
const tooMany = tooMuch(`a request has at most ${maxEvents} events`);

function parse(text: string): ReadValue {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

function isShort(value: unknown): boolean {
  try {
    return Buffer.byteLength(JSON.stringify(value)) <= maxSharedBytes;
  } catch (error) {
    // Nested too deeply.
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function listed(list: readonly unknown[], shared: object): ReadBody {
  if (list.length > maxEvents) return tooMany;
  const events = list.map((one) => ({
    value:
      typeof one === "object" && one !== null && !Array.isArray(one) ? { ...shared, ...one } : one,
  }));
  return { ok: true, events };
}

function unwrapped(value: unknown): ReadBody {
  if (Array.isArray(value)) return listed(value, {});
  const single: ReadBody = { ok: true, events: [{ value }] };
  if (typeof value !== "object" || value === null) return single;
  const fields = value as Readonly<Record<string, unknown>>;
  const name = wrappers.find((one) => Array.isArray(fields[one]));
  if (name === undefined) return single;
  // The fields next to the list belong to each of its events.
  const { [name]: list, ...shared } = fields;
  if (!isShort(shared)) {
    return tooMuch(`what stands next to the list of events has at most ${maxSharedBytes} bytes`);
  }
  return listed(list as readonly unknown[], shared);
}

/** The lines that are not blank; null when there are more than `maxEvents`. */
function linesOf(text: string): readonly string[] | null {
  const lines: string[] = [];
  const words = /\S/g;
  for (let found = words.exec(text); found !== null; found = words.exec(text)) {
    if (lines.length === maxEvents) return null;
    const start = text.lastIndexOf("\n", found.index) + 1;
    const next = text.indexOf("\n", found.index);
    const end = next === -1 ? text.length : next;
    lines.push(text.slice(start, end).replace(/\r$/, ""));
    words.lastIndex = end;
  }
  return lines;
}

export function readBody(text: string, contentType: string): ReadBody {
  // A mark at the beginning belongs to the encoding.
  const body = text.replace(/^\ufeff/, "");
  if (body.trim() === "") return bad("the body is empty");
  const isText = /^text\/plain\b/i.test(contentType);
  const isLines = /ndjson|jsonl|json-?lines|json-seq/i.test(contentType);
  const whole = isText || isLines ? undefined : parse(body);
  if (whole !== undefined) return unwrapped(whole.value);
  const lines = linesOf(body);
  if (lines === null) {
    return isText || isLines
      ? tooMany
      : tooMuch(`the body is not JSON, and as lines it has more than ${maxEvents} events`);
  }
  if (isText) {
    return { ok: true, events: lines.map((line) => parseObject(line) ?? { value: line }) };
  }
  if (lines.length === 1 && !isLines) return bad("the body is not JSON");
  const events = lines.map((line) => parse(line.replace(/^\u001e/, "")));
  if (events.every((event) => event === undefined)) {
    return bad("the body is neither JSON nor one JSON event a line");
  }
  return { ok: true, events };
}

/** A number or a word in a plain text is that text. */
function parseObject(line: string): ReadValue {
  const read = line.trimStart().startsWith("{") ? parse(line) : undefined;
  return typeof read?.value === "object" ? read : undefined;
}
