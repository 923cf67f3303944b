// One event of a stack as a log line: its level, time, words and stack are found under the names that loggers
// use, and written under ours (lib/log-fields.ts). Everything else of it is kept as it is.
import { dnsLabelPattern, longestName } from "../../model/manifest-words.ts";
import { logLevels } from "../../ports-logs.ts";
import type { LineLevel, LogEntry } from "../../ports-logs.ts";
import { eventTimeMs } from "./event-time.ts";

export type ReadEvent =
  { readonly ok: true; readonly entry: LogEntry } | { readonly ok: false; readonly detail: string };

export interface EventDefaults {
  /** Of events that name no stack; null: the request names none either. */
  readonly stack: string | null;
  readonly nowMs: number;
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

type Fields = Readonly<Record<string, unknown>>;

/** As pino and bunyan number them. */
function numberedLevel(level: number): LineLevel {
  const at = Math.min(Math.max(Math.floor(level / 10), 1), logLevels.length) - 1;
  return logLevels[at] ?? "info";
}

function levelOf(value: unknown): LineLevel {
  if (typeof value === "number") return value >= 10 ? numberedLevel(value) : "info";
  if (typeof value !== "string") return "info";
  return levelWords[value.trim().toLowerCase()] ?? "info";
}

/** The first of these names that the event has, with a value. */
function first(
  fields: Fields,
  of: readonly string[],
): readonly [name: string, value: unknown] | null {
  const name = of.find((one) => Object.hasOwn(fields, one) && fields[one] !== null);
  return name === undefined ? null : [name, fields[name]];
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

function word(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value.slice(0, longestWord) : null;
}

function readFields(fields: Fields, { stack: given, nowMs }: EventDefaults): ReadEvent {
  const time = first(fields, names.time);
  const level = first(fields, names.level);
  const msg = first(fields, names.msg);
  const said = first(fields, names.stack);
  const kind = first(fields, names.kind);
  const component = first(fields, names.component);
  const own = said === null ? null : ownStack(said[1]);
  const isNamed = own !== null && own !== "";
  const stack = isNamed ? stackName(own) : given;
  if (isNamed && stack === null) {
    return {
      ok: false,
      detail: `${said?.[0] ?? "stack"} is not a stack's name: 1 to ${longestName} of a-z, 0-9 and -`,
    };
  }
  const atMs = time === null ? nowMs : (eventTimeMs(time[1]) ?? nowMs);
  const lineLevel = levelOf(level?.[1]);
  const renamed = new Set(
    [time, level, msg, said].flatMap((one) => (one === null ? [] : [one[0]])),
  );
  const rest = Object.fromEntries(Object.entries(fields).filter(([name]) => !renamed.has(name)));
  const line = JSON.stringify({
    time: new Date(atMs).toISOString(),
    level: lineLevel,
    msg: msg?.[1] ?? kind?.[1] ?? "",
    stack: stack ?? unknownStack,
    ...rest,
  });
  const metadata: Record<string, string> = { stack: stack ?? unknownStack };
  const kindWord = word(kind?.[1]);
  const componentWord = word(component?.[1]);
  if (kindWord !== null) metadata.kind = kindWord;
  if (componentWord !== null) metadata.component = componentWord;
  return { ok: true, entry: { atMs, service: eventService, level: lineLevel, line, metadata } };
}

/** Takes an object, or a text that is the whole message. */
export function readEvent(value: unknown, defaults: EventDefaults): ReadEvent {
  if (typeof value === "string") return readFields({ msg: value }, defaults);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { ok: false, detail: "an event is an object or a text" };
  }
  try {
    return readFields(value as Fields, defaults);
  } catch (error) {
    if (error instanceof RangeError) return { ok: false, detail: "it is nested too deeply" };
    throw error;
  }
}
