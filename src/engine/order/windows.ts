// Sync windows (H6): whether a stack may be changed at a moment, and when it may next. Pure: time comes
// in. A window opens at each minute whose local time its cron expression names; as in the rest of
// Capstan, a day must match both day fields. Where the clocks jump over that time it opens when they have
// jumped, and where an hour comes twice it opens both times.
import { parse } from "node-cron";
import type { SyncWindow } from "../../model/desired.ts";

export interface Opening {
  readonly atMs: number;
  readonly timezone: string;
}

export type WindowState =
  | { readonly kind: "open" }
  /** `next` is null when none of the windows ever opens again. */
  | { readonly kind: "closed"; readonly next: Opening | null };

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** The 29th of February on one weekday comes after 40 years at most. */
const farthestDays = 41 * 366;

const formats = new Map<string, Intl.DateTimeFormat>();

/** What clocks in the time zone show, as if it were UTC. */
function wallOf(atMs: number, timezone: string): number {
  let format = formats.get(timezone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: timezone,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formats.set(timezone, format);
  }
  const parts = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]));
  const of = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  return Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second"));
}

function offsetMs(atMs: number, timezone: string): number {
  const second = Math.floor(atMs / 1_000) * 1_000;
  return wallOf(second, timezone) - second;
}

/** The first moment at which the offset is `after`; it is so at `toMs` and not at `fromMs`. */
function switchBetween(fromMs: number, toMs: number, after: number, timezone: string): number {
  let low = fromMs;
  let high = toMs;
  while (high - low > minuteMs) {
    const middle = low + Math.floor((high - low) / 2 / minuteMs) * minuteMs;
    if (offsetMs(middle, timezone) === after) high = middle;
    else low = middle;
  }
  return high;
}

/** The moments at which clocks show a time: two where it comes twice, the switch where it is skipped. */
function momentsOf(
  wall: number,
  before: number,
  after: number,
  timezone: string,
): readonly number[] {
  if (before === after) return [wall - before];
  const moments = [wall - before, wall - after].filter(
    (moment) => offsetMs(moment, timezone) === wall - moment,
  );
  return moments.length > 0
    ? moments
    : [switchBetween(wall - after, wall - before, after, timezone)];
}

interface Schedule {
  readonly timezone: string;
  readonly matchesDay: (day: number) => boolean;
  /** Milliseconds since midnight. */
  readonly times: readonly number[];
}

function scheduleOf({ allow, timezone }: SyncWindow): Schedule {
  const fields = parse(allow);
  const months = new Set(fields.month);
  const days = new Set(fields.dayOfMonth);
  const weekdays = new Set(fields.dayOfWeek);
  return {
    timezone,
    matchesDay: (day) => {
      const date = new Date(day);
      return (
        months.has(date.getUTCMonth() + 1) &&
        days.has(date.getUTCDate()) &&
        weekdays.has(date.getUTCDay())
      );
    },
    times: fields.hour.flatMap((hour) =>
      fields.minute.map((minute) => hour * hourMs + minute * minuteMs),
    ),
  };
}

/** When it opens on a day of its time zone; the day is given as if it were UTC. */
function openingsOn(schedule: Schedule, day: number): readonly number[] {
  if (!schedule.matchesDay(day)) return [];
  const { timezone, times } = schedule;
  const before = offsetMs(day - dayMs, timezone);
  const after = offsetMs(day + 2 * dayMs, timezone);
  return times.flatMap((time) => momentsOf(day + time, before, after, timezone));
}

function dayOf(atMs: number, timezone: string): number {
  return Math.floor(wallOf(atMs, timezone) / dayMs) * dayMs;
}

function isOpen(schedule: Schedule, forMs: number, nowMs: number): boolean {
  const first = dayOf(nowMs - forMs, schedule.timezone);
  for (let day = dayOf(nowMs, schedule.timezone); day >= first; day -= dayMs) {
    const openings = openingsOn(schedule, day);
    if (openings.some((atMs) => atMs <= nowMs && nowMs < atMs + forMs)) return true;
  }
  return false;
}

function nextOpening(schedule: Schedule, nowMs: number): Opening | null {
  const today = dayOf(nowMs, schedule.timezone);
  for (let days = 0; days <= farthestDays; days += 1) {
    const later = openingsOn(schedule, today + days * dayMs).filter((atMs) => atMs > nowMs);
    if (later.length > 0) {
      const atMs = later.reduce((least, one) => Math.min(least, one));
      return { atMs, timezone: schedule.timezone };
    }
  }
  return null;
}

/** Without windows a stack is always open. Each is open from its opening for less than `forMs`. */
export function windowState(windows: readonly SyncWindow[], nowMs: number): WindowState {
  if (windows.length === 0) return { kind: "open" };
  const schedules = windows.map((window) => ({ schedule: scheduleOf(window), ...window }));
  if (schedules.some(({ schedule, forMs }) => isOpen(schedule, forMs, nowMs))) {
    return { kind: "open" };
  }
  const next = schedules
    .flatMap(({ schedule }) => nextOpening(schedule, nowMs) ?? [])
    .reduce<Opening | null>((least, one) => (least && least.atMs <= one.atMs ? least : one), null);
  return { kind: "closed", next };
}

/** `2026-03-29 06:00 Europe/Amsterdam` */
export function openingText({ atMs, timezone }: Opening): string {
  const [date = "", time = ""] = new Date(wallOf(atMs, timezone)).toISOString().split("T");
  return `${date} ${time.slice(0, 5)} ${timezone}`;
}
