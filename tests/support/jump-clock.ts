// A clock that runs like the real one from a moment of the test's choice, and that the test can put
// forward: what lies far ahead (a window that opens) comes when the test is ready for it, never before.
import { systemClock } from "../../src/lib/clock.ts";
import type { Clock } from "../../src/lib/clock.ts";
import { sleepBy } from "./sleep.ts";

export interface JumpClock extends Clock {
  /** Puts it forward to this moment: timers that are due by then fire at once, in their order. Never back. */
  jumpTo(text: string): void;
}

interface Timer {
  readonly dueAtMs: number;
  readonly run: () => void;
  disarm: () => void;
}

export function jumpClock(startsAt: string): JumpClock {
  let aheadMs = Date.parse(startsAt) - systemClock.now();
  const timers = new Set<Timer>();
  const now = (): number => systemClock.now() + aheadMs;

  function arm(timer: Timer): void {
    timer.disarm = systemClock.after(timer.dueAtMs - now(), () => {
      // Real timers may come a hair early, and those of weeks come much too early.
      if (now() < timer.dueAtMs) {
        arm(timer);
        return;
      }
      timers.delete(timer);
      timer.run();
    });
  }
  function after(ms: number, run: () => void): () => void {
    const timer: Timer = { dueAtMs: now() + Math.max(0, ms), run, disarm: () => undefined };
    timers.add(timer);
    arm(timer);
    return () => {
      timers.delete(timer);
      timer.disarm();
    };
  }

  return {
    now,
    after,
    sleep: sleepBy(after),
    jumpTo(text) {
      const forwardMs = Date.parse(text) - now();
      if (!(forwardMs >= 0)) throw new Error(`${text} is not ahead of this clock`);
      aheadMs += forwardMs;
      for (const timer of [...timers].sort((a, b) => a.dueAtMs - b.dueAtMs)) {
        timer.disarm();
        arm(timer);
      }
    },
  };
}
