// When a host wants to be left alone, and for how long: every host says it in headers of its own.
import { boundedPause, headerNumber, retryAfterMs, serverNow } from "../lib/retry-after.ts";

/** A refusal that names no time. */
const defaultMs = 60_000;

/** Moments as seconds since 1970, by the host's clock. */
const resetHeaders = ["x-ratelimit-reset", "ratelimit-reset"] as const;
const remainingHeaders = ["x-ratelimit-remaining", "ratelimit-remaining"] as const;

/**
 * How long to pause when this answer is a refusal for too many requests; null when it is another answer.
 * GitHub says so with a 403 too.
 */
export function pauseMs(status: number, headers: Headers, nowMs: number): number | null {
  const spent = remainingHeaders.some((name) => headerNumber(headers, name) === 0);
  const after = retryAfterMs(headers, nowMs);
  const refused = status === 429 || (status === 403 && (spent || after !== null));
  if (!refused) return null;
  if (after !== null) return after;
  for (const name of resetHeaders) {
    const seconds = headerNumber(headers, name);
    if (seconds !== null) return boundedPause(seconds * 1_000 - serverNow(headers, nowMs));
  }
  return defaultMs;
}
