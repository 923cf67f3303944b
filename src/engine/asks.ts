// What people asked for and what has not been carried out yet: passing over a closed window once,
// deploying again, and removals that were approved. All of it is in memory: a restart forgets it, and
// whoever asked can ask again.
import type { DesiredStack } from "../model/desired.ts";
import type { Action } from "../model/plan.ts";
import type { Outcome } from "../model/status.ts";
import type { Loaded } from "./desired-state.ts";
import type { ActionResult } from "./execute.ts";
import type { Judged } from "./order.ts";

export interface LastDeploy {
  /** Its key. */
  readonly service: string;
  /** Why, as one clause (H7). */
  readonly reason: string;
  readonly revision: string | null;
  readonly atMs: number;
}

export interface Asks {
  /** Passes over closed windows until what Git says of the stack now is carried out. */
  passWindow(stack: string, loaded: Loaded): void;
  /** The stack as it counts at this moment: without its windows while they are passed over. */
  inTurn(desired: DesiredStack, loaded: Loaded | null): DesiredStack;
  deployAgain(stack: string, service: string, by: string): void;
  approve(digest: string): void;
  approved(): readonly string[];
  /** Drops approvals of a list that waits no longer; `holds` is asked with what is approved. */
  settleApprovals(holds: (approved: ReadonlySet<string>) => boolean): void;
  /** An action ended; `deploy` is what to remember when it was a deploy. */
  reported(stack: string, result: ActionResult, deploy: Omit<LastDeploy, "service">): void;
  /** Call at the end of every run. What was asked for and not done is named: service and who asked. */
  ended(stack: string, judged: Judged, loaded: Loaded | null): ReadonlyMap<string, string>;
  deploys(stack: string): readonly LastDeploy[];
}

/** What a rollout says that an earlier process began: the reason was told then. */
export function wentOn(reason: string): boolean {
  return reason.startsWith("its rollout has not been seen healthy yet");
}

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
      return !["answer", "deployment", "dependency", "template"].includes(outcome.reason);
  }
}

function isConfigured({ type }: Action): boolean {
  return type === "configure-application" || type === "create-application";
}

export function createAsks(): Asks {
  /** By stack: the sequence that Git had when it was asked. */
  const passes = new Map<string, number>();
  const redeploys = new Map<string, Map<string, string>>();
  const approvals = new Set<string>();
  const deploys = new Map<string, Map<string, LastDeploy>>();

  return {
    passWindow(stack, loaded) {
      passes.set(stack, loaded.sequence);
    },
    inTurn(desired, loaded) {
      const asked = passes.get(desired.name);
      if (asked === undefined || (loaded?.changedAt.get(desired.name) ?? 0) > asked) return desired;
      return { ...desired, sync: { ...desired.sync, windows: [] } };
    },
    deployAgain(stack, service, by) {
      redeploys.set(stack, (redeploys.get(stack) ?? new Map<string, string>()).set(service, by));
    },
    approve: (digest) => void approvals.add(digest),
    approved: () => [...approvals],
    settleApprovals(holds) {
      if (approvals.size === 0) return;
      const waits = holds(new Set());
      for (const digest of approvals) {
        if (!waits || holds(new Set([digest]))) approvals.delete(digest);
      }
    },
    reported(stack, { action, status }, told) {
      if (status !== "done") return;
      if (isConfigured(action) && "service" in action) redeploys.get(stack)?.delete(action.service);
      if (action.type !== "rollout" || wentOn(action.reason)) return;
      const deploy: LastDeploy = { service: action.service, ...told };
      const known = deploys.get(stack) ?? new Map<string, LastDeploy>();
      deploys.set(stack, known.set(action.service, deploy));
    },
    ended(stack, { outcome }, loaded) {
      if (isOver(outcome)) passes.delete(stack);
      if (outcome.kind === "removed") {
        redeploys.delete(stack);
        deploys.delete(stack);
      }
      const left = redeploys.get(stack) ?? new Map<string, string>();
      const services = loaded?.byName.get(stack)?.services ?? [];
      for (const service of [...left.keys()]) {
        if (!services.some(({ key }) => key === service)) left.delete(service);
      }
      if (left.size === 0) redeploys.delete(stack);
      return left;
    },
    deploys: (stack) =>
      [...(deploys.get(stack)?.values() ?? [])].sort((a, b) => (a.service < b.service ? -1 : 1)),
  };
}
