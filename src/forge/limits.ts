// When a host wants to be left alone, and for how long: every host says it in headers of its own.

/** Longer pauses than this are not believed. */
const longestMs = 60 * 60_000;
/** A refusal that names no time. */
const defaultMs = 60_000;

/** Moments as seconds since 1970, by the host's clock. */
const resetHeaders = ["x-ratelimit-reset", "ratelimit-reset"] as const;
const remainingHeaders = ["x-ratelimit-remaining", "ratelimit-remaining"] as const;

function numberOf(headers: Headers, name: string): number | null {
  const text = headers.get(name)?.trim() ?? "";
  return /^\d{1,15}(?:\.\d+)?$/.test(text) ? Number(text) : null;
}

/** The host's own time when it says one: its clock and ours may differ. */
function hostNow(headers: Headers, nowMs: number): number {
  const said = Date.parse(headers.get("date") ?? "");
  return Number.isNaN(said) ? nowMs : said;
}

function bounded(ms: number): number {
  return Math.min(longestMs, Math.max(0, Math.ceil(ms)));
}

/** Milliseconds that Retry-After asks for; null without one that can be read. */
export function retryAfterMs(headers: Headers, nowMs: number): number | null {
  const text = headers.get("retry-after");
  if (text === null) return null;
  const seconds = numberOf(headers, "retry-after");
  if (seconds !== null) return bounded(seconds * 1_000);
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : bounded(at - hostNow(headers, nowMs));
}

/**
 * How long to pause when this answer is a refusal for too many requests; null when it is another answer.
 * GitHub says so with a 403 too.
 */
export function pauseMs(status: number, headers: Headers, nowMs: number): number | null {
  const spent = remainingHeaders.some((name) => numberOf(headers, name) === 0);
  const after = retryAfterMs(headers, nowMs);
  const refused = status === 429 || (status === 403 && (spent || after !== null));
  if (!refused) return null;
  if (after !== null) return after;
  for (const name of resetHeaders) {
    const seconds = numberOf(headers, name);
    if (seconds !== null) return bounded(seconds * 1_000 - hostNow(headers, nowMs));
  }
  return defaultMs;
}
