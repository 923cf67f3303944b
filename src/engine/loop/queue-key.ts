// One key of the queue as a pure state machine (laws Q3, Q4, Q6, Q8): each function returns the key's next state.
//
// A key is in one of these states: at rest, waiting (due at some time), running, or running with another run asked
// for. It may be held as well: by backoff after a failure while it waits, or blocked after a terminal error; only new
// input lifts either. Reasons are for people and decide nothing.
import type { Hold } from "../memory/backoff-memory.ts";
import type { Trigger } from "../wakeups.ts";

export type Requeue =
  /** Success: the failures are forgotten. */
  | { readonly kind: "done" }
  /** Neither success nor failure: look again at this time. Earlier failures still count (Q4). */
  | { readonly kind: "again"; readonly dueAtMs: number }
  /** `delayMs` is told the number of failures in a row, this one included. */
  | { readonly kind: "failed"; readonly delayMs: (failures: number) => number }
  /** Nothing more until new input comes. */
  | { readonly kind: "blocked" };

export interface QueueKey {
  /** When it is due to run, or to run once more; null when no run is asked for. */
  readonly dueAtMs: number | null;
  readonly reasons: readonly string[];
  readonly freshAtMs: number;
  readonly failures: number;
  readonly blocked: boolean;
  readonly running: boolean;
  /** Whether new input came during the run. */
  readonly inputWhileRunning: boolean;
}

/** More reasons than anybody reads. */
const reasonsKept = 5;

export const atRest: QueueKey = {
  dueAtMs: null,
  reasons: [],
  freshAtMs: 0,
  failures: 0,
  blocked: false,
  running: false,
  inputWhileRunning: false,
};

/** Whether there is nothing about it to be remembered. Only a key that does not run may be asked about. */
export function isForgotten({ dueAtMs, failures, blocked }: QueueKey): boolean {
  return dueAtMs === null && failures === 0 && !blocked;
}

/** When it is next due to begin; null while it runs, or nothing is asked for. */
export function startsAtMs({ running, dueAtMs }: QueueKey): number | null {
  return running ? null : dueAtMs;
}

/** Whether only new input may bring its next run forward. */
function isHeld({ running, blocked, failures, dueAtMs }: QueueKey): boolean {
  return !running && (blocked || (failures > 0 && dueAtMs !== null));
}

function withReason(reasons: readonly string[], reason: string): readonly string[] {
  return reasons.length >= reasonsKept || reasons.includes(reason) ? reasons : [...reasons, reason];
}

/** A run is asked for. */
export function triggered(key: QueueKey, trigger: Trigger): QueueKey {
  // Also of a trigger that is held back: the run that follows must not read anything older.
  const freshAtMs = Math.max(key.freshAtMs, trigger.freshAtMs);
  if (!trigger.input && isHeld(key)) return { ...key, freshAtMs };
  const cleared = trigger.input
    ? {
        failures: 0,
        blocked: false,
        inputWhileRunning: key.inputWhileRunning || key.running,
      }
    : {};
  return {
    ...key,
    ...cleared,
    freshAtMs,
    dueAtMs: Math.min(key.dueAtMs ?? Infinity, trigger.dueAtMs),
    reasons: withReason(key.reasons, trigger.reason),
  };
}

/** Its run begins: what asked for it is answered by this one. */
export function begun(key: QueueKey): QueueKey {
  return { ...key, running: true, dueAtMs: null, reasons: [], inputWhileRunning: false };
}

/** Its run has ended. */
export function finished(key: QueueKey, requeue: Requeue, nowMs: number): QueueKey {
  const ended: QueueKey = { ...key, running: false, inputWhileRunning: false };
  switch (requeue.kind) {
    case "done":
      return { ...ended, failures: 0 };
    case "again":
      return { ...ended, dueAtMs: Math.min(key.dueAtMs ?? Infinity, requeue.dueAtMs) };
    case "failed": {
      // New input came meanwhile: its run is due at once and starts with a clean record.
      if (key.inputWhileRunning) return ended;
      const failures = key.failures + 1;
      return { ...ended, failures, dueAtMs: nowMs + requeue.delayMs(failures) };
    }
    case "blocked":
      if (key.inputWhileRunning) return ended;
      return { ...ended, blocked: true, dueAtMs: null };
  }
}

/** The backoff of an earlier process goes on. A key that runs already goes by its own end. */
export function restored(key: QueueKey, { failures, dueAtMs }: Hold): QueueKey {
  if (key.running) return key;
  return { ...key, failures, dueAtMs, reasons: ["it failed before the restart"] };
}

/** Null when it did not fail, or is not waiting. */
export function holdOf({ failures, dueAtMs }: QueueKey): Hold | null {
  return failures === 0 || dueAtMs === null ? null : { failures, dueAtMs };
}
