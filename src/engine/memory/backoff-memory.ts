// Law Q5 over restarts: how often a stack failed and when it is due again stands in the store, with a
// digest of its input, so that a new commit or secret that came while nobody ran counts as new input.
import { stackBackoff } from "../../lib/backoff.ts";
import type { Store } from "../../ports-store.ts";

export interface Hold {
  /** In a row. */
  readonly failures: number;
  readonly dueAtMs: number;
}

export interface BackoffMemory {
  /** Stacks with a wait of an earlier process that nobody has taken up yet. */
  left(): readonly string[];
  /** Takes up what is left of an earlier wait; null when there is none, or when the input is another one. */
  takeUp(stack: string, input: string, nowMs: number): Hold | null;
  /** What the queue holds after a run; null: nothing. Writes nothing when there is nothing to forget. */
  keep(stack: string, hold: Hold | null, input: () => string): void;
}

/** Remembers nothing: for who only reads. */
export const noBackoffMemory: BackoffMemory = {
  left: () => [],
  takeUp: () => null,
  keep: () => undefined,
};

export function createBackoffMemory(
  store: Pick<Store, "backoffs" | "saveBackoff" | "removeBackoff">,
): BackoffMemory {
  const earlier = new Map(store.backoffs().map((backoff) => [backoff.stack, backoff]));
  const saved = new Set(earlier.keys());
  return {
    left: () => [...earlier.keys()],
    takeUp(stack, input, nowMs) {
      const backoff = earlier.get(stack);
      earlier.delete(stack);
      if (backoff?.input !== input) return null;
      // The clock may have been set back since.
      const dueAtMs = Math.min(backoff.dueAtMs, nowMs + stackBackoff.maxMs);
      return { failures: backoff.failures, dueAtMs };
    },
    keep(stack, hold, input) {
      earlier.delete(stack);
      if (hold !== null) {
        saved.add(stack);
        store.saveBackoff({ stack, ...hold, input: input() });
      } else if (saved.delete(stack)) {
        store.removeBackoff(stack);
      }
    },
  };
}
