// The keyed queue of laws Q1 to Q8, as plain state without a clock: every call is told the time.
//
// A key is in one of these states: absent, waiting (due at some time), running, or running with another
// run asked for. A waiting key may be held: by backoff after a failure, or blocked after a terminal
// error; only new input lifts either. Reasons are for people and decide nothing.

import type { Trigger } from "../wakeups.ts";

export type Settlement =
  /** Success: the failures are forgotten. */
  | { readonly kind: "done" }
  /** Neither success nor failure: look again at this time. Earlier failures still count (Q4). */
  | { readonly kind: "again"; readonly dueAtMs: number }
  /** `delayMs` is told the number of failures in a row, this one included. */
  | { readonly kind: "failed"; readonly delayMs: (failures: number) => number }
  /** Nothing more until new input comes. */
  | { readonly kind: "blocked" };

export interface Taken {
  readonly key: string;
  readonly reasons: readonly string[];
  /** The newest `freshAtMs` of its triggers. */
  readonly freshAtMs: number;
}

interface Entry {
  dueAtMs: number | null;
  reasons: string[];
  freshAtMs: number;
  failures: number;
  blocked: boolean;
  running: boolean;
  /** Whether new input came during the run. */
  inputWhileRunning: boolean;
}

export interface KeyedQueue {
  /** Asks for a run; calling it a thousand times is one run. */
  add(key: string, trigger: Trigger): void;
  /** The key that is due the longest and not running, now running; null when none is due. */
  take(nowMs: number): Taken | null;
  /** Ends the run of a key that `take` gave out. */
  settle(key: string, settlement: Settlement, nowMs: number): void;
  /** When the next waiting key is due; null when none waits. */
  nextDueMs(): number | null;
  /** Whether a key runs, or is due. */
  isBusy(key: string, nowMs: number): boolean;
  failures(key: string): number;
  /** What a key that failed waits for; null when it did not fail, or is not waiting. */
  hold(key: string): { readonly failures: number; readonly dueAtMs: number } | null;
  /** Takes up the backoff of an earlier process, before the key has run in this one. */
  restore(key: string, hold: { readonly failures: number; readonly dueAtMs: number }): void;
  size(): { readonly waiting: number; readonly running: number };
  /** Keys that are due and do not run yet, and since when the oldest of them is; null when none is. */
  due(nowMs: number): { readonly count: number; readonly oldestDueAtMs: number | null };
  /** Whether nothing waits (backoff included) and nothing runs. */
  isIdle(): boolean;
}

/** More reasons than anybody reads. */
const reasonsKept = 5;

export function createQueue(): KeyedQueue {
  const entries = new Map<string, Entry>();

  function entryOf(key: string): Entry {
    let entry = entries.get(key);
    if (entry === undefined) {
      entry = {
        dueAtMs: null,
        reasons: [],
        freshAtMs: 0,
        failures: 0,
        blocked: false,
        running: false,
        inputWhileRunning: false,
      };
      entries.set(key, entry);
    }
    return entry;
  }

  return {
    add(key, trigger) {
      const entry = entryOf(key);
      // Also of a trigger that is held back: the run that follows must not read anything older.
      entry.freshAtMs = Math.max(entry.freshAtMs, trigger.freshAtMs);
      if (trigger.input) {
        entry.failures = 0;
        entry.blocked = false;
        if (entry.running) entry.inputWhileRunning = true;
      } else if (
        !entry.running &&
        (entry.blocked || (entry.failures > 0 && entry.dueAtMs !== null))
      ) {
        return;
      }
      entry.dueAtMs = Math.min(entry.dueAtMs ?? Infinity, trigger.dueAtMs);
      if (entry.reasons.length < reasonsKept && !entry.reasons.includes(trigger.reason)) {
        entry.reasons.push(trigger.reason);
      }
    },

    take(nowMs) {
      let best: { key: string; entry: Entry; dueAtMs: number } | null = null;
      for (const [key, entry] of entries) {
        const { dueAtMs } = entry;
        if (entry.running || dueAtMs === null || dueAtMs > nowMs) continue;
        if (best === null || dueAtMs < best.dueAtMs) best = { key, entry, dueAtMs };
      }
      if (best === null) return null;
      const { key, entry } = best;
      const taken = { key, reasons: entry.reasons, freshAtMs: entry.freshAtMs };
      entry.running = true;
      entry.dueAtMs = null;
      entry.reasons = [];
      entry.inputWhileRunning = false;
      return taken;
    },

    settle(key, settlement, nowMs) {
      const entry = entryOf(key);
      const renewed = entry.inputWhileRunning;
      entry.running = false;
      entry.inputWhileRunning = false;
      switch (settlement.kind) {
        case "done":
          entry.failures = 0;
          break;
        case "again":
          entry.dueAtMs = Math.min(entry.dueAtMs ?? Infinity, settlement.dueAtMs);
          break;
        case "failed":
          // New input came in the meantime: its run is due at once and starts with a clean record.
          if (renewed) break;
          entry.failures += 1;
          entry.dueAtMs = nowMs + settlement.delayMs(entry.failures);
          break;
        case "blocked":
          if (renewed) break;
          entry.blocked = true;
          entry.dueAtMs = null;
          break;
      }
      if (entry.dueAtMs === null && entry.failures === 0 && !entry.blocked) entries.delete(key);
    },

    nextDueMs() {
      let next: number | null = null;
      for (const { running, dueAtMs } of entries.values()) {
        if (!running && dueAtMs !== null && (next === null || dueAtMs < next)) next = dueAtMs;
      }
      return next;
    },

    isBusy(key, nowMs) {
      const { running = false, dueAtMs = null } = entries.get(key) ?? {};
      return running || (dueAtMs !== null && dueAtMs <= nowMs);
    },

    failures: (key) => entries.get(key)?.failures ?? 0,

    hold(key) {
      const { failures = 0, dueAtMs = null } = entries.get(key) ?? {};
      return failures === 0 || dueAtMs === null ? null : { failures, dueAtMs };
    },

    restore(key, { failures, dueAtMs }) {
      const entry = entryOf(key);
      if (entry.running) return;
      Object.assign(entry, { failures, dueAtMs, reasons: ["it failed before the restart"] });
    },

    size() {
      let waiting = 0;
      let running = 0;
      for (const entry of entries.values()) {
        if (entry.running) running += 1;
        if (entry.dueAtMs !== null) waiting += 1;
      }
      return { waiting, running };
    },

    due(nowMs) {
      let count = 0;
      let oldestDueAtMs: number | null = null;
      for (const { running, dueAtMs } of entries.values()) {
        if (running || dueAtMs === null || dueAtMs > nowMs) continue;
        count += 1;
        oldestDueAtMs = Math.min(oldestDueAtMs ?? dueAtMs, dueAtMs);
      }
      return { count, oldestDueAtMs };
    },

    isIdle() {
      for (const entry of entries.values()) {
        if (entry.running || entry.dueAtMs !== null) return false;
      }
      return true;
    },
  };
}
