// One run of a stack that is in Git: plan, gates, work, settlers.
import type { DesiredStack } from "../../model/desired.ts";
import { isFromGit } from "../../model/kinds/table.ts";
import { adoptedAttempt, digestText } from "../../model/marker.ts";
import type { Outcome } from "../../model/status.ts";
import { followsDigest } from "../../plan/new-commit.ts";
import { asLeft } from "../../plan/left-drift.ts";
import { listed, serviceTitle } from "../../plan/render/words.ts";
import type { Input } from "../drift/corrections.ts";
import { leftAlone } from "../health/left-alone.ts";
import { reconsider } from "../health/verdicts.ts";
import { planOne } from "../reader/plan-one.ts";
import type { Planned } from "../reader/plan-one.ts";
import { outcomeOf } from "../rollback/rollback-outcome.ts";
import type { Loaded } from "../state/desired-state.ts";
import { markerIn } from "../state/world.ts";
import type { View } from "../state/world.ts";
import { isHostAction } from "../dns/host-records.ts";
import { carryOut } from "./carry-out.ts";
import { gates } from "./gates.ts";
import type { GitRun } from "./gates.ts";
import { holdFor } from "./held.ts";
import { isGuarded, removesByOldList } from "./removals.ts";
import { firstOf } from "./rows.ts";
import type { RunPolicy, RunRequest, RunResult } from "./run.ts";
import { recordsOutcome } from "./records.ts";
import { settlers } from "./settlers.ts";
import { blindFor, reachableActions } from "./silent-servers.ts";
import type { WorkedRun } from "./settlers.ts";
import type { RunTools } from "./tools.ts";

/** What a run of a stack in Git begins with. */
export type GitStart = Pick<GitRun, "tools" | "desired" | "loaded" | "request" | "policy">;

/** The plan, made again where what it was made of was too old for what it says. */
async function planned({ tools, desired, loaded, request, policy }: GitStart): Promise<Planned> {
  const { rollouts, platform, clock } = tools;
  let found = await planOne(desired, loaded, request, tools);
  // What begins to be rolled back is not looked at again: what runs may be what the swarm took back.
  const begins = (found.target.back?.begins ?? null) !== null;
  const isNew = request.freshAtMs > 0 && !begins;
  if (isNew && (await reconsider(desired, found.view, rollouts, platform))) {
    found = await planOne(desired, loaded, request, tools);
  }
  if (removesByOldList(found.plan, found.view, policy, clock.now())) {
    found = await planOne(desired, loaded, { ...request, freshAtMs: clock.now() }, tools);
  }
  return found;
}

function ending(
  { tools, desired, wanted, planned: { plan, target, view } }: GitRun,
  outcome: Outcome,
  { unhealthy, did }: { readonly unhealthy: readonly string[] | null; readonly did: boolean },
): RunResult {
  return {
    outcome: outcomeOf(outcome, target),
    plan,
    desired: wanted,
    unhealthy,
    blind: blindFor(desired, view) !== null,
    did,
    restarts: tools.health.restarts(desired.name),
    fought: tools.corrections.message(desired.name, tools.clock.now()),
    hosts: tools.hostChecks.report(desired.name),
  };
}

function aboutOf({ desired, loaded, request }: GitRun): Input {
  return {
    stack: desired.name,
    changedAt: loaded.changedAt.get(desired.name) ?? 0,
    asked: request.redeploy.size > 0,
  };
}

/** Carries the plan out, and remembers of it what later runs go by. */
async function work(run: GitRun, isHeld: () => boolean): Promise<WorkedRun> {
  const { tools, desired, loaded, policy, actions } = run;
  const { plan, view, target, detailsAtMs } = run.planned;
  const { corrections, removals, clock } = tools;
  const stack = desired.name;
  const about = aboutOf(run);
  if (run.hold === null) removals.letGo(plan, loaded, view, policy);
  if (policy.readOnly === null) tools.rollback.begin(target);
  const allowed = corrections.allow(about, actions, clock.now());
  const done = await carryOut(
    { stack, loaded, view, detailsAtMs, actions: allowed.actions, isHeld },
    tools,
  );
  if (done.did) tools.hostChecks.soon(stack);
  const fought = corrections.done(about, done.results, clock.now());
  if (fought !== null) tools.fought(stack, fought);
  tools.missing.remember(stack, view);
  if (done.error === null && policy.readOnly === null) tools.left(desired, plan);
  const handed = policy.readOnly === null ? tools.owners.remember(desired) : null;
  if (handed !== null) tools.handedOver(stack, handed);
  return { ...run, follows: stack, done, fight: allowed.held };
}

function unknownText({ desired, planned: { view } }: WorkedRun): string {
  const who = blindFor(desired, view) ?? "the swarm";
  return `in sync; whether it is healthy is not known: ${who} does not answer`;
}

/**
 * From which commits its services were built that are built from Git, which images run whose tags are followed, and why
 * newer ones, or pull requests of their repositories, cannot be seen.
 */
