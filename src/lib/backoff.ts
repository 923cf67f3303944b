// Exponential backoff as a pure function of the number of failures.

export interface BackoffPolicy {
  readonly firstMs: number;
  readonly maxMs: number;
  /** Share of the delay that is random, 0 to 1: it keeps many failing stacks from returning together. */
  readonly jitter: number;
}

/** Law Q5: 1 s to 15 min, doubling. */
export const stackBackoff: BackoffPolicy = { firstMs: 1_000, maxMs: 15 * 60_000, jitter: 0.2 };

/** For reads inside one request's life: three quick tries, not a strategy. */
export const readBackoff: BackoffPolicy = { firstMs: 250, maxMs: 2_000, jitter: 0.5 };

/**
 * Milliseconds to wait after `failures` failures in a row (1 or more), rounded.
 * `random` is a number in [0, 1).
 */
export function backoffMs(policy: BackoffPolicy, failures: number, random: number): number {
  const full = Math.min(policy.maxMs, policy.firstMs * 2 ** Math.min(failures - 1, 40));
  return Math.round(full * (1 - policy.jitter) + full * policy.jitter * random);
}
