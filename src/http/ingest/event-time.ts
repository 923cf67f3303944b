// When an event happened, in whatever way its sender writes it: seconds, milliseconds, microseconds or
// nanoseconds since 1970, or a date.

/** The last moment that a Date can be. */
const lastMs = 8.64e15;

/** By size: seconds until the year 5138, and so on. */
function ofNumber(value: number): number | null {
  if (!Number.isFinite(value) || value <= 0) return null;
  if (value < 1e11) return Math.trunc(value * 1_000);
  if (value < 1e14) return Math.trunc(value);
  if (value < 1e17) return Math.trunc(value / 1e3);
  return value / 1e6 <= lastMs ? Math.trunc(value / 1e6) : null;
}

/** Milliseconds since 1970; null for what is no time. */
export function eventTimeMs(value: unknown): number | null {
  if (typeof value === "number") return ofNumber(value);
  if (typeof value !== "string" || value.length > 64) return null;
  const text = value.trim();
  if (/^\d{1,20}(?:\.\d{1,9})?$/.test(text)) return ofNumber(Number(text));
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? null : ms;
}
