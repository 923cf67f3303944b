// A clock that only tests turn. Time passes in `advance`, timer by timer in order, and what a timer
// wakes has run (promises included) before the next one is due.
import type { Clock } from "../../src/lib/clock.ts";
import { sleepBy } from "./sleep.ts";

export interface VirtualClock extends Clock {
  /** Lets time pass; resolves when all that was due has run. */
  advance(ms: number): Promise<void>;
  /** Jumps, as a clock that is set does: no timer fires before the next `advance`. */
  set(nowMs: number): void;
  /** Timers that wait. */
  pending(): number;
}

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** Lets everything run that waits for promises alone; a macrotask comes after all of them. */
export async function settled(): Promise<void> {
  for (let round = 0; round < 3; round++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export function createVirtualClock(startMs = 1_000_000): VirtualClock {
  let nowMs = startMs;
  let order = 0;
  const timers = new Set<Timer>();

  function after(ms: number, run: () => void): () => void {
    const timer = { atMs: nowMs + Math.max(0, ms), order: order++, run };
    timers.add(timer);
    return () => void timers.delete(timer);
  }
  function next(untilMs: number): Timer | null {
    let first: Timer | null = null;
    for (const timer of timers) {
      if (timer.atMs > untilMs) continue;
      if (first === null || timer.atMs < first.atMs) first = timer;
    }
    return first;
  }

  return {
    now: () => nowMs,
    after,
    sleep: sleepBy(after),
    async advance(ms) {
      const untilMs = nowMs + ms;
      await settled();
      for (let timer = next(untilMs); timer !== null; timer = next(untilMs)) {
        timers.delete(timer);
        nowMs = Math.max(nowMs, timer.atMs);
        timer.run();
        await settled();
      }
      nowMs = untilMs;
      await settled();
    },
    set(ms) {
      nowMs = ms;
    },
    pending: () => timers.size,
  };
}
