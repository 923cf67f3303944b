// How often the host was asked to take each check that it is owed, and when that is tried again. A check that
// it can never take is given up; one that fails does not keep the others from their turn.
import { backoffMs } from "../../lib/backoff.ts";
import type { BackoffPolicy } from "../../lib/backoff.ts";
import type { Clock } from "../../lib/clock.ts";
import type { ErrorCode } from "../../lib/errors.ts";
import type { CheckRow } from "../../model/checks.ts";

/** `drop`: the host will never take it. `later`: it has to wait, alone. `host`: no other would be taken either. */
export type FailedTry = "drop" | "later" | "host";

export interface OwedTries {
  /** The host did not take it, for this reason. */
  failed(row: CheckRow, code: ErrorCode): FailedTry;
  /** It is not owed any more. */
  done(row: CheckRow): void;
  /** All that is owed: what was tried and is not among these is forgotten. */
  keepOnly(owed: readonly CheckRow[]): void;
  /** How many are remembered. */
  count(): number;
  /** Before that it is not tried; 0 when it may be tried at once. */
  dueAtMs(row: CheckRow): number;
  /** What was tried least comes first, else as it came. */
  inOrder<T extends CheckRow>(owed: readonly T[]): readonly T[];
}

/** A push can be seen before the host knows its commit; a forced push can take it away again. */
const unknownBackoff: BackoffPolicy = { firstMs: 2_000, maxMs: 60_000, jitter: 0.2 };
const unknownTries = 6;

interface Tried {
  readonly tries: number;
  /** Those that the host answered with that it does not know the commit. */
  readonly unknown: number;
  readonly dueAtMs: number;
}

/** Another reason is another thing to say, and begins anew. */
const keyOf = ({ sha, context, reason }: CheckRow): string => `${sha} ${context} ${reason}`;

/** `random`: a number in [0, 1). */
export function createOwedTries(clock: Pick<Clock, "now">, random: () => number): OwedTries {
  const tried = new Map<string, Tried>();
  const of = (row: CheckRow): Tried =>
    tried.get(keyOf(row)) ?? { tries: 0, unknown: 0, dueAtMs: 0 };

  return {
    failed(row, code) {
      const before = of(row);
      const tries = before.tries + 1;
      const isUnknown = code === "not-found";
      const unknown = before.unknown + (isUnknown ? 1 : 0);
      if (code === "invalid" || code === "unsupported" || unknown >= unknownTries) return "drop";
      if (isUnknown) {
        const dueAtMs = clock.now() + backoffMs(unknownBackoff, unknown, random());
        tried.set(keyOf(row), { tries, unknown, dueAtMs });
        return "later";
      }
      // The others come first from now on: it may be this one alone that the host cannot take.
      if (code !== "rate-limited") tried.set(keyOf(row), { tries, unknown, dueAtMs: 0 });
      return "host";
    },

    done(row) {
      tried.delete(keyOf(row));
    },

    keepOnly(owed) {
      const keys = new Set(owed.map(keyOf));
      for (const key of tried.keys()) if (!keys.has(key)) tried.delete(key);
    },

    count: () => tried.size,
    dueAtMs: (row) => of(row).dueAtMs,
    inOrder: (owed) => [...owed].sort((a, b) => of(a).tries - of(b).tries),
  };
}