function buildsOf(
  stack: DesiredStack,
  view: View,
  { heads }: Pick<RunTools, "heads">,
  { previews }: Pick<Loaded, "previews">,
): Pick<Extract<Outcome, { kind: "converged" }>, "builds"> {
  const { name, services } = stack;
  const built = services.flatMap((service) => {
    const { commit, digest } = markerIn(view, name, service.key) ?? {};
    const title = serviceTitle(service.key);
    if (isFromGit(service)) return commit === undefined ? [] : [`${title} is built from ${commit}`];
    if (!followsDigest(service) || digest === undefined) return [];
    return [`${title} runs ${digestText(digest)}`];
  });
  const unseen = previews?.errors?.(name) ?? [];
  const builds = [...built, ...heads.errors(stack), ...unseen];
  return builds.length === 0 ? {} : { builds };
}

/** Services that run as they did when they were adopted: nothing of them carries a label yet. */
function adoptedOf(
  { name, services }: DesiredStack,
  view: View,
): Pick<Extract<Outcome, { kind: "converged" }>, "adopted"> {
  const keys = services.flatMap(({ key }) =>
    markerIn(view, name, key)?.done?.attempt === adoptedAttempt ? [serviceTitle(key)] : [],
  );
  if (keys.length === 0) return {};
  const [who, runs] = keys.length === 1 ? [keys[0] ?? "", "runs"] : [listed(keys), "run"];
  const words = `${who} ${runs} as when adopted: Dokploy's settings equal Git, and what ${runs} is proven by the next deployment`;
  return { adopted: [words] };
}

const whatRuns = (
  stack: DesiredStack,
  view: View,
  { tools, loaded }: Pick<WorkedRun, "tools" | "loaded">,
) => ({
  ...buildsOf(stack, view, tools, loaded),
  ...adoptedOf(stack, view),
});

function unknownOutcome(run: WorkedRun): Outcome {
  return { kind: "waiting", reason: "swarm", message: unknownText(run), afterMs: null };
}

/** For how long a pass waits until people reach a stack: a new record takes seconds, and a certificate some more. */
const passHostsMs = 60_000;

/** All runs: whether people reach it under its managed hosts. Null when they do. A check that changes sends for it. */
async function hostsOutcome({ tools, desired, policy }: WorkedRun): Promise<Outcome | null> {
  const { hostChecks } = tools;
  if (policy.isPass) await hostChecks.settle(desired.name, passHostsMs, tools.mayWrite);
  const { holds } = hostChecks.report(desired.name);
  return holds === null ? null : { kind: "waiting", reason: "host", message: holds, afterMs: null };
}

/** Nothing is left to do: whether what runs is well. */
async function converged(run: WorkedRun): Promise<RunResult> {
  const { tools, desired, wanted, loaded, request, policy, done } = run;
  const { view, target } = run.planned;
  const meant = asLeft(wanted, run.planned.plan.left);
  const unhealthy = await tools.health.unhealthy(meant, view, request.deep);
  tools.corrections.settled(aboutOf(run));
  const isHealthy = unhealthy !== null && unhealthy.length === 0;
  if (isHealthy && target.back === null && policy.readOnly === null) {
    tools.rollback.healthy(desired, loaded);
  }
  const outcome =
    (policy.marksOnly ? null : recordsOutcome(run.planned.records, done, tools.hostRecords)) ??
    (unhealthy === null ? unknownOutcome(run) : null) ??
    (isHealthy && !policy.marksOnly ? await hostsOutcome(run) : null) ??
    ({ kind: "converged", ...whatRuns(wanted, tools.world.current() ?? view, run) } as const);
  return ending(run, outcome, { unhealthy, did: done.did });
}

export async function runInGit(
  desired: DesiredStack,
  loaded: Loaded,
  request: RunRequest,
  policy: RunPolicy,
  tools: RunTools,
): Promise<RunResult> {
  const start: GitStart = { tools, desired, loaded, request, policy };
  const found = await planned(start);
  const { plan, view, target } = found;
  tools.hostChecks.watch(target.desired, found.records.managed);
  tools.removals.takeBack(plan, loaded, view, policy);
  const hold = tools.removals.hold("parts", plan, loaded, view, policy);
  const allowed =
    hold === null ? plan.actions : plan.actions.filter((action) => !isGuarded(action));
  const here = policy.marksOnly ? allowed.filter((action) => !isHostAction(action)) : allowed;
  const { actions, waits } = reachableActions(plan, here);
  const run: GitRun = { ...start, wanted: target.desired, planned: found, hold, waits, actions };

  const closed = await firstOf(gates, run);
  if (closed !== null) {
    if (!closed.row.leavesAlone) {
      return ending(run, closed.outcome, { unhealthy: null, did: false });
    }
    const { waiting, unhealthy } = await leftAlone(found, request.deep, tools);
    return { ...ending(run, closed.outcome, { unhealthy, did: false }), waiting };
  }
  let isHeld = (): boolean => true;
  if (actions.length > 0) {
    const held = await holdFor(view, tools);
    if (held.isOld) {
      const again = { ...request, freshAtMs: tools.clock.now() };
      return runInGit(desired, loaded, again, policy, tools);
    }
    ({ isHeld } = held);
  }
  const worked = await work(run, isHeld);
  const settled = await firstOf(settlers, worked);
  if (settled === null) return converged(worked);
  return ending(run, settled.outcome, { unhealthy: null, did: worked.done.did });
}
