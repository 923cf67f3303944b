// A sweep after each pause, counted from the end of the last one; one between them puts the next one off.
import type { Clock } from "../../lib/clock.ts";

export interface Sweeps {
  /** Sweeps at once, and from then on after each pause. */
  begin(): void;
  /** None begins by itself any more; may be called twice. */
  stop(): void;
}

/** `sweep` must not reject. */
export function createSweeps(
  clock: Pick<Clock, "after">,
  pauseMs: number,
  sweep: () => Promise<void>,
): Sweeps {
  let cancel: (() => void) | null = null;
  let stopped = false;

  async function run(): Promise<void> {
    await sweep();
    cancel?.();
    if (!stopped) cancel = clock.after(pauseMs, () => void run());
  }

  return {
    begin() {
      void run();
    },
    stop() {
      stopped = true;
      cancel?.();
    },
  };
}
