// What a server's headers say about waiting: Retry-After, numbers, and the server's own time.

/** Nobody is believed who asks for a longer pause. */
const longestPauseMs = 60 * 60_000;

/** A header that is a plain number; null without one. */
export function headerNumber(headers: Headers, name: string): number | null {
  const text = headers.get(name)?.trim() ?? "";
  return /^\d{1,15}(?:\.\d+)?$/.test(text) ? Number(text) : null;
}

/** The server's own time when it says one: its clock and ours may differ. */
export function serverNow(headers: Headers, nowMs: number): number {
  const said = Date.parse(headers.get("date") ?? "");
  return Number.isNaN(said) ? nowMs : said;
}

/** Whole milliseconds from 0 to one hour. */
export function boundedPause(ms: number): number {
  return Math.min(longestPauseMs, Math.max(0, Math.ceil(ms)));
}

/** Milliseconds that Retry-After asks for; null without one that can be read. */
export function retryAfterMs(headers: Headers, nowMs: number): number | null {
  const text = headers.get("retry-after");
  if (text === null) return null;
  const seconds = headerNumber(headers, "retry-after");
  if (seconds !== null) return boundedPause(seconds * 1_000);
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : boundedPause(at - serverNow(headers, nowMs));
}
