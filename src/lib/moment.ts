// Time for leases, without the wall clock: two counts of milliseconds since the process began. `steadyMs` runs at
// most as fast as real time, `agedMs` at least as fast: it also counts what the steady clock sleeps through, such as a
// suspended machine, and a wall clock that is put forward. Neither ever runs backwards.
import { uptime } from "node:os";
import { performance } from "node:perf_hooks";

export interface Moment {
  readonly steadyMs: number;
  readonly agedMs: number;
}

interface Clocks {
  readonly steadyMs: number;
  /** Others that may count what the steady one leaves out. */
  readonly othersMs: readonly number[];
}

const systemClocks = (): Clocks => ({
  steadyMs: performance.now(),
  othersMs: [Date.now(), uptime() * 1_000],
});

export function createMoments(read: () => Clocks = systemClocks): () => Moment {
  let last = read();
  let agedMs = 0;
  const firstMs = last.steadyMs;
  return () => {
    const now = read();
    const passed = [now.steadyMs - last.steadyMs];
    for (const [index, ms] of now.othersMs.entries())
      passed.push(ms - (last.othersMs[index] ?? ms));
    agedMs += Math.max(0, ...passed);
    last = now;
    return { steadyMs: now.steadyMs - firstMs, agedMs };
  };
}
