// What stands in the lease of a server, as one short text that people can read and another version of Capstan can
// refuse: who holds it, since when, and for how long each renewal counts. Times are its writer's own and for people
// only: no process compares them with a clock of its own.

export interface LeaseText {
  /** `held`: its writer renews it. `free`: it was given back. `broken`: a person broke it; nobody renews it. */
  readonly state: "held" | "free" | "broken";
  /** `capstan run`, `capstan apply`. */
  readonly by: string;
  readonly host: string;
  /** Process number on that host. */
  readonly pid: number;
  /** Of Capstan. */
  readonly version: string;
  /** Of one start of one process. */
  readonly writer: string;
  /** Counts what this writer wrote: no two of its texts are equal. */
  readonly number: number;
  /** How long the lease lasts after each renewal. */
  readonly ttlMs: number;
  /** ISO 8601, by the writer's clock. */
  readonly since: string;
  readonly until: string;
}

const states = ["held", "free", "broken"] as const;
const beginning = "capstan-lease:1 ";
const longestTtlMs = 3_600_000;

/** `capstan-lease:1 state=held by=capstan%20run host=host-a pid=42 …` */
export function leaseText(lease: LeaseText): string {
  const { state, by, host, pid, version, writer, number, ttlMs, since, until } = lease;
  const values = { state, by, host, pid, version, writer, number, ttlMs, since, until };
  const words = Object.entries(values).map(
    ([name, value]) => `${name}=${encodeURIComponent(String(value)).replaceAll("%3A", ":")}`,
  );
  return `${beginning}${words.join(" ")}`;
}

/** Null for what a person, or another version, wrote. */
export function parseLeaseText(text: string): LeaseText | null {
  if (!text.startsWith(beginning) || text.length > 2_000) return null;
  const values = new Map<string, string>();
  for (const word of text.slice(beginning.length).split(" ")) {
    const at = word.indexOf("=");
    if (at < 1) return null;
    try {
      values.set(word.slice(0, at), decodeURIComponent(word.slice(at + 1)));
    } catch {
      return null;
    }
  }
  const of = (name: string): string => values.get(name) ?? "";
  const count = (name: string): number => (/^\d{1,12}$/.test(of(name)) ? Number(of(name)) : NaN);
  const state = states.find((one) => one === of("state"));
  const [pid, number, ttlMs] = [count("pid"), count("number"), count("ttlMs")];
  const isWhole = ["by", "host", "version", "writer", "since", "until"].every(
    (one) => of(one) !== "",
  );
  if (state === undefined || !isWhole || [pid, number, ttlMs].some(Number.isNaN)) return null;
  if (ttlMs < 1 || ttlMs > longestTtlMs) return null;
  return {
    state,
    ...{ by: of("by"), host: of("host"), pid, version: of("version") },
    ...{ writer: of("writer"), number, ttlMs, since: of("since"), until: of("until") },
  };
}

/**
 * Who it is, in words for people: `the controller on host-a (process 42, since 2026-11-28T20:00:00Z)`. Null for a lease
 * that a person broke: nobody has it.
 */
export function holderWords(text: string): string | null {
  const lease = parseLeaseText(text);
  return lease?.state === "broken" ? null : holderOf(lease);
}

function holderOf(lease: LeaseText | null): string {
  if (lease === null) return "somebody whose lease this version of Capstan cannot read";
  const { by, host, pid, since } = lease;
  const who = by === "capstan run" ? "the controller" : plain(by);
  return `${who} on ${plain(host)} (process ${pid}, since ${plain(since)})`;
}

/** Why another process may not write, as a sentence without its full stop. `text`: null where the lease is gone. */
export function leaseWords(text: string | null): string {
  if (text === null) return "somebody deleted the lease of this server by hand";
  const lease = parseLeaseText(text);
  if (lease?.state !== "broken") return `${holderOf(lease)} holds this server`;
  const { by, host, since } = lease;
  return `${plain(by)} on ${plain(host)} broke the lease of this server at ${plain(since)}`;
}

/** Anybody who may write tags may have written it. */
function plain(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 80);
}
