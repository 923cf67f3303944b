// What people asked for and what has not been carried out yet: passing over a closed window once,
// deploying again, and removals that were approved. A restart forgets none of it, a lost store all of it:
// whoever asked can ask again.
import { z } from "zod";
import type { Cause } from "../../model/cause.ts";
import { formatWant } from "../../model/marker.ts";
import type { Marker } from "../../model/marker.ts";
import type { DesiredStack } from "../../model/desired.ts";
import type { Action } from "../../model/plan.ts";
import type { Outcome } from "../../model/status.ts";
import type { Loaded } from "../state/desired-state.ts";
import type { ActionResult } from "../execution/execute.ts";
import type { Memory } from "../memory/memory.ts";
import type { Judged } from "../order/order.ts";

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

export interface OpenRequests {
  /** Passes over closed windows until what Git says of the stack now is carried out. */
  passWindow(stack: string, loaded: Loaded): void;
  /** The stack as it counts at this moment: without its windows while they are passed over. */
  inTurn(desired: DesiredStack, loaded: Loaded | null): DesiredStack;
  /** `marker` is the service's as last listed: a later attempt than its own means that it was done. */
  deployAgain(stack: string, service: string, by: string, marker?: Marker | null): void;
  /**
   * Call with the first list: calls `again` for each redeploy that an earlier process was asked for and that
   * was not written by it.
   */
  takeUp(
    markerOf: (stack: string, service: string) => Marker | null,
    again: (stack: string, service: string, by: string) => void,
  ): void;
  approve(digest: string, by?: string): void;
  approved(): readonly string[];
  /** Drops approvals of a list that waits no longer; `holds` is asked with what is approved. */
  settleApprovals(holds: (approved: ReadonlySet<string>) => boolean): void;
  /** A run of the stack begins: keys of services that it is to deploy again, with who asked. */
  beginRedeploys(stack: string): ReadonlyMap<string, string>;
  /** An action ended; `deploy` is what to remember when it was a deploy. */
  reported(stack: string, result: ActionResult, deploy: Omit<LastDeploy, "service">): void;
  /** Call at the end of every run. What was asked for and not done is in the next run again. */
  ended(stack: string, judged: Judged, loaded: Loaded | null): void;
  deploys(stack: string): readonly LastDeploy[];
}

/** Whether an earlier process began a rollout: its cause was told then. */
export function wentOn(cause: Cause | null): boolean {
  return cause?.kind === "resumed";
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
      return !["answer", "deployment", "platform", "swarm", "dependency", "template"].includes(
        outcome.reason,
      );
  }
}

function isConfigured({ type }: Action): boolean {
  return type === "configure-service" || type === "create-service";
}

export interface OpenRequestsOptions {
  readonly memory: Memory;
  /** A digest of all that Git and the secrets say of a stack now. */
  readonly input: (stack: string) => string;
}

const passSchema = z.object({ input: z.string() });
const redeploySchema = z.object({ by: z.string(), want: z.string().nullable() });
const approvalSchema = z.object({ by: z.string() });

function attemptOf(marker: Marker | null): string | null {
  const want = marker?.want ?? null;
  return want === null ? null : formatWant(want);
}

interface Redeploy {
  readonly by: string;
  /** Whether the run under way was told of it: what is asked for later is not done by that run. */
  isTaken: boolean;
}

