// The loop: takes keys that are due from the queue, runs each on one of the workers, and turns how it
// ended into status, event and the next time it is due. One catch a run: a bug in one stack's run is
// counted and backed off, and the process lives (Q7).
import { describeError } from "../../lib/errors.ts";
import type { StackStatus } from "../../model/status.ts";
import type { BackoffMemory, Hold } from "../memory/backoff-memory.ts";
import { inScope } from "../../lib/scope.ts";
import type { DesiredState } from "../state/desired-state.ts";
import { isUntouched } from "../events/outcome-words.ts";
import { createConclusions } from "./conclusions.ts";
import type { ConclusionsOptions } from "./conclusions.ts";
import { createQueue } from "./queue.ts";
import type { Taken } from "./queue.ts";
import { settlementOf } from "./settlement.ts";
import type { Reconciler } from "../run/reconcile.ts";
import type { RunPolicy, RunResult } from "../run/run.ts";
import type { Trigger } from "../wakeups.ts";

export interface Controller {
  /** Lets the workers begin. Until then keys only gather: who reads and plans must not write. */
  begin(): void;
  add(stack: string, trigger: Trigger): void;
  /** Takes up the backoff of an earlier process. */
  restore(stack: string, hold: Hold): void;
  /** Services whose fields differ on the server: read again in the stack's next run. */
  suspect(stack: string, serviceIds: readonly string[]): void;
  statuses(): ReadonlyMap<string, StackStatus>;
  /** Whether a run of the stack is due or under way; one that waits for its time is not. */
  isBusy(stack: string): boolean;
  size(): { readonly waiting: number; readonly running: number };
  /** Stacks whose run is due and has not begun, and how long the oldest of them has waited. */
  due(): { readonly count: number; readonly oldestMs: number };
  /** Resolves when nothing waits and nothing runs, or `signal` aborts. */
  idle(signal?: AbortSignal): Promise<void>;
  /** No run starts any more; resolves when those under way have ended. */
  stop(): Promise<void>;
}

export interface ControllerOptions extends ConclusionsOptions {
  readonly workers: number;
  readonly random: () => number;
  readonly desired: DesiredState;
  readonly reconciler: Reconciler;
  readonly policy: (stack: string) => RunPolicy;
  /** A run of the stack begins: keys of services that it is to deploy again, with who asked. */
  readonly redeploys: (stack: string) => ReadonlyMap<string, string>;
  readonly backoffs: Pick<BackoffMemory, "keep">;
  /** In a single pass a stack is given up after this many failures; null: never. */
  readonly mostFailures: number | null;
}

export function createController(options: ControllerOptions): Controller {
  const { clock, desired } = options;
  const queue = createQueue();
  const conclusions = createConclusions(options);
  const deep = new Map<string, Set<string>>();
  const running = new Set<Promise<void>>();
  const waiters = new Set<() => void>();
  let begun = false;
  let stopping = false;
  let cancelTimer: (() => void) | null = null;

  function suspect(key: string, serviceIds: Iterable<string>): void {
    const ids = deep.get(key) ?? new Set();
    for (const id of serviceIds) ids.add(id);
    if (ids.size > 0) deep.set(key, ids);
  }

  async function runKey(taken: Taken, freshAtMs: number): Promise<void> {
    const { key } = taken;
    const startedAtMs = clock.now();
    const loaded = desired.current();
    if (loaded === null) {
      queue.settle(key, { kind: "done" }, clock.now());
      return;
    }
    const deepIds = deep.get(key) ?? new Set<string>();
    const redeploy = options.redeploys(key);
    deep.delete(key);
    options.tell({ kind: "run-began", stack: key, atMs: startedAtMs });
    let result: RunResult;
    try {
      const request = { stack: key, freshAtMs, deep: deepIds, redeploy };
      result = await inScope({ stack: key, service: null }, () =>
        options.reconciler.run(request, loaded, options.policy(key)),
      );
    } catch (error) {
      const message = `unexpected: ${describeError(error)}`;
      result = {
        outcome: { kind: "failed", message, retryAfterMs: null },
        plan: null,
        desired: loaded.byName.get(key) ?? null,
        unhealthy: null,
      };
    }
    // What could not be read, or be mended, is no better for having been looked at.
    if (result.outcome.kind === "failed" || isUntouched(result.outcome)) suspect(key, deepIds);
    conclusions.conclude(taken, startedAtMs, result, loaded);
    const nowMs = clock.now();
    const settled = settlementOf(result.outcome, nowMs, {
      isPass: options.mostFailures !== null,
      isGivenUp: options.mostFailures !== null && queue.failures(key) + 1 >= options.mostFailures,
      random: options.random,
    });
    queue.settle(key, settled, nowMs);
    if (settled.kind === "again") {
      // What it waits for is outside: the next look must be a new one.
      queue.add(key, {
        reason: "waited",
        input: false,
        dueAtMs: settled.dueAtMs,
        freshAtMs: settled.dueAtMs,
      });
    }
    options.backoffs.keep(key, queue.hold(key), () => desired.input(key));
  }

  function pump(): void {
    cancelTimer?.();
    cancelTimer = null;
    while (!stopping && running.size < options.workers) {
      const taken = queue.take(clock.now());
      if (taken === null) break;
      // What was to be read later and comes before that can be no newer than now.
      const freshAtMs = Math.min(taken.freshAtMs, clock.now());
      const run: Promise<void> = runKey(taken, freshAtMs).finally(() => {
        running.delete(run);
        pump();
      });
      running.add(run);
    }
    const next = queue.nextDueMs();
    if (!stopping && next !== null && running.size < options.workers) {
      cancelTimer = clock.after(Math.max(0, next - clock.now()), pump);
    }
    if (queue.isIdle() || stopping) for (const wake of [...waiters]) wake();
  }

  let pumpQueued = false;
  /** Many keys are added at once: the workers begin after all of them are in. */
  function pumpSoon(): void {
    if (pumpQueued || stopping || !begun) return;
    pumpQueued = true;
    queueMicrotask(() => {
      pumpQueued = false;
      pump();
    });
  }

  return {
    begin() {
      begun = true;
      pumpSoon();
    },
    add(stack, trigger) {
      if (stopping) return;
      queue.add(stack, trigger);
      pumpSoon();
    },
    restore(stack, hold) {
      queue.restore(stack, hold);
      pumpSoon();
    },
    suspect,
    statuses: () => conclusions.statuses(),
    isBusy: (stack) => queue.isBusy(stack, clock.now()),
    size: () => queue.size(),
    due() {
      const nowMs = clock.now();
      const { count, oldestDueAtMs } = queue.due(nowMs);
      return { count, oldestMs: oldestDueAtMs === null ? 0 : nowMs - oldestDueAtMs };
    },
    idle: (signal) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (!queue.isIdle() && !stopping && signal?.aborted !== true) return;
          waiters.delete(check);
          signal?.removeEventListener("abort", check);
          resolve();
        };
        waiters.add(check);
        signal?.addEventListener("abort", check);
        check();
      }),
    async stop() {
      stopping = true;
      cancelTimer?.();
      for (const wake of [...waiters]) wake();
      await Promise.all(running);
    },
  };
}
