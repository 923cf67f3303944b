// Timers that may be months away, one for each name.
import type { Clock } from "../../lib/clock.ts";

export interface Alarms {
  /** Rings at that time; what was set for this name before does not. */
  set(name: string, atMs: number): void;
  clear(name: string): void;
  /** None rings any more, and none can be set. */
  stop(): void;
}

export function createAlarms(clock: Clock, ring: (name: string) => void): Alarms {
  const cancels = new Map<string, () => void>();
  let stopped = false;

  function clear(name: string): void {
    cancels.get(name)?.();
    cancels.delete(name);
  }
  function set(name: string, atMs: number): void {
    clear(name);
    if (stopped) return;
    const due = (): void => {
      cancels.delete(name);
      // Timers of weeks end early.
      if (clock.now() < atMs) set(name, atMs);
      else ring(name);
    };
    cancels.set(name, clock.after(atMs - clock.now(), due));
  }

  return {
    set,
    clear,
    stop() {
      stopped = true;
      for (const name of [...cancels.keys()]) clear(name);
    },
  };
}
