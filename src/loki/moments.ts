// The time of a line, as Loki takes it. Loki refuses lines older than 7 days, more than 10 minutes ahead, or
// more than an hour behind the newest one of their stream. All stacks share a few streams, so a line that
// comes late gets the time of its arrival; what the sender said is kept beside it.

/** Loki's hour (half of max_chunk_age), counted from now, as nothing in a stream is newer than that. */
const maxLateMs = 45 * 60_000;
/** Loki's creation_grace_period is ten minutes. */
const maxAheadMs = 5 * 60_000;
/** Loki's reject_old_samples_max_age is seven days; an hour is left for the way there. */
const maxWaitMs = (7 * 24 - 1) * 3_600_000;

export interface Moment {
  readonly atMs: number;
  /** What the sender said, as ISO 8601, when that is not `atMs`. */
  readonly eventTime: string | null;
}

/** The longest time that a Date can hold. */
const lastMs = 8.64e15;

function iso(ms: number): string {
  return Number.isFinite(ms) && Math.abs(ms) <= lastMs ? new Date(ms).toISOString() : "unknown";
}

/** The time of a line that has just arrived. */
export function arrivalOf(saidMs: number, nowMs: number): Moment {
  const fits = saidMs >= nowMs - maxLateMs && saidMs <= nowMs + maxAheadMs;
  return fits ? { atMs: saidMs, eventTime: null } : { atMs: nowMs, eventTime: iso(saidMs) };
}

/** Whether a line has waited here for so long that Loki would refuse it. */
export function hasWaitedTooLong(atMs: number, nowMs: number): boolean {
  return atMs < nowMs - maxWaitMs;
}

/**
 * Nanoseconds as Loki wants them, a string. `order` counts lines: those of one millisecond keep their order,
 * and two equal ones are not taken for one.
 */
export function nanoseconds(atMs: number, order: number): string {
  return `${Math.trunc(atMs)}${String(order % 1_000_000).padStart(6, "0")}`;
}
