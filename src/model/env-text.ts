// The env text of Dokploy as a grammar: names and values to text that its parser (dotenv 16.4) reads
// back as exactly these values, and any text to the values that a container would get.
//
// What that parser does: `NAME=value` a line; a value in ', " or ` may span lines and has no escapes,
// except that \n and \r in double quotes become line breaks; a backslash before a quote lets the value
// run on to a later quote, if the rest allows it; outside quotes `#` begins a comment and blanks at
// both ends are dropped; CR and CRLF become LF everywhere. References like ${{project.TZ}} are plain
// text here: Dokploy puts their values in after it has read the text. Only those of a vault it puts into
// the text itself, so that quotes around them keep a `#` of the value from ending it.

export const envNamePattern = /^[A-Za-z0-9_.-]+$/;

/** Whether Dokploy keeps a name: others make entries vanish, and `__proto__` is lost in its parser. */
export function isWritableEnvName(name: string): boolean {
  return envNamePattern.test(name) && name !== "__proto__";
}

const quotes = ["'", '"', "`"] as const;
type Quote = (typeof quotes)[number];

/** Nothing here needs a quote or ends a value: no blank, no quote, no `#`, no backslash. */
const plain = /^[^\s#'"`\\]+$/;
/** Without quotes at its ends, a value may hold any quote inside, but neither `#` nor line breaks. */
const bare = /^[^\s#'"`](?:[^#\n\r]*[^\s#])?$/;

function quoteFor(value: string): Quote | null {
  return (
    quotes.find((quote) => !value.includes(quote) && (quote !== '"' || !/\\[nr]/.test(value))) ??
    null
  );
}

/**
 * Whether some text makes Dokploy hand exactly this value to a container. Not writable: CR (read back
 * as LF), NUL (Dokploy answers 400), half a surrogate pair, and values that need quotes while every
 * quote is barred: a quote is barred by its own presence in the value, and double quotes also by a
 * backslash before `n` or `r`.
 */
export function isWritableEnvValue(value: string): boolean {
  if (/[\r\0]/.test(value) || !value.isWellFormed()) return false;
  return value === "" || quoteFor(value) !== null || bare.test(value);
}

/**
 * One entry. A quoted value that ends in a backslash could run on to the next quote of that kind, so a
 * comment follows that offers such a quote where the parser cannot use it.
 */
function formatEntry(name: string, value: string): string {
  if (value === "" || (plain.test(value) && !value.includes("${{vault.")))
    return `${name}=${value}`;
  const quote = quoteFor(value);
  if (quote === null) return `${name}=${value}`;
  const entry = `${name}=${quote}${value}${quote}`;
  return value.endsWith("\\") ? `${entry}\n#${quote}.` : entry;
}

/** The text of a map, sorted by name; every name and value must be writable. */
export function formatEnvText(values: Readonly<Record<string, string>>): string {
  return Object.keys(values)
    .sort()
    .map((name) => formatEntry(name, values[name] ?? ""))
    .join("\n");
}

export interface ParsedEnv {
  readonly values: Readonly<Record<string, string>>;
  /** Whether all of the text was entries, comments and blank lines. */
  readonly clean: boolean;
}

const nameAtStart = /\s*(?:export\s+)?([\w.-]+)(?:\s*=|:\s)/y;
/** In the order in which the parser tries them. */
const valueForms = [
  ...quotes.map(
    (quote) => new RegExp(`(\\s*${quote}(?:\\\\${quote}|[^${quote}])*${quote})\\s*(?:#.*)?$`, "my"),
  ),
  /([^#\r\n]*)\s*(?:#.*)?$/my,
];

/** Quotes at both ends go, whatever is between them; a double quote at the start expands line breaks. */
function unquote(raw: string): string {
  const first = raw.charAt(0);
  const isQuoted =
    raw.length >= 2 && raw.endsWith(first) && (quotes as readonly string[]).includes(first);
  const inner = isQuoted ? raw.slice(1, -1) : raw;
  return first === '"' ? inner.replace(/\\n/g, "\n").replace(/\\r/g, "\r") : inner;
}

/** The value whose text begins at `at`, and where the text goes on after it. */
function valueAt(text: string, at: number): { value: string; next: number } | null {
  for (const form of valueForms) {
    form.lastIndex = at;
    const match = form.exec(text);
    if (match !== null) return { value: unquote((match[1] ?? "").trim()), next: form.lastIndex };
  }
  return null;
}

/** What a container would get of a stored text. The last of several entries of one name counts. */
export function parseEnvText(text: string): ParsedEnv {
  const source = text.replace(/\r\n?/g, "\n");
  const values = new Map<string, string>();
  let clean = true;
  let at = 0;
  while (at < source.length) {
    const lineEnd = source.indexOf("\n", at);
    const end = lineEnd === -1 ? source.length : lineEnd;
    const line = source.slice(at, end);
    nameAtStart.lastIndex = at;
    const name = line.trim() === "" ? null : nameAtStart.exec(source);
    const value = name === null ? null : valueAt(source, nameAtStart.lastIndex);
    if (name === null || value === null) {
      if (line.trim() !== "" && !line.trimStart().startsWith("#")) clean = false;
      at = end + 1;
      continue;
    }
    if (name[1] !== undefined && name[1] !== "__proto__") values.set(name[1], value.value);
    const rest = source.indexOf("\n", value.next);
    at = rest === -1 ? source.length : rest + 1;
  }
  return { values: Object.fromEntries(values), clean };
}
