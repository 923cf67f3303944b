// One event of a stack as a log line: its level, time, words and stack are found under the names that loggers
// use, and written under ours (lib/log-fields.ts). Everything else of it is kept as it is; what has one of our
// names and is not what we write there is kept as `sender_…`.
import { dnsLabelPattern, longestName } from "../../model/manifest-words.ts";
import { logLevels } from "../../ports-logs.ts";
import type { LineLevel, LogEntry } from "../../ports-logs.ts";
import { eventTimeMs } from "./event-time.ts";
import { maxEventBytes } from "./limits.ts";

export type ReadEvent =
  { readonly ok: true; readonly entry: LogEntry } | { readonly ok: false; readonly detail: string };

export interface EventContext {
  /** Of events that name no stack; null: the request names none either. */
  readonly stack: string | null;
  readonly nowMs: number;
  readonly redact: (text: string) => string;
}

/** The label of all stacks' lines: their names are too many for one. */
export const eventService = "ai-stack";
/** The stack of events that nobody named. */
export const unknownStack = "unknown";

const levelWords: Readonly<Record<string, LineLevel>> = {
  ...Object.fromEntries(logLevels.map((level) => [level, level])),
  verbose: "debug",
  information: "info",
  notice: "info",
  log: "info",
  warning: "warn",
  err: "error",
  critical: "fatal",
  crit: "fatal",
  alert: "fatal",
  emergency: "fatal",
  panic: "fatal",
};

const names = {
  time: ["timestamp", "time", "ts", "@timestamp", "datetime", "date"],
  level: ["level", "severity", "lvl", "log_level", "logLevel"],
  msg: ["msg", "message", "text", "log", "line"],
  stack: ["stack", "stack_name", "stackName", "STACK_NAME"],
  kind: ["kind", "event", "type", "event_type", "eventType"],
  component: ["component", "service", "source", "logger", "app"],
} as const;

/** Longer words are cut where lines are looked for by them; the line itself keeps them. */
const longestWord = 100;

/** `"":0,` */
const shortestFieldBytes = 5;

type Fields = Readonly<Record<string, unknown>>;

/** As pino and bunyan number them. */
function numberedLevel(level: number): LineLevel {
  const at = Math.min(Math.max(Math.floor(level / 10), 1), logLevels.length) - 1;
  return logLevels[at] ?? "info";
}

/** Null for what is not a level. */
function levelOf(value: unknown): LineLevel | null {
  if (typeof value === "number") return value >= 10 ? numberedLevel(value) : null;
  if (typeof value !== "string") return null;
  const word = value.trim().toLowerCase();
  return Object.hasOwn(levelWords, word) ? (levelWords[word] ?? null) : null;
}

const isNothing = (value: unknown): boolean => value === null || value === "";
const something = (value: unknown): unknown => (isNothing(value) ? null : value);
const word = (value: unknown): string | null =>
  typeof value === "string" && value !== "" ? value : null;

interface Found<T> {
  readonly name: string;
  readonly value: T;
}

/** The first of these names under which the event has something that `read` understands. */
function find<T>(
  fields: Fields,
  of: readonly string[],
  read: (value: unknown) => T | null,
): Found<T> | null {
  for (const name of of) {
    const value = Object.hasOwn(fields, name) ? read(fields[name]) : null;
    if (value !== null) return { name, value };
  }
  return null;
}

/** A stack's name, or null for what cannot be one. */
export function stackName(value: unknown): string | null {
  if (typeof value !== "string") return null;
  const name = value.trim().toLowerCase();
  return name.length <= longestName && dnsLabelPattern.test(name) ? name : null;
}

/** What an event says of its stack: `{"stack": {"name": "alice"}}` as well. */
function ownStack(value: unknown): unknown {
  const isNamed = typeof value === "object" && value !== null && "name" in value;
  return isNamed ? value.name : value;
}

