// One run of one stack: read, plan, carry out, and say how it ended as one Outcome. It is the same for
// a stack that is in Git and for one that left it; nothing here knows about queues or timers.
import { describeError, isCapstanError, toCapstanError } from "../../lib/errors.ts";
import type { DesiredStack } from "../../model/desired.ts";
import type { Action } from "../../model/plan.ts";
import type { Outcome } from "../../model/status.ts";
import { projectOwner } from "../../plan/ownership.ts";
import { planPrune } from "../../plan/prune.ts";
import type { Tell } from "../../ports-telemetry.ts";
import type { ToldCause } from "../memory/cause-line.ts";
import type { Causes } from "../memory/causes.ts";
import type { Loaded } from "../state/desired-state.ts";
import { execute, resourceOf } from "../execution/execute.ts";
import type { ActionResult } from "../execution/execute.ts";
import { verifyRemoval } from "../removal/absence.ts";
import type { Corrections, Input } from "../drift/corrections.ts";
import { createHealth } from "../health/health.ts";
import { heldByGit } from "../state/in-git.ts";
import type { Intents } from "../memory/intents.ts";
import { leftAlone } from "../health/left-alone.ts";
import type { LeftAloneDeps } from "../health/left-alone.ts";
import { createLosses } from "../drift/losses.ts";
import { planOne } from "../reader/plan-one.ts";
import type { PlanDeps, Planned } from "../reader/plan-one.ts";
import { pruneContext } from "../removal/prune.ts";
import type { Pruning } from "../removal/prune.ts";
import {
  createRemovals,
  heldRemoval,
  isGuarded,
  leftovers,
  removesByOldList,
  retriedRemoval,
} from "./removals.ts";
import { suspendedInGit } from "./policy.ts";
import { outcomeOf, stuckOutcome } from "../rollback/rollback-outcome.ts";
import type { RunPolicy, RunRequest, RunResult } from "./run.ts";
import { failedRollout, reconsider } from "../health/verdicts.ts";
import type { Turns } from "../order/turns.ts";
import type { World } from "../state/world.ts";

export interface ReconcileDeps extends PlanDeps {
  readonly intents: Intents;
  readonly pruning: Pruning;
  readonly corrections: Corrections;
  readonly causes: Causes;
  readonly mayWrite: () => boolean;
  /** Whether Git still says what a run began with. */
  readonly isNewest: (loaded: Loaded) => boolean;
  /** Whether it is the stack's turn to be changed. */
  readonly turn: Turns["take"];
  readonly report: (stack: string, result: ActionResult, told: ToldCause) => void;
  /** Tells people that fields are set back again and again. */
  readonly fought: (stack: string, message: string) => void;
  /** Tells people that a service ended once and runs again. */
  readonly restarted: (stack: string, message: string) => void;
  /** Tells people that a stack is another owner's from now on. */
  readonly handedOver: (stack: string, message: string) => void;
  /** Tells people that the server cannot be believed. */
  readonly alert: (message: string) => void;
  readonly tell: Tell;
}

function outcomeOfError(error: unknown, nowMs: number, world: World): Outcome {
  const known = toCapstanError(error);
  // What happened is not known, or somebody else changed something since the list.
  if (known.code === "uncertain" || known.code === "conflict") world.distrust(nowMs);
  if (known.code === "invalid" || known.code === "unsupported") {
    return { kind: "terminal", message: describeError(known) };
  }
  return {
    kind: "failed",
    message: describeError(known),
    retryAfterMs: known.retryAfterMs ?? null,
  };
}

/** Whether something of an application that is to be removed runs as a job, or still may. */
async function isDeploying(
  { platform, rollouts }: Pick<ReconcileDeps, "platform" | "rollouts">,
  serviceId: string,
): Promise<boolean> {
  await rollouts.halt(serviceId);
  if (rollouts.mayLandForMs(serviceId) > 0) return true;
  const { queue, rows } = await platform.observeRollouts([serviceId]);
  return (
    queue.some((job) => job.serviceId === serviceId) ||
    (rows.get(serviceId) ?? []).some((row) => row.status === "running")
  );
}

