// The events in a body: one object, an array, `{"events": […]}`, or one event a line (NDJSON, or plain text).

export type ReadBody =
  | { readonly ok: true; readonly events: readonly ReadValue[] }
  | { readonly ok: false; readonly detail: string };

/** Undefined: the line is no JSON. */
export type ReadValue = { readonly value: unknown } | undefined;

/** Names under which senders wrap a list. */
const wrappers = ["events", "logs", "records", "entries"] as const;

function parse(text: string): ReadValue {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

function unwrapped(value: unknown): readonly ReadValue[] {
  if (Array.isArray(value)) return value.map((one: unknown) => ({ value: one }));
  if (typeof value !== "object" || value === null) return [{ value }];
  const fields = value as Readonly<Record<string, unknown>>;
  const name = wrappers.find((one) => Array.isArray(fields[one]));
  if (name === undefined) return [{ value }];
  // What stands beside the list holds for each of it.
  const { [name]: list, ...shared } = fields;
  return (list as readonly unknown[]).map((one) => ({
    value: typeof one === "object" && !Array.isArray(one) ? { ...shared, ...one } : one,
  }));
}

function linesOf(text: string): readonly string[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== "");
}

export function readBody(text: string, contentType: string): ReadBody {
  // A mark at the beginning belongs to the encoding.
  const body = text.replace(/^\ufeff/, "");
  if (body.trim() === "") return { ok: false, detail: "the body is empty" };
  if (/^text\/plain\b/i.test(contentType)) {
    return { ok: true, events: linesOf(body).map((line) => parseObject(line) ?? { value: line }) };
  }
  const lines = linesOf(body);
  const isLines = /ndjson|jsonl|json-?lines|json-seq/i.test(contentType);
  const whole = isLines ? undefined : parse(body);
  if (whole !== undefined) return { ok: true, events: unwrapped(whole.value) };
  if (lines.length === 1 && !isLines) return { ok: false, detail: "the body is not JSON" };
  const events = lines.map((line) => parse(line.replace(/^\u001e/, "")));
  if (events.every((event) => event === undefined)) {
    return { ok: false, detail: "the body is neither JSON nor one JSON event a line" };
  }
  return { ok: true, events };
}

/** A number or a word in a plain text is that text. */
function parseObject(line: string): ReadValue {
  const read = line.trimStart().startsWith("{") ? parse(line) : undefined;
  return typeof read?.value === "object" ? read : undefined;
}