export function createOpenRequests({ memory, input }: OpenRequestsOptions): OpenRequests {
  /** By stack: the sequence that Git had when it was asked. */
  const passes = new Map<string, number>();
  /** Of an earlier process, by stack: what Git said then. */
  const earlierPasses = new Map(
    memory.left("pass", passSchema).map(({ stack, value }) => [stack, value.input]),
  );
  const redeploys = new Map<string, Map<string, Redeploy>>();
  const approvals = new Set(memory.left("approval", approvalSchema).map(({ key }) => key));
  let earlier = memory.left("redeploy", redeploySchema);
  const deploys = new Map<string, Map<string, LastDeploy>>();

  function askAgain(stack: string, service: string, by: string): void {
    const known = redeploys.get(stack) ?? new Map<string, Redeploy>();
    redeploys.set(stack, known.set(service, { by, isTaken: false }));
  }

  function dropRedeploy(stack: string, service: string): void {
    if (redeploys.get(stack)?.delete(service) === true) memory.remove("redeploy", stack, service);
  }

  /** It counts until Git says something else of the stack. */
  function takeUpPass(stack: string, loaded: Loaded | null): void {
    const said = earlierPasses.get(stack);
    if (said === undefined || loaded === null) return;
    earlierPasses.delete(stack);
    if (said === input(stack)) passes.set(stack, loaded.sequence);
    else memory.remove("pass", stack, "");
  }

  return {
    passWindow(stack, loaded) {
      earlierPasses.delete(stack);
      passes.set(stack, loaded.sequence);
      memory.save("pass", stack, "", { input: input(stack) });
    },
    inTurn(desired, loaded) {
      takeUpPass(desired.name, loaded);
      const asked = passes.get(desired.name);
      if (asked === undefined || (loaded?.changedAt.get(desired.name) ?? 0) > asked) return desired;
      return { ...desired, sync: { ...desired.sync, windows: [] } };
    },
    deployAgain(stack, service, by, marker = null) {
      askAgain(stack, service, by);
      memory.save("redeploy", stack, service, { by, want: attemptOf(marker) });
    },
    takeUp(markerOf, again) {
      const left = earlier;
      earlier = [];
      for (const { stack, key, value } of left) {
        // W7: what was written before the end is not written a second time.
        if (attemptOf(markerOf(stack, key)) === value.want) {
          askAgain(stack, key, value.by);
          again(stack, key, value.by);
        } else memory.remove("redeploy", stack, key);
      }
    },
    approve(digest, by = "") {
      approvals.add(digest);
      memory.save("approval", "", digest, { by });
    },
    approved: () => [...approvals],
    settleApprovals(holds) {
      if (approvals.size === 0) return;
      const waits = holds(new Set());
      for (const digest of approvals) {
        if (waits && !holds(new Set([digest]))) continue;
        approvals.delete(digest);
        memory.remove("approval", "", digest);
      }
    },
    beginRedeploys(stack) {
      const asked = [...(redeploys.get(stack) ?? [])];
      for (const [, redeploy] of asked) redeploy.isTaken = true;
      return new Map(asked.map(([service, { by }]) => [service, by]));
    },
    reported(stack, { action, status }, told) {
      if (status !== "done") return;
      if (isConfigured(action) && "service" in action) {
        const asked = redeploys.get(stack)?.get(action.service);
        if (asked?.isTaken === true) dropRedeploy(stack, action.service);
      }
      if (action.type !== "rollout" || wentOn(told.cause)) return;
      const deploy: LastDeploy = { service: action.service, ...told };
      const known = deploys.get(stack) ?? new Map<string, LastDeploy>();
      // It only goes on.
      if (wentOn(action.cause) && known.has(action.service)) return;
      deploys.set(stack, known.set(action.service, deploy));
    },
    ended(stack, { outcome }, loaded) {
      if (isOver(outcome) && passes.delete(stack)) memory.remove("pass", stack, "");
      if (outcome.kind === "removed") {
        for (const service of [...(redeploys.get(stack)?.keys() ?? [])]) {
          dropRedeploy(stack, service);
        }
        deploys.delete(stack);
      }
      const left = redeploys.get(stack) ?? new Map<string, Redeploy>();
      const services = loaded?.byName.get(stack)?.services ?? [];
      for (const service of [...left.keys()]) {
        if (!services.some(({ key }) => key === service)) dropRedeploy(stack, service);
      }
      if (left.size === 0) redeploys.delete(stack);
    },
    deploys: (stack) =>
      [...(deploys.get(stack)?.values() ?? [])].sort((a, b) => (a.service < b.service ? -1 : 1)),
  };
}
