// A clock that runs several times as fast as the real one, so that backoffs and pauses of seconds pass
// in tests while every interval keeps its proportion. Two clocks with the same start agree.
import { systemClock } from "../../src/lib/clock.ts";
import type { Clock } from "../../src/lib/clock.ts";

export interface FastTime {
  readonly times: number;
  /** The moment at which both clocks show the same, in ms since 1970. */
  readonly startMs: number;
}

export function fastClock({ times, startMs }: FastTime): Clock {
  return {
    now: () => startMs + (Date.now() - startMs) * times,
    sleep: (ms, signal) => systemClock.sleep(ms / times, signal),
    after: (ms, run) => systemClock.after(Math.ceil(ms / times), run),
  };
}
