// Work in rounds: one at a time, begun when somebody asks or when its time has come, until nothing is left to do.
import type { Clock } from "../../lib/clock.ts";

export interface Rounds {
  /** A round begins soon; when one is under way, another one follows it. May be called at any rate. */
  begin(): void;
  /** The next round waits for its time. */
  isTimed(): boolean;
  /** No round begins any more, and the one under way should end soon. */
  isStopping(): boolean;
  /** Resolves when the round under way has ended. May be called twice. */
  stop(): Promise<void>;
}

export interface RoundsOptions {
  readonly clock: Clock;
  /** Resolves to when the next one is due, in ms; null when nothing is left to do. */
  readonly round: () => Promise<number | null>;
  /** A round threw: after how many ms the next one begins. */
  readonly failed: (error: unknown) => number;
}

export function createRounds({ clock, round, failed }: RoundsOptions): Rounds {
  let isStopping = false;
  /** How often one was asked for: more than before a round means to look again. */
  let calls = 0;
  let working: Promise<void> | null = null;
  let cancelTimer: (() => void) | null = null;
  // A call, as the answer changes during every await.
  const hasToEnd = (): boolean => isStopping;

  async function work(): Promise<void> {
    while (!hasToEnd()) {
      const before = calls;
      const dueAtMs = await round();
      // Whoever stopped it waits for this round alone: a timer would outlive it.
      if (hasToEnd()) return;
      if (dueAtMs === null) {
        if (calls === before) return;
        continue;
      }
      const pauseMs = dueAtMs - clock.now();
      if (pauseMs > 0) {
        cancelTimer = clock.after(pauseMs, begin);
        return;
      }
    }
  }

  function begin(): void {
    cancelTimer?.();
    cancelTimer = null;
    calls += 1;
    if (working !== null || isStopping) return;
    // Not at once: what it calls may ask for the next one.
    working = Promise.resolve()
      .then(work)
      .catch((error: unknown) => {
        const pauseMs = failed(error);
        if (!hasToEnd()) cancelTimer = clock.after(pauseMs, begin);
      })
      .finally(() => {
        working = null;
      });
  }

  return {
    begin,
    isTimed: () => cancelTimer !== null,
    isStopping: hasToEnd,
    async stop() {
      isStopping = true;
      cancelTimer?.();
      await working;
    },
  };
}
