// The zone as it was last read, for all runs together: read once for everybody who needs it as new, with the own
// writes that the provider acknowledged laid over it. A provider that does not answer is asked again after a growing
// pause; meanwhile the zone is unknown, and nothing is inferred from that.
import { backoffMs } from "../../lib/backoff.ts";
import type { BackoffPolicy } from "../../lib/backoff.ts";
import type { Clock } from "../../lib/clock.ts";
import { describeError, toCapstanError } from "../../lib/errors.ts";
import type { RecordSet } from "../../model/dns.ts";
import type { KnownZone } from "../../plan/records.ts";
import type { Dns } from "../../ports-dns.ts";

export interface ZoneView {
  /** The zone, not older than this; unknown when it cannot be read now. Never throws. */
  since(freshAtMs: number): Promise<KnownZone>;
  /** The provider acknowledged that a record set is like this now; `values` empty: it is gone. */
  wrote(set: RecordSet): void;
  /** Somebody changed the zone, or nobody knows what became of a write: what was read counts no more. */
  distrust(): void;
  /** How long until it is worth asking again. */
  retryInMs(): number;
}

/** One failing provider concerns many stacks: it is asked for all of them together. */
const zoneBackoff: BackoffPolicy = { firstMs: 1_000, maxMs: 5 * 60_000, jitter: 0.2 };

interface Read {
  readonly atMs: number;
  readonly name: string;
  readonly sets: ReadonlyMap<string, RecordSet>;
}

const keyOf = ({ name, type }: Pick<RecordSet, "name" | "type">): string => `${name} ${type}`;

export function createZoneView(options: {
  readonly dns: Pick<Dns, "title" | "zone" | "list">;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
}): ZoneView {
  const { dns, clock, random } = options;
  let read: Read | null = null;
  let reading: { readonly atMs: number; readonly promise: Promise<KnownZone> } | null = null;
  let failures = 0;
  let retryAtMs = 0;
  let why = "";
  /** What was written while a list was under way: the list may lack it. */
  let writtenMeanwhile: RecordSet[] = [];

  const known = ({ name, sets }: Read): KnownZone => ({
    kind: "read",
    name,
    sets: [...sets.values()],
  });

  function laidOver(sets: ReadonlyMap<string, RecordSet>, set: RecordSet): Map<string, RecordSet> {
    const next = new Map(sets);
    if (set.values.length === 0) next.delete(keyOf(set));
    else next.set(keyOf(set), set);
    return next;
  }

  async function list(atMs: number): Promise<KnownZone> {
    writtenMeanwhile = [];
    try {
      const { name } = await dns.zone();
      const found = await dns.list();
      let sets: ReadonlyMap<string, RecordSet> = new Map(found.map((set) => [keyOf(set), set]));
      for (const set of writtenMeanwhile) sets = laidOver(sets, set);
      read = { atMs, name, sets };
      failures = 0;
      retryAtMs = 0;
      return known(read);
    } catch (thrown) {
      const error = toCapstanError(thrown);
      failures += 1;
      const pause = backoffMs(zoneBackoff, failures, random());
      retryAtMs = clock.now() + Math.max(pause, error.retryAfterMs ?? 0);
      why = `${dns.title} cannot be read: ${describeError(error)}`;
      return { kind: "unknown", why };
    }
  }

  return {
    async since(freshAtMs) {
      if (read !== null && read.atMs >= freshAtMs) return known(read);
      if (reading !== null && reading.atMs >= freshAtMs) return reading.promise;
      const atMs = clock.now();
      if (atMs < retryAtMs) return { kind: "unknown", why };
      // A list that is under way may be older than what is asked for.
      const before = reading?.promise ?? null;
      const promise = (before ?? Promise.resolve(null)).then(() => list(atMs));
      const mine = { atMs, promise };
      reading = mine;
      const found = await promise;
      if (reading === mine) reading = null;
      return found;
    },
    wrote(set) {
      if (reading !== null) writtenMeanwhile.push(set);
      if (read !== null) read = { ...read, sets: laidOver(read.sets, set) };
    },
    distrust() {
      read = null;
    },
    retryInMs: () => Math.max(0, retryAtMs - clock.now()),
  };
}
