// One run of a stack that left Git: what of it is still there, whether that may be removed, the removal, and
// the proof that it is gone.
import type { Plan } from "../../model/plan.ts";
import type { Outcome } from "../../model/status.ts";
import type { ObservedProject } from "../../model/observed.ts";
import { projectOwner } from "../../plan/ownership.ts";
import { planPrune } from "../../plan/prune.ts";
import { noRecords, withRecords } from "../../plan/records.ts";
import type { RecordPlan } from "../../plan/records.ts";
import { isKeptWhole } from "../../plan/retained.ts";
import { verifyRemoval } from "../removal/absence.ts";
import { pruneContext } from "../removal/prune.ts";
import type { Loaded } from "../state/desired-state.ts";
import type { View } from "../state/world.ts";
import { carryOut } from "./carry-out.ts";
import { holdFor } from "./held.ts";
import { isGuarded, leftovers, removesByOldList } from "./removals.ts";
import { firstOf } from "./rows.ts";
import type { RunPolicy, RunRequest, RunResult } from "./run.ts";
import { workSettlers } from "./settlers.ts";
import { recordsOutcome } from "./records.ts";
import { reachableRemovals } from "./silent-servers.ts";
import type { RunTools } from "./tools.ts";

interface GoneRun {
  readonly tools: RunTools;
  readonly stack: string;
  readonly loaded: Loaded;
  readonly policy: RunPolicy;
  readonly projects: readonly ObservedProject[];
  readonly plan: Plan;
  readonly view: View;
  /** Of the DNS records that it kept; its actions are the plan's last. */
  readonly records: RecordPlan;
}

const nothingDone = { recordError: null, results: [] };

async function planGone(stack: string, loaded: Loaded, freshAtMs: number, tools: RunTools) {
  const { world, hostRecords } = tools;
  const view = await world.since(freshAtMs);
  const projects = view.ownership.owned.get(stack) ?? [];
  const context = pruneContext(stack, loaded, view.ownership);
  const plan = planPrune(stack, view.ownership.instance, projects, context);
  const records = isKeptWhole(projects, context.before)
    ? noRecords
    : await hostRecords.planGone(stack, loaded, freshAtMs);
  return { projects, plan: withRecords(plan, records), view, records };
}

function ending({ plan }: GoneRun, outcome: Outcome, did = false): RunResult {
  return { outcome, plan, desired: null, unhealthy: null, did };
}

/** Nothing is to be removed any more: what proves that, and what was left. */
async function nothingToDo(run: GoneRun): Promise<Outcome> {
  const { tools, stack, loaded, policy, projects, plan, view } = run;
  const remains = await tools.removals.remains(plan, loaded, view, policy);
  if (remains !== null) return remains;
  const waits = recordsOutcome(run.records, nothingDone, tools.hostRecords);
  if (waits !== null) return waits;
  const left = leftovers(plan);
  if (left !== null) return left;
  const known = view.ownership.byId.get(tools.store.knownProjects().get(stack) ?? "");
  if (projects.length === 0 && policy.readOnly === null) {
    tools.store.removeKnownProject(stack);
    tools.rollback.forget(stack);
    tools.owners.forget(stack);
  }
  if (known === undefined || projectOwner(view.ownership.instance, known) !== null) {
    return { kind: "removed" };
  }
  const message = `not in Git; its project "${known.name}" has lost Capstan's marker and is left alone`;
  return { kind: "removed", message };
}

async function remove(run: GoneRun, isHeld: () => boolean): Promise<RunResult> {
  const { tools, stack, loaded, policy, plan, view } = run;
  const { removals, clock } = tools;
  const hold = removals.hold("stack", plan, loaded, view, policy);
  if (hold === null) removals.letGo(plan, loaded, view, policy);
  const allowed =
    hold === null ? plan.actions : plan.actions.filter((action) => !isGuarded(action));
  const { actions, waits } = reachableRemovals(allowed, view);
  const detailsAtMs = clock.now();
  const done = await carryOut({ stack, loaded, view, detailsAtMs, actions, isHeld }, tools);
  const settled = await firstOf(workSettlers, { tools, follows: null, done });
  if (settled !== null) return ending(run, settled.outcome, done.did);
  if (done.recordError !== null) {
    const failed = recordsOutcome(run.records, done, tools.hostRecords);
    if (failed !== null) return ending(run, failed, done.did);
  }
  if (hold !== null) return ending(run, hold, done.did);
  if (waits !== null) return ending(run, waits, done.did);
  const removes = plan.actions.some(isGuarded);
  const outcome = removes ? verifyRemoval : (leftovers(plan) ?? verifyRemoval);
  return ending(run, outcome, done.did);
}

export async function runGone(
  stack: string,
  loaded: Loaded,
  request: RunRequest,
  policy: RunPolicy,
  tools: RunTools,
): Promise<RunResult> {
  const { clock } = tools;
  tools.corrections.forget(stack);
  tools.hostChecks.forget(stack);
  if (policy.readOnly === null) tools.causes.forget(stack);
  let found = await planGone(stack, loaded, request.freshAtMs, tools);
  if (removesByOldList(found.plan, found.view, policy, clock.now())) {
    found = await planGone(stack, loaded, clock.now(), tools);
  }
  const run: GoneRun = { tools, stack, loaded, policy, ...found };
  if (found.projects.length > 0 && (policy.readOnly?.reason ?? "suspended") === "suspended") {
    tools.owners.left(stack, loaded.previous.get(stack) ?? null);
  }
  const { plan } = found;
  if (plan.actions.length === 0) return ending(run, await nothingToDo(run));
  if (policy.readOnly !== null) {
    const outcome: Outcome = { kind: "waiting", ...policy.readOnly, afterMs: null };
    return { ...ending(run, outcome), waiting: plan.actions.length };
  }
  const { isOld, isHeld } = await holdFor(run.view, tools);
  if (isOld) return runGone(stack, loaded, { ...request, freshAtMs: clock.now() }, policy, tools);
  return remove(run, isHeld);
}
