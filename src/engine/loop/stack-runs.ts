// One run of a stack that the queue gave out: has it reconciled, draws the conclusions and gives its key back. One catch
// a run: a bug in one stack's run is counted and backed off, and the process lives (Q7).
import { describeError } from "../../lib/errors.ts";
import { inScope } from "../../lib/scope.ts";
import type { StackStatus } from "../../model/status.ts";
import { isUntouched } from "../events/outcome-words.ts";
import type { BackoffMemory } from "../memory/backoff-memory.ts";
import type { StackRecords } from "../memory/stack-records.ts";
import type { Reconciler } from "../run/reconcile.ts";
import type { RunPolicy, RunRequest, RunResult } from "../run/run.ts";
import type { DesiredState, Loaded } from "../state/desired-state.ts";
import { createConclusions } from "./conclusions.ts";
import type { ConclusionsOptions } from "./conclusions.ts";
import type { KeyedQueue, Taken } from "./queue.ts";
import { requeueOf } from "./requeue.ts";

export interface StackRuns {
  /** What the reconciler throws is the end of this run and of nothing else. */
  run(taken: Taken, freshAtMs: number): Promise<void>;
  /** As `Controller.suspect`. */
  suspect(stack: string, serviceIds: Iterable<string>): void;
  statuses(): ReadonlyMap<string, StackStatus>;
}

export interface StackRunsOptions extends ConclusionsOptions {
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

/** Services that a stack's next run reads deep. */
function createSuspects(records: Pick<StackRecords, "field">) {
  const byStack = records.field<Set<string>>("suspects");
  return {
    add(stack: string, serviceIds: Iterable<string>): void {
      const ids = byStack.get(stack) ?? new Set();
      for (const id of serviceIds) ids.add(id);
      if (ids.size > 0) byStack.set(stack, ids);
    },
    take(stack: string): ReadonlySet<string> {
      const ids = byStack.get(stack) ?? new Set<string>();
      byStack.delete(stack);
      return ids;
    },
  };
}

export function createStackRuns(
  options: StackRunsOptions,
  queue: Pick<KeyedQueue, "add" | "finish" | "failures" | "hold">,
): StackRuns {
  const { clock, desired, mostFailures } = options;
  const conclusions = createConclusions(options);
  const suspects = createSuspects(options.records);

  async function reconcile(request: RunRequest, loaded: Loaded): Promise<RunResult> {
    const { stack } = request;
    try {
      return await inScope({ stack, service: null }, () =>
        options.reconciler.run(request, loaded, options.policy(stack)),
      );
    } catch (error) {
      const message = `unexpected: ${describeError(error)}`;
      return {
        outcome: { kind: "failed", message, retryAfterMs: null },
        plan: null,
        desired: loaded.byName.get(stack) ?? null,
        unhealthy: null,
      };
    }
  }

  function requeue(stack: string, { outcome }: RunResult): void {
    const nowMs = clock.now();
    const next = requeueOf(outcome, nowMs, {
      isPass: mostFailures !== null,
      isGivenUp: mostFailures !== null && queue.failures(stack) + 1 >= mostFailures,
      random: options.random,
    });
    queue.finish(stack, next, nowMs);
    if (next.kind === "again") {
      // What it waits for is outside: the next look must be a new one.
      const { dueAtMs } = next;
      queue.add(stack, { reason: "waited", input: false, dueAtMs, freshAtMs: dueAtMs });
    }
    options.backoffs.keep(stack, queue.hold(stack), () => desired.input(stack));
  }

  return {
    async run(taken, freshAtMs) {
      const { key: stack } = taken;
      const startedAtMs = clock.now();
      const loaded = desired.current();
      if (loaded === null) {
        queue.finish(stack, { kind: "done" }, clock.now());
        return;
      }
      const deep = suspects.take(stack);
      const redeploy = options.redeploys(stack);
      options.tell({ kind: "run-began", stack, atMs: startedAtMs });
      const result = await reconcile({ stack, freshAtMs, deep, redeploy }, loaded);
      // What could not be read, or be mended, is no better for having been looked at.
      const { outcome } = result;
      if (outcome.kind === "failed" || isUntouched(outcome)) suspects.add(stack, deep);
      conclusions.conclude(taken, startedAtMs, result, loaded);
      requeue(stack, result);
    },
    suspect: (stack, serviceIds) => {
      suspects.add(stack, serviceIds);
    },
    statuses: () => conclusions.statuses(),
  };
}