export function createReconciler(deps: ReconcileDeps) {
  const { platform, world, store, intents, rollouts, origins } = deps;
  const { rollback, corrections, causes, clock } = deps;
  const health = createHealth(platform, deps);
  const looking: LeftAloneDeps = { health, rollouts, clock };
  const losses = createLosses(deps);
  const removals = createRemovals(deps);

  async function carryOut(
    stack: string,
    loaded: Loaded,
    planned: Omit<Planned, "course">,
    actions: readonly Action[],
  ) {
    const missing = new Set(actions.flatMap((action) => resourceOf(stack, action) ?? []));
    intents.keepOnly(`${stack}/`, missing);
    removals.begin(stack, actions);
    causes.begin(stack, actions, loaded);
    /** Rollouts under way, which a plan names until they end: nothing was done for them in this run. */
    const followed = new Set<string>();
    const isFollowed = (action: Action): boolean =>
      action.type === "rollout" && followed.has(action.service);
    const result = await execute(actions, {
      stack,
      cause: (action) => causes.of(action, stack, loaded).line,
      view: planned.view,
      detailsAtMs: planned.detailsAtMs,
      platform,
      intents,
      record: (effect) => world.record(effect),
      follow: (rollout) => {
        if (!rollouts.follow(rollout)) followed.add(rollout.desired.key);
      },
      mayWrite: deps.mayWrite,
      clock,
      tell: deps.tell,
      holdsRemovals: () =>
        deps.isNewest(loaded) ? null : "Git changed meanwhile: its removals are checked again",
      isDeploying: (id) => isDeploying(deps, id),
      report: (done) => {
        if (isFollowed(done.action)) return;
        deps.report(stack, done, causes.of(done.action, stack, loaded));
      },
    });
    removals.sent(stack, result);
    for (const { action, status } of result.results) {
      if (action.type === "delete-service" && status === "done") rollouts.forget(action.id);
    }
    const did = result.results.some(
      ({ action, status }) => status === "done" && !isFollowed(action),
    );
    return { ...result, did };
  }

  function judge(
    desired: DesiredStack | null,
    result: Awaited<ReturnType<typeof carryOut>>,
  ): Outcome | null {
    if (result.error !== null) {
      return retriedRemoval(outcomeOfError(result.error, clock.now(), world), result.results);
    }
    if (result.waitMs !== null) {
      const message = "a request was not answered; checking before anything is repeated";
      return { kind: "waiting", reason: "answer", message, afterMs: result.waitMs };
    }
    if (result.stopped) {
      return { kind: "progressing", message: "Capstan is stopping: the next start continues" };
    }
    const under = desired === null ? [] : rollouts.active(desired.name);
    if (under.length > 0) {
      const message = under.map(({ request, message }) => `${request.desired.key}: ${message}`);
      return { kind: "progressing", message: message.join("; ") };
    }
    return heldRemoval(result.results);
  }

  async function runDesired(
    desired: DesiredStack,
    loaded: Loaded,
    request: RunRequest,
    policy: RunPolicy,
  ): Promise<RunResult> {
    let planned = await planOne(desired, loaded, request, deps);
    // What begins to be rolled back is not looked at again: what runs may be what the swarm took back.
    const begins = (planned.course.back?.begins ?? null) !== null;
    const isNew = request.freshAtMs > 0 && !begins;
    if (isNew && (await reconsider(desired, planned.view, rollouts, platform))) {
      planned = await planOne(desired, loaded, request, deps);
    }
    if (removesByOldList(planned.plan, planned.view, policy, clock.now())) {
      planned = await planOne(desired, loaded, { ...request, freshAtMs: clock.now() }, deps);
    }
    const { plan, view, course } = planned;
    const wanted = course.desired;
    let did = false;
    removals.takeBack(plan, loaded, view, policy);
    const end = (outcome: Outcome, unhealthy: readonly string[] | null = null): RunResult => ({
      outcome: outcomeOf(outcome, course),
      plan,
      desired: wanted,
      unhealthy,
      did,
      restarts: health.restarts(desired.name),
      fought: corrections.message(desired.name, clock.now()),
    });
    const leave = async (outcome: Outcome): Promise<RunResult> => {
      const { waiting, unhealthy } = await leftAlone(planned, request.deep, looking);
      return { ...end(outcome, unhealthy), waiting };
    };
    if (plan.conflict !== null) {
      return end({ kind: "waiting", reason: "conflict", message: plan.conflict, afterMs: null });
    }
    const readOnly = desired.suspend ? suspendedInGit : policy.readOnly;
    if (readOnly !== null && (readOnly.reason === "suspended" || plan.actions.length > 0)) {
      return leave({ kind: "waiting", ...readOnly, afterMs: null });
    }
    if (course.back !== null && course.back.stuck !== null) {
      return { ...end({ kind: "converged" }), outcome: stuckOutcome(course.back) };
    }
    const late = plan.actions.length === 0 ? null : removals.late(desired.name);
    if (late !== null) return end(late);
    const hold = removals.hold("parts", plan, loaded, view, policy);
    const actions =
      hold === null ? plan.actions : plan.actions.filter((action) => !isGuarded(action));
    await losses.confirm(plan, view);
    const notYet = deps.turn(wanted, actions, loaded, view);
    if (notYet !== null) return leave(notYet);
    if (hold === null) removals.letGo(plan, loaded, view, policy);
    const about: Input = {
      stack: desired.name,
      changedAt: loaded.changedAt.get(desired.name) ?? 0,
      asked: request.redeploy.size > 0,
    };
    if (policy.readOnly === null) rollback.begin(course);
    const { actions: allowed, held } = corrections.allow(about, actions, clock.now());
    const result = await carryOut(desired.name, loaded, planned, allowed);
    did = result.did;
    const fought = corrections.done(about, result.results, clock.now());
    if (fought !== null) deps.fought(desired.name, fought);
    losses.remember(desired.name, view);
    const handed = policy.readOnly === null ? origins.remember(desired) : null;
    if (handed !== null) deps.handedOver(desired.name, handed);
    const judged = judge(desired, result);
    if (judged !== null) return end(judged);
    const failure = failedRollout(wanted, view, rollouts, clock.now());
    if (failure !== null) return end(failure);
    if (held !== null) return end({ kind: "waiting", reason: "fight", ...held });
    if (hold !== null && actions.length < plan.actions.length) return end(hold);
    if (actions.some((action) => action.type === "delete-service")) return end(verifyRemoval);
    const remains = await removals.remains(plan, loaded, view, policy);
    if (remains !== null) return end(remains);
    const unhealthy = await health.unhealthy(wanted, view, request.deep);
    corrections.settled(about);
    const isHealthy = unhealthy !== null && unhealthy.length === 0;
    if (isHealthy && course.back === null && policy.readOnly === null) {
      rollback.healthy(desired, loaded);
    }
    return end({ kind: "converged" }, unhealthy);
  }

  async function planGone(stack: string, loaded: Loaded, freshAtMs: number) {
    const view = await world.since(freshAtMs);
    const projects = view.ownership.owned.get(stack) ?? [];
    const context = pruneContext(stack, loaded, view.ownership);
    const plan = planPrune(stack, view.ownership.instance, projects, context);
    return { projects, plan, view };
  }

  async function runGone(
    stack: string,
    loaded: Loaded,
    request: RunRequest,
    policy: RunPolicy,
  ): Promise<RunResult> {
    corrections.forget(stack);
    if (policy.readOnly === null) causes.forget(stack);
    let planned = await planGone(stack, loaded, request.freshAtMs);
    if (removesByOldList(planned.plan, planned.view, policy, clock.now())) {
      planned = await planGone(stack, loaded, clock.now());
    }
    const { projects, plan, view } = planned;
    let did = false;
    const end = (outcome: Outcome): RunResult => ({
      outcome,
      plan,
      desired: null,
      unhealthy: null,
      did,
    });
    if (projects.length > 0 && (policy.readOnly?.reason ?? "suspended") === "suspended") {
      origins.left(stack, loaded.previous.get(stack) ?? null);
    }
    if (plan.actions.length === 0) {
      const remains = await removals.remains(plan, loaded, view, policy);
      if (remains !== null) return end(remains);
      const left = leftovers(plan);
      if (left !== null) return end(left);
      const known = view.ownership.byId.get(store.knownProjects().get(stack) ?? "");
      if (projects.length === 0 && policy.readOnly === null) {
        store.removeKnownProject(stack);
        rollback.forget(stack);
        origins.forget(stack);
      }
      if (known === undefined || projectOwner(view.ownership.instance, known) !== null) {
        return end({ kind: "removed" });
      }
      const message = `not in Git; its project "${known.name}" has lost Capstan's marker and is left alone`;
      return end({ kind: "removed", message });
    }
    if (policy.readOnly !== null) {
      const outcome: Outcome = { kind: "waiting", ...policy.readOnly, afterMs: null };
      return { ...end(outcome), waiting: plan.actions.length };
    }
    const hold = removals.hold("stack", plan, loaded, view, policy);
    if (hold === null) removals.letGo(plan, loaded, view, policy);
    const actions =
      hold === null ? plan.actions : plan.actions.filter((action) => !isGuarded(action));
    const seen = { plan, view, detailsAtMs: clock.now() };
    const result = await carryOut(stack, loaded, seen, actions);
    did = result.did;
    const judged = judge(null, result);
    if (judged !== null) return end(judged);
    if (hold !== null) return end(hold);
    return end(plan.actions.some(isGuarded) ? verifyRemoval : (leftovers(plan) ?? verifyRemoval));
  }

  return {
    /** Never throws for what the world does: errors of platform and store become outcomes. */
    async run(request: RunRequest, loaded: Loaded, policy: RunPolicy): Promise<RunResult> {
      const desired = loaded.byName.get(request.stack) ?? null;
      try {
        if (desired !== null) return await runDesired(desired, loaded, request, policy);
        const held = heldByGit(loaded, request.stack);
        if (held !== null) return { outcome: held, plan: null, desired: null, unhealthy: null };
        return await runGone(request.stack, loaded, request, policy);
      } catch (error) {
        if (!isCapstanError(error)) throw error;
        return {
          outcome: outcomeOfError(error, clock.now(), world),
          plan: null,
          desired,
          unhealthy: null,
        };
      }
    },
  };
}

export type Reconciler = ReturnType<typeof createReconciler>;
