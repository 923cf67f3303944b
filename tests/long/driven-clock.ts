// A clock for simulating days over real HTTP: it jumps from timer to timer, and stands still while something
// real (a request, a git process, a deployment of the simulator) is under way.
import type { Clock } from "../../src/lib/clock.ts";
import { sleepBy } from "../support/sleep.ts";

export interface DrivenClock extends Clock {
  /** Lets so much time pass. */
  run(ms: number): Promise<void>;
}

interface Timer {
  readonly atMs: number;
  readonly run: () => void;
}

/** Turns of the event loop without anything under way, after which nothing is. */
const quietTurns = 4;

export function createDrivenClock(startMs: number, isBusy: () => boolean): DrivenClock {
  let nowMs = startMs;
  const timers = new Set<Timer>();

  function after(ms: number, run: () => void): () => void {
    const timer = { atMs: nowMs + Math.max(0, ms), run };
    timers.add(timer);
    return () => void timers.delete(timer);
  }

  async function quiet(): Promise<void> {
    for (let turns = 0; turns < quietTurns; turns += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (isBusy()) turns = -1;
    }
  }

  /** Of those that are due at the same time the one that was set first. */
  function next(): Timer | null {
    let first: Timer | null = null;
    for (const timer of timers) if (first === null || timer.atMs < first.atMs) first = timer;
    return first;
  }

  return {
    now: () => nowMs,
    after,
    sleep: sleepBy(after),
    async run(ms) {
      const untilMs = nowMs + ms;
      await quiet();
      for (let timer = next(); timer !== null && timer.atMs <= untilMs; timer = next()) {
        timers.delete(timer);
        nowMs = Math.max(nowMs, timer.atMs);
        timer.run();
        await quiet();
      }
      nowMs = untilMs;
    },
  };
}
