// What people asked for and what has not been carried out yet: passing over a closed window once,
// deploying again, and removals that were approved. A restart forgets none of it, a lost store all of it:
// people can ask again. Beside them, why each service was deployed last.
import type { Cause } from "../../model/cause.ts";
import type { Action } from "../../model/plan.ts";
import type { Outcome } from "../../model/status.ts";
import type { ActionResult } from "../execution/execute.ts";
import type { Memory } from "../memory/memory.ts";
import type { StackRecords } from "../memory/stack-records.ts";
import type { RunEnd } from "../order/order.ts";
import type { Loaded } from "../state/desired-state.ts";
import { createApprovals } from "./approvals.ts";
import type { Approvals } from "./approvals.ts";
import { createRedeploys } from "./redeploys.ts";
import type { Redeploys } from "./redeploys.ts";
import { createWindowPasses } from "./window-passes.ts";
import type { WindowPasses } from "./window-passes.ts";

/** The newest deploy of a service. */
export interface LastDeploy {
  /** Its key. */
  readonly service: string;
  /** Why, as one clause (H7). */
  readonly reason: string;
  /** Null: an older version recorded it, without data. */
  readonly cause: Cause | null;
  readonly revision: string | null;
  readonly atMs: number;
}

export interface OpenRequests
  extends
    Pick<WindowPasses, "passWindow" | "inTurn">,
    Pick<Redeploys, "deployAgain" | "takeUp" | "beginRedeploys">,
    Approvals {
  /** An action ended; `deploy` is what to remember when it was a deploy. */
  reported(stack: string, result: ActionResult, deploy: Omit<LastDeploy, "service">): void;
  /** Call at the end of every run. What was asked for and not done is in the next run again. */
  ended(stack: string, judged: RunEnd, loaded: Loaded | null): void;
  deploys(stack: string): readonly LastDeploy[];
}

/** Whether an earlier process began a rollout: its cause was told then. */
export function wentOn(cause: Cause | null): boolean {
  return cause?.kind === "resumed";
}

/** What a run waits for without anybody's decision. */
const endsByItself: ReadonlySet<string> = new Set([
  "answer",
  "deployment",
  "platform",
  "swarm",
  "server",
  "secrets",
  "dependency",
  "template",
]);

/** Whether a run went as far as it can: what follows is something else than what was asked for. */
function isOver(outcome: Outcome): boolean {
  switch (outcome.kind) {
    case "degraded":
      return outcome.rollback?.state !== "under-way";
    case "converged":
    case "terminal":
    case "removed":
      return true;
    case "progressing":
    case "failed":
      return false;
    case "waiting":
      return !endsByItself.has(outcome.reason);
  }
}

function isConfigured({ type }: Action): boolean {
  return type === "configure-service" || type === "create-service";
}

export interface OpenRequestsOptions {
  readonly memory: Memory;
  /** Their fields go when the stack is gone. */
  readonly records: Pick<StackRecords, "field">;
  /** A digest of all that Git and the secrets say of a stack now. */
  readonly input: (stack: string) => string;
}

export function createOpenRequests(options: OpenRequestsOptions): OpenRequests {
  const { memory, records } = options;
  const passes = createWindowPasses(options);
  const redeploys = createRedeploys(memory, records);
  /** By the service's key. */
  const deploys = records.field<Map<string, LastDeploy>>("last deploys");
  return {
    ...createApprovals(memory),
    ...passes,
    ...redeploys,
    reported(stack, { action, status }, told) {
      if (status !== "done") return;
      if (isConfigured(action) && "service" in action) redeploys.written(stack, action.service);
      if (action.type !== "rollout" || wentOn(told.cause)) return;
      const known = deploys.get(stack) ?? new Map<string, LastDeploy>();
      // It only goes on.
      if (wentOn(action.cause) && known.has(action.service)) return;
      deploys.set(stack, known.set(action.service, { service: action.service, ...told }));
    },
    ended(stack, { outcome }, loaded) {
      if (isOver(outcome)) passes.over(stack);
      redeploys.settle(stack, loaded);
    },
    deploys: (stack) =>
      [...(deploys.get(stack)?.values() ?? [])].sort((a, b) => (a.service < b.service ? -1 : 1)),
  };
}
