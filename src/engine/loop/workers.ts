// The workers: take keys that are due from the queue and have each run, so many at a time (Q1). Knows nothing of
// stacks; a run gives its key back itself before it ends.
import type { Clock } from "../../lib/clock.ts";
import type { KeyedQueue, Taken } from "./queue.ts";

export interface Workers {
  /** Lets them begin. Until then keys only gather. */
  begin(): void;
  /** Call when keys were added: they look at the queue after all that is added in this moment is in. */
  look(): void;
  isStopping(): boolean;
  /** Resolves when nothing waits and nothing runs, `signal` aborts, or they stop. */
  idle(signal?: AbortSignal): Promise<void>;
  /** No run starts any more; resolves when those under way have ended. */
  stop(): Promise<void>;
}

export interface WorkersOptions {
  readonly queue: Pick<KeyedQueue, "take" | "nextDueMs" | "isIdle">;
  readonly clock: Clock;
  /** So many runs at a time. */
  readonly most: number;
  /** Runs a key and gives it back. What was read before `freshAtMs` is too old for it. */
  readonly run: (taken: Taken, freshAtMs: number) => Promise<void>;
}

/** Those who wait for a moment that comes, or for their signal. */
function createWaiters(isOver: () => boolean) {
  const waiters = new Set<() => void>();
  return {
    check(): void {
      for (const check of [...waiters]) check();
    },
    wait: (signal?: AbortSignal): Promise<void> =>
      new Promise((resolve) => {
        const check = (): void => {
          if (!isOver() && signal?.aborted !== true) return;
          waiters.delete(check);
          signal?.removeEventListener("abort", check);
          resolve();
        };
        waiters.add(check);
        signal?.addEventListener("abort", check);
        check();
      }),
  };
}

export function createWorkers({ queue, clock, most, run }: WorkersOptions): Workers {
  const running = new Set<Promise<void>>();
  let begun = false;
  let stopping = false;
  let isLookDue = false;
  let cancelTimer: (() => void) | null = null;
  const waiters = createWaiters(() => queue.isIdle() || stopping);

  function start(taken: Taken): void {
    // What was to be read later and comes before that can be no newer than now.
    const freshAtMs = Math.min(taken.freshAtMs, clock.now());
    const ended: Promise<void> = run(taken, freshAtMs).finally(() => {
      running.delete(ended);
      takeDue();
    });
    running.add(ended);
  }

  function takeDue(): void {
    cancelTimer?.();
    cancelTimer = null;
    while (!stopping && running.size < most) {
      const taken = queue.take(clock.now());
      if (taken === null) break;
      start(taken);
    }
    const next = queue.nextDueMs();
    if (!stopping && next !== null && running.size < most) {
      cancelTimer = clock.after(Math.max(0, next - clock.now()), takeDue);
    }
    waiters.check();
  }

  function look(): void {
    if (isLookDue || stopping || !begun) return;
    isLookDue = true;
    queueMicrotask(() => {
      isLookDue = false;
      takeDue();
    });
  }

  return {
    begin() {
      begun = true;
      look();
    },
    look,
    isStopping: () => stopping,
    idle: (signal) => waiters.wait(signal),
    async stop() {
      stopping = true;
      cancelTimer?.();
      waiters.check();
      await Promise.all(running);
    },
  };
}
