// The loop: keys gather in the queue (`queue.ts`), workers take those that are due (`workers.ts`), and each is a run
// of a stack, whose end says when it is due again (`stack-runs.ts`).
import type { StackStatus } from "../../model/status.ts";
import type { Hold } from "../memory/backoff-memory.ts";
import type { Trigger } from "../wakeups.ts";
import { createQueue } from "./queue.ts";
import { createStackRuns } from "./stack-runs.ts";
import type { StackRunsOptions } from "./stack-runs.ts";
import { createWorkers } from "./workers.ts";

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

export interface ControllerOptions extends StackRunsOptions {
  readonly workers: number;
}

export function createController(options: ControllerOptions): Controller {
  const { clock } = options;
  const queue = createQueue();
  const runs = createStackRuns(options, queue);
  const workers = createWorkers({
    ...{ queue, clock, most: options.workers },
    run: (taken, freshAtMs) => runs.run(taken, freshAtMs),
  });
  return {
    begin() {
      workers.begin();
    },
    add(stack, trigger) {
      if (workers.isStopping()) return;
      queue.add(stack, trigger);
      workers.look();
    },
    restore(stack, hold) {
      queue.restore(stack, hold);
      workers.look();
    },
    suspect(stack, serviceIds) {
      runs.suspect(stack, serviceIds);
    },
    statuses: () => runs.statuses(),
    isBusy: (stack) => queue.isBusy(stack, clock.now()),
    size: () => queue.size(),
    due() {
      const nowMs = clock.now();
      const { count, oldestDueAtMs } = queue.due(nowMs);
      return { count, oldestMs: oldestDueAtMs === null ? 0 : nowMs - oldestDueAtMs };
    },
    idle: (signal) => workers.idle(signal),
    stop: () => workers.stop(),
  };
}
