// How often somebody may ask: so many times at once, and as many a minute after that.

export interface RateLimit {
  /**
   * Counts one request, or as many as `cost` says. 0 when it may go on, otherwise the milliseconds to wait: then
   * nothing is counted. A cost above what a minute allows is never let through.
   */
  take(key: string, nowMs: number, cost?: number): number;
  /** Keys that are remembered, for tests. */
  size(): number;
}

const minuteMs = 60_000;
/** Some megabytes. Whoever has more addresses than this is not stopped by counting them. */
const mostKeys = 20_000;

/** Remembers for each key only the moment at which all its requests so far are paid for (GCRA). */
export function createRateLimit(perMinute: number, maxKeys = mostKeys): RateLimit {
  const costMs = minuteMs / perMinute;
  const paidAtMs = new Map<string, number>();

  function makeRoom(nowMs: number): void {
    // Keys stand in the order of their last request: those at the front are paid first, or nearly.
    for (const [key, atMs] of paidAtMs) {
      if (atMs > nowMs && paidAtMs.size <= maxKeys) break;
      paidAtMs.delete(key);
    }
  }

  return {
    take(key, nowMs, cost = 1) {
      const paidMs = Math.max(paidAtMs.get(key) ?? 0, nowMs) + cost * costMs;
      const waitMs = paidMs - nowMs - minuteMs;
      if (waitMs > 0) return Math.ceil(waitMs);
      paidAtMs.delete(key);
      paidAtMs.set(key, paidMs);
      makeRoom(nowMs);
      return 0;
    },
    size: () => paidAtMs.size,
  };
}
