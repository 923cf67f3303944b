// Pull requests that could not be planned, or whose end could not be told: put off longer each time, so that a
// sweep neither tries them nor tells of them at every turn.
import { backoffMs } from "../../lib/backoff.ts";
import type { BackoffPolicy } from "../../lib/backoff.ts";
import type { Clock } from "../../lib/clock.ts";

export interface FailedPulls {
  /** It failed: a later sweep tries it again. Returns whether the message is news. */
  putOff(number: number, message: string): boolean;
  /** All is well with it. */
  done(number: number): void;
  /** A sweep leaves it alone for now; with another revision than it failed at it is tried at once. */
  isPutOff(number: number): boolean;
  /** Those to be tried once more that are no longer open; after some tries they are given up. */
  endings(open: ReadonlySet<number>): readonly number[];
}

interface Failed {
  readonly tries: number;
  readonly dueAtMs: number;
  readonly revision: string | null;
  readonly message: string;
}

const failedBackoff: BackoffPolicy = { firstMs: 60_000, maxMs: 15 * 60_000, jitter: 0 };
const mostEndings = 5;

/** `revision`: what the engine goes by now. */
export function createFailedPulls(
  clock: Pick<Clock, "now">,
  revision: () => string | null,
): FailedPulls {
  const known = new Map<number, Failed>();

  function isPutOff(number: number): boolean {
    const last = known.get(number);
    const isAsBefore = last?.revision === revision();
    return isAsBefore && last.dueAtMs > clock.now();
  }

  return {
    isPutOff,

    putOff(number, message) {
      const before = known.get(number);
      const tries = (before?.tries ?? 0) + 1;
      const dueAtMs = clock.now() + backoffMs(failedBackoff, tries, 0);
      known.set(number, { tries, dueAtMs, revision: revision(), message });
      return before?.message !== message;
    },

    done(number) {
      known.delete(number);
    },

    endings(open) {
      const due = [...known].filter(([number]) => !open.has(number) && !isPutOff(number));
      const given = due.filter(([, { tries }]) => tries > mostEndings);
      for (const [number] of given) known.delete(number);
      return due.filter(([, { tries }]) => tries <= mostEndings).map(([number]) => number);
    },
  };
}
