// Looks again and again for as long as anything is followed, and knows for how long no look has succeeded.
import type { Clock } from "../../lib/clock.ts";
import { inScope } from "../../lib/scope.ts";

export interface Ticks {
  /** Call when there is something to follow. */
  wake(): void;
  /** For how long no look has succeeded; 0 after one that did. */
  failingForMs(): number;
  /** Resolves when the look under way has ended; call it after `ending` aborted. */
  ended(): Promise<void>;
}

export interface TicksOptions {
  readonly clock: Clock;
  readonly tickMs: number;
  readonly ending: AbortSignal;
  /** Whether anything is followed. */
  readonly isNeeded: () => boolean;
  readonly look: () => Promise<void>;
  /** Called when a look failed, and since when they fail. */
  readonly failed: (error: unknown, sinceMs: number) => void;
}

/** Lets the stacks of one commit begin together and share the first look. */
const firstPauseMs = 50;

export function createTicks({ clock, tickMs, ending, ...options }: TicksOptions): Ticks {
  const { isNeeded, look, failed } = options;
  let loop: Promise<void> | null = null;
  let failingSinceMs: number | null = null;

  async function run(): Promise<void> {
    while (isNeeded() && !ending.aborted) {
      try {
        await look();
        failingSinceMs = null;
      } catch (error) {
        failingSinceMs ??= clock.now();
        failed(error, failingSinceMs);
      }
      if (isNeeded()) await clock.sleep(tickMs, ending);
    }
  }

  function wake(): void {
    if (loop !== null || ending.aborted) return;
    // The loop follows the rollouts of all stacks, whichever began it.
    loop = inScope(null, () =>
      clock.sleep(Math.min(tickMs, firstPauseMs), ending).then(run),
    ).finally(() => {
      loop = null;
      if (isNeeded()) wake();
    });
  }

  return {
    wake,
    failingForMs: () => (failingSinceMs === null ? 0 : clock.now() - failingSinceMs),
    async ended() {
      await loop;
    },
  };
}
