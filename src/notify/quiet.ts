// Hours in which nobody is told anything; what happens meanwhile is told when they end.

export interface QuietHours {
  /** Minutes after midnight; `from` may lie after `to`, over midnight. */
  readonly fromMinute: number;
  readonly toMinute: number;
  readonly timezone: string;
}

const minuteMs = 60_000;
const dayMinutes = 1_440;

function minuteOf(text: string): number | null {
  const [, hour, minute] = /^(\d{1,2}):(\d{2})$/.exec(text) ?? [];
  if (hour === undefined || minute === undefined) return null;
  const total = Number(hour) * 60 + Number(minute);
  return Number(minute) < 60 && total <= dayMinutes ? total % dayMinutes : null;
}

export function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Of `22:00-07:00`; null for what is none, or is no time at all. */
export function parseQuietHours(text: string, timezone: string): QuietHours | null {
  const [from = "", to = "", ...more] = text.split("-");
  const [fromMinute, toMinute] = [minuteOf(from.trim()), minuteOf(to.trim())];
  if (more.length > 0 || fromMinute === null || toMinute === null) return null;
  return fromMinute === toMinute ? null : { fromMinute, toMinute, timezone };
}

function minuteAt(atMs: number, timezone: string): number {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: timezone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).formatToParts(atMs);
  const part = (type: string): number =>
    Number(parts.find((one) => one.type === type)?.value ?? "0");
  return part("hour") * 60 + part("minute");
}

/** How long it stays quiet; 0: it is not. Where clocks change meanwhile, it is asked again then. */
export function quietForMs(quiet: QuietHours | null, atMs: number): number {
  if (quiet === null) return 0;
  const { fromMinute, toMinute, timezone } = quiet;
  const now = minuteAt(atMs, timezone);
  const isQuiet =
    fromMinute < toMinute
      ? now >= fromMinute && now < toMinute
      : now >= fromMinute || now < toMinute;
  if (!isQuiet) return 0;
  const minutes = (toMinute - now + dayMinutes) % dayMinutes;
  return minutes * minuteMs - (atMs % minuteMs);
}
