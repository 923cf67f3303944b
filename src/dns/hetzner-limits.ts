// How long Hetzner wants to be left alone. A project has so many requests an hour (RateLimit-Limit), which come
// back one by one all the time; RateLimit-Reset is only the moment at which all of them are back.
import { boundedPause, headerNumber, retryAfterMs, serverNow } from "../lib/retry-after.ts";

const hourMs = 3_600_000;
const usualLimit = 3_600;

export interface Pause {
  /** Until the next request may be sent. */
  readonly waitMs: number;
  /** Until the limit is whole again; as `waitMs` where nobody says. */
  readonly wholeMs: number;
}

/**
 * The pause after an answer; null when there is none. `refusals`: how many requests in a row were refused for
 * being too many, this one included.
 */
export function pauseAfter(
  status: number,
  headers: Headers,
  refusals: number,
  nowMs: number,
): Pause | null {
  const refused = status === 429;
  if (!refused && headerNumber(headers, "ratelimit-remaining") !== 0) return null;
  const limit = headerNumber(headers, "ratelimit-limit") ?? usualLimit;
  const reset = headerNumber(headers, "ratelimit-reset");
  const oneMs = boundedPause(hourMs / Math.max(1, limit));
  const wholeMs = reset === null ? null : boundedPause(reset * 1_000 - serverNow(headers, nowMs));
  const after = refused ? retryAfterMs(headers, nowMs) : null;
  // Others may use up the same limit, so each refusal waits twice as long as the one before it.
  const guessMs = boundedPause(oneMs * 2 ** Math.min(20, Math.max(0, refusals - 1)));
  const waitMs =
    after ?? (wholeMs === null ? guessMs : Math.min(guessMs, Math.max(wholeMs, oneMs)));
  return { waitMs, wholeMs: Math.max(waitMs, wholeMs ?? 0) };
}
