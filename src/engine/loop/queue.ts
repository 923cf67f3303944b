// The keyed queue of laws Q1 to Q8, as plain state without a clock: every call is told the time. What becomes of one
// key is decided in `queue-key.ts`; the queue holds all of them, and says which is next.
import type { Hold } from "../memory/backoff-memory.ts";
import type { Trigger } from "../wakeups.ts";
import { createDueOrder } from "./due-order.ts";
import {
  atRest,
  holdOf,
  begun,
  isForgotten,
  restored,
  finished,
  startsAtMs,
  triggered,
} from "./queue-key.ts";
import type { QueueKey, Requeue } from "./queue-key.ts";

export interface Taken {
  readonly key: string;
  readonly reasons: readonly string[];
  /** The newest `freshAtMs` of its triggers. */
  readonly freshAtMs: number;
}

export interface KeyedQueue {
  /** Asks for a run; calling it a thousand times is one run. */
  add(key: string, trigger: Trigger): void;
  /** The key that is due the longest and not running, now running; null when none is due. */
  take(nowMs: number): Taken | null;
  /** Ends the run of a key that `take` gave out. */
  finish(key: string, requeue: Requeue, nowMs: number): void;
  /** When the next waiting key is due; null when none waits. */
  nextDueMs(): number | null;
  /** Whether a key runs, or is due. */
  isBusy(key: string, nowMs: number): boolean;
  failures(key: string): number;
  /** What a key that failed waits for; null when it did not fail, or is not waiting. */
  hold(key: string): Hold | null;
  /** Takes up the backoff of an earlier process, before the key has run in this one. */
  restore(key: string, hold: Hold): void;
  size(): { readonly waiting: number; readonly running: number };
  /** Keys that are due and do not run yet, and since when the oldest of them is; null when none is. */
  due(nowMs: number): { readonly count: number; readonly oldestDueAtMs: number | null };
  /** Whether nothing waits (backoff included) and nothing runs. */
  isIdle(): boolean;
}

/** When the first of the keys is due that do not run; null when none is. */
function earliest(keys: Iterable<QueueKey>): number | null {
  let first: number | null = null;
  for (const key of keys) {
    const atMs = startsAtMs(key);
    if (atMs !== null && (first === null || atMs < first)) first = atMs;
  }
  return first;
}

export function createQueue(): KeyedQueue {
  /** Those about which there is something to remember; all others are at rest. */
  const keys = new Map<string, QueueKey>();
  const order = createDueOrder();
  let waiting = 0;
  let running = 0;
  const of = (name: string): QueueKey => keys.get(name) ?? atRest;

  function set(name: string, key: QueueKey): void {
    const before = of(name);
    waiting += Number(key.dueAtMs !== null) - Number(before.dueAtMs !== null);
    running += Number(key.running) - Number(before.running);
    if (!key.running && isForgotten(key)) keys.delete(name);
    else keys.set(name, key);
    order.set(name, startsAtMs(key));
  }

  return {
    add(name, trigger) {
      set(name, triggered(of(name), trigger));
    },
    take(nowMs) {
      const next = order.first();
      if (next === null || next.atMs > nowMs) return null;
      const key = of(next.name);
      set(next.name, begun(key));
      return { key: next.name, reasons: key.reasons, freshAtMs: key.freshAtMs };
    },
    finish(name, requeue, nowMs) {
      set(name, finished(of(name), requeue, nowMs));
    },
    nextDueMs: () => order.first()?.atMs ?? null,
    isBusy(name, nowMs) {
      const { running, dueAtMs } = of(name);
      return running || (dueAtMs !== null && dueAtMs <= nowMs);
    },
    failures: (name) => of(name).failures,
    hold: (name) => holdOf(of(name)),
    restore(name, hold) {
      set(name, restored(of(name), hold));
    },
    size: () => ({ waiting, running }),
    due(nowMs) {
      const due = [...keys.values()].filter((key) => (startsAtMs(key) ?? Infinity) <= nowMs);
      return { count: due.length, oldestDueAtMs: earliest(due) };
    },
    isIdle: () => waiting === 0 && running === 0,
  };
}
