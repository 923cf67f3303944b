// Times and durations as people read them. Pure: the present is an argument.

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** `8 s`, `2 min`, `3 h`, `12 d`; a time to come counts as now. */
export function age(thenMs: number, nowMs: number): string {
  const past = Math.max(0, nowMs - thenMs);
  if (past < 2 * second) return "now";
  if (past < minute) return `${Math.floor(past / second)} s`;
  if (past < hour) return `${Math.floor(past / minute)} min`;
  if (past < day) return `${Math.floor(past / hour)} h`;
  return `${Math.floor(past / day)} d`;
}

/** `just now`, `8 s ago`, `2 min ago`. */
export function ago(thenMs: number, nowMs: number): string {
  const text = age(thenMs, nowMs);
  return text === "now" ? "just now" : `${text} ago`;
}

/** Exact: `0.4 s`, `14 s`, `1 min 12 s`, `2 h 4 min`; nothing takes less than `0.1 s`. */
export function duration(ms: number): string {
  const past = Math.max(0, ms);
  if (past < 950) return `${(Math.max(past, 100) / second).toFixed(1)} s`;
  // Rounded first, so that 59.9 seconds are a minute and never 60 seconds.
  const seconds = Math.round(past / second);
  if (seconds < 60) return `${seconds} s`;
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
  if (minutes < 60) return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
  const [hours, over] = [Math.floor(minutes / 60), minutes % 60];
  if (hours < 24) return over === 0 ? `${hours} h` : `${hours} h ${over} min`;
  const [days, left] = [Math.floor(hours / 24), hours % 24];
  return left === 0 ? `${days} d` : `${days} d ${left} h`;
}

/** Null for what is no time. */
export function timeOf(iso: string | null | undefined): number | null {
  if (iso === null || iso === undefined) return null;
  const ms = Date.parse(iso);
  return Number.isNaN(ms) ? null : ms;
}