type OwnStack =
  | { readonly ok: true; readonly name: string | null; readonly stack: string | null }
  | { readonly ok: false; readonly detail: string };

/** The stack of an event, and under which of its names that is; null: the request's. */
function stackOf(fields: Fields, given: string | null): OwnStack {
  const own = find(fields, names.stack, (value) => stackName(ownStack(value)));
  if (own !== null) return { ok: true, name: own.name, stack: own.value };
  const impossible = names.stack.filter(
    (name) => Object.hasOwn(fields, name) && !isNothing(ownStack(fields[name])),
  );
  const rule = `1 to ${longestName} of a-z, 0-9 and -`;
  const wrong = impossible.find((name) => name !== "stack");
  if (wrong !== undefined) return { ok: false, detail: `${wrong} is not a stack's name: ${rule}` };
  // Loggers write the trace of an error as `stack`: it says nothing of whose event this is.
  if (impossible.length === 0 || given !== null) return { ok: true, name: null, stack: given };
  const detail = `stack is not a stack's name (${rule}), and the request names no stack`;
  return { ok: false, detail };
}

/** All fields but the used ones, under names that are free next to ours. */
function leftovers(
  fields: Fields,
  used: ReadonlySet<string>,
  ours: Fields,
): readonly (readonly [name: string, value: unknown])[] {
  return Object.entries(fields).flatMap(([name, value]) => {
    if (used.has(name)) return [];
    if (!Object.hasOwn(ours, name)) return [[name, value] as const];
    if (isNothing(value)) return [];
    let free = name === "stack" ? "trace" : `sender_${name}`;
    while (Object.hasOwn(fields, free)) free = `sender_${free}`;
    return [[free, value] as const];
  });
}

function readFields(fields: Fields, { stack: given, nowMs, redact }: EventContext): ReadEvent {
  const tooLarge: ReadEvent = { ok: false, detail: `it is larger than ${maxEventBytes} bytes` };
  // Going through hundreds of thousands of fields takes seconds.
  if (Object.keys(fields).length > maxEventBytes / shortestFieldBytes) return tooLarge;
  const own = stackOf(fields, given);
  if (!own.ok) return own;
  const stack = own.stack ?? unknownStack;
  const time = find(fields, names.time, eventTimeMs);
  const level = find(fields, names.level, levelOf);
  const msg = find(fields, names.msg, something);
  const kind = find(fields, names.kind, word);
  const component = find(fields, names.component, word);
  const atMs = time?.value ?? nowMs;
  const lineLevel = level?.value ?? "info";
  const ours = {
    time: new Date(atMs).toISOString(),
    level: lineLevel,
    msg: msg?.value ?? kind?.value ?? "",
    stack,
  };
  const used = new Set([time, level, msg, own].flatMap((one) => one?.name ?? []));
  const line = JSON.stringify(
    Object.fromEntries([...Object.entries(ours), ...leftovers(fields, used, ours)]),
  );
  if (Buffer.byteLength(line) > maxEventBytes) return tooLarge;
  const metadata = { stack, kind: kind?.value, component: component?.value };
  return {
    ok: true,
    entry: {
      atMs,
      service: eventService,
      level: lineLevel,
      line: redact(line),
      metadata: Object.fromEntries(
        Object.entries(metadata).flatMap(([name, value]) =>
          // Half a secret would not be found.
          value === undefined ? [] : [[name, redact(value).slice(0, longestWord)]],
        ),
      ),
    },
  };
}

/** Takes an object, or a text that is the whole message. */
export function readEvent(value: unknown, context: EventContext): ReadEvent {
  if (typeof value === "string") return readFields({ msg: value }, context);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { ok: false, detail: "an event is an object or a text" };
  }
  try {
    return readFields(value as Fields, context);
  } catch (error) {
    if (error instanceof RangeError) return { ok: false, detail: "it is nested too deeply" };
    throw error;
  }
}
