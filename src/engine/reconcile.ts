// One run of one stack: read, plan, carry out, and say how it ended as one Outcome. It is the same for
// a stack that is in Git and for one that left it; nothing here knows about queues or timers.
import { CapstanError, describeError, isCapstanError, toCapstanError } from "../lib/errors.ts";
import type { Clock } from "../lib/clock.ts";
import type { DesiredStack } from "../model/desired.ts";
import type { ObservedApplication } from "../model/observed.ts";
import type { Action, Plan } from "../model/plan.ts";
import type { Outcome } from "../model/status.ts";
import type { PlanInput } from "../plan/input.ts";
import { planPrune } from "../plan/prune.ts";
import { planStack, servicesToRead } from "../plan/stack.ts";
import type { Platform, Store } from "../ports.ts";
import type { Loaded } from "./desired-state.ts";
import { execute, resourceOf } from "./execute.ts";
import type { ActionResult } from "./execute.ts";
import { createHealth } from "./health.ts";
import type { Intents } from "./intents.ts";
import { createLosses } from "./losses.ts";
import type { Pruning } from "./prune.ts";
import type { Rollouts } from "./rollouts.ts";
import { failedRollout, reconsider } from "./verdicts.ts";
import type { Turns } from "./turns.ts";
import type { View, World } from "./world.ts";

export interface RunRequest {
  readonly stack: string;
  /** What is read must not be older than this. */
  readonly freshAtMs: number;
  /** Application ids whose deep check is due. */
  readonly deep: ReadonlySet<string>;
  /** Keys of services to deploy again, with who asked. */
  readonly redeploy: ReadonlyMap<string, string>;
}

export interface RunPolicy {
  /** Null: writes are allowed; otherwise why not. */
  readonly readOnly: { readonly reason: "dry-run" | "version"; readonly message: string } | null;
  readonly prune: boolean;
  readonly approved: ReadonlySet<string>;
}

export interface RunResult {
  readonly outcome: Outcome;
  /** The plan before it was carried out. */
  readonly plan: Plan | null;
  readonly desired: DesiredStack | null;
  readonly unhealthy: readonly string[] | null;
}

export interface ReconcileDeps {
  readonly platform: Platform;
  readonly world: World;
  readonly store: Store;
  readonly intents: Intents;
  readonly rollouts: Rollouts;
  readonly pruning: Pruning;
  readonly clock: Clock;
  readonly mayWrite: () => boolean;
  /** Whether it is the stack's turn to be changed. */
  readonly turn: Turns["take"];
  readonly report: (stack: string, result: ActionResult) => void;
  /** Tells people that the server cannot be believed. */
  readonly alert: (message: string) => void;
}

const deployingAgainMs = 3_000;

/** Each absence is verified on a list of its own (O3). */
const verifyRemoval: Outcome = {
  kind: "waiting",
  reason: "deployment",
  message: "removed; looking whether all of it is gone",
  afterMs: 0,
};

const removalTypes: ReadonlySet<string> = new Set([
  "delete-service",
  "delete-environment",
  "delete-project",
]);

/** Removals of what was made twice need no approval: nothing of anybody's is in them. */
function isGuarded(action: Action): boolean {
  return removalTypes.has(action.type) && !action.reason.startsWith("made twice");
}

export interface Planned {
  readonly plan: Plan;
  readonly view: View;
  readonly detailsAtMs: number;
}

/** Reads what is needed and plans one stack of Git. Writes nothing. */
export async function planOne(
  desired: DesiredStack,
  loaded: Loaded,
  request: RunRequest,
  deps: Pick<ReconcileDeps, "platform" | "world" | "store" | "rollouts" | "clock">,
  triesLeft = 2,
): Promise<Planned> {
  const view = await deps.world.since(request.freshAtMs);
  const input: Omit<PlanInput, "details"> = {
    desired,
    ownership: view.ownership,
    swarm: view.swarm,
    verdicts: { get: (applicationId) => deps.rollouts.verdict(applicationId) },
    revision: loaded.revision.id,
    previous: loaded.previous.get(desired.name) ?? loaded.byName.get(desired.name) ?? null,
    knownProjectId: deps.store.knownProjects().get(desired.name) ?? null,
    stillDesired: (name) => loaded.byName.has(name),
    redeploy: request.redeploy,
  };
  const ids = servicesToRead(input, (id) => request.deep.has(id));
  const detailsAtMs = deps.clock.now();
  const details = new Map<string, ObservedApplication>();
  for (const [id, application] of ids.length === 0 ? [] : await deps.platform.details(ids)) {
    // Listed and yet gone: the list is too old to plan on.
    if (application === null) {
      if (triesLeft === 0) {
        throw new CapstanError(
          "unavailable",
          `the list shows the application ${id}, its details do not`,
        );
      }
      deps.world.distrust(detailsAtMs);
      const again = { ...request, freshAtMs: detailsAtMs };
      return planOne(desired, loaded, again, deps, triesLeft - 1);
    }
    details.set(id, application);
  }
  return { plan: planStack({ ...input, details }), view, detailsAtMs };
}

function outcomeOfError(error: unknown, nowMs: number, world: World): Outcome {
  const known = toCapstanError(error);
  if (known.code === "uncertain") world.distrust(nowMs);
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
  applicationId: string,
): Promise<boolean> {
  await rollouts.halt(applicationId);
  if (rollouts.mayLandForMs(applicationId) > 0) return true;
  const { queue, rows } = await platform.observeRollouts([applicationId]);
  return (
    queue.some((job) => job.applicationId === applicationId) ||
    (rows.get(applicationId) ?? []).some((row) => row.status === "running")
  );
}

export function createReconciler(deps: ReconcileDeps) {
  const { platform, world, store, intents, rollouts, clock } = deps;
  const health = createHealth(platform);
  const losses = createLosses(deps);
  /** Names of swarm services whose applications were deleted here: their absence is verified. */
  const deleted = new Map<string, Set<string>>();

  function leftovers(stack: string, view: View): readonly string[] {
    const names = deleted.get(stack);
    if (names === undefined || view.swarm === null) return [];
    const left = [...names].filter((name) => view.swarm?.has(name));
    if (left.length === 0) deleted.delete(stack);
    return left;
  }

  async function carryOut(
    stack: string,
    loaded: Loaded,
    planned: Planned,
    actions: readonly Action[],
  ) {
    const missing = new Set(actions.flatMap((action) => resourceOf(stack, action) ?? []));
    intents.keepOnly(`${stack}/`, missing);
    const result = await execute(actions, {
      stack,
      revision: loaded.revision.id,
      view: planned.view,
      detailsAtMs: planned.detailsAtMs,
      platform,
      intents,
      record: (effect) => world.record(effect),
      follow: (rollout) => rollouts.follow(rollout),
      mayWrite: deps.mayWrite,
      isDeploying: (id) => isDeploying(deps, id),
      report: (action) => deps.report(stack, action),
    });
    for (const { action, status } of result.results) {
      if (action.type !== "delete-service" || status !== "done") continue;
      rollouts.forget(action.id);
      const names = deleted.get(stack) ?? new Set();
      deleted.set(stack, names.add(action.appName));
    }
    return result;
  }

  function waitingForRemoval(results: readonly ActionResult[]): Outcome | null {
    const held = results.find(
      ({ action, status }) => removalTypes.has(action.type) && status === "not-executed",
    );
    if (held === undefined) return null;
    return {
      kind: "waiting",
      reason: "deployment",
      message: held.message,
      afterMs: deployingAgainMs,
    };
  }

  function judge(
    desired: DesiredStack | null,
    result: Awaited<ReturnType<typeof carryOut>>,
  ): Outcome | null {
    if (result.error !== null) return outcomeOfError(result.error, clock.now(), world);
    if (result.waitMs !== null) {
      const message = "an answer was lost; looking again before anything is repeated";
      return { kind: "waiting", reason: "answer", message, afterMs: result.waitMs };
    }
    const under = desired === null ? [] : rollouts.active(desired.name);
    if (under.length > 0) {
      const message = under.map(({ request, message }) => `${request.desired.key}: ${message}`);
      return { kind: "progressing", message: message.join("; ") };
    }
    return waitingForRemoval(result.results);
  }

  /** Why removals wait, or null. Looks at all stacks: asked only when something would be removed. */
  function holdRemovals(loaded: Loaded, view: View, policy: RunPolicy): string | null {
    const { held } = deps.pruning.decide(loaded, view.ownership, policy.approved);
    if (!policy.prune) return "removals wait for --prune";
    return held === null ? null : `removals wait: ${held}`;
  }

  async function runDesired(
    desired: DesiredStack,
    loaded: Loaded,
    request: RunRequest,
    policy: RunPolicy,
  ): Promise<RunResult> {
    const before = world.current();
    if (before !== null && request.freshAtMs > 0) reconsider(desired, before, rollouts);
    const planned = await planOne(desired, loaded, request, deps);
    const { plan, view } = planned;
    const end = (outcome: Outcome, unhealthy: readonly string[] | null = null): RunResult => ({
      outcome,
      plan,
      desired,
      unhealthy,
    });
    const wait = (reason: "conflict" | "suspended" | "approval", message: string): RunResult =>
      end({ kind: "waiting", reason, message, afterMs: null });
    if (plan.conflict !== null) return wait("conflict", plan.conflict);
    if (desired.suspend) return wait("suspended", "suspended in Git: nothing is written");
    if (policy.readOnly !== null && plan.actions.length > 0) {
      const { reason, message } = policy.readOnly;
      return end({ kind: "waiting", reason, message, afterMs: null });
    }
    const hold = plan.actions.some(isGuarded) ? holdRemovals(loaded, view, policy) : null;
    const actions =
      hold === null ? plan.actions : plan.actions.filter((action) => !isGuarded(action));
    await losses.confirm(plan, view);
    const notYet = deps.turn(desired, actions, loaded, view);
    if (notYet !== null) return end(notYet);
    const result = await carryOut(desired.name, loaded, planned, actions);
    losses.remember(desired.name, view);
    const judged = judge(desired, result);
    if (judged !== null) return end(judged);
    const failure = failedRollout(desired, view, rollouts, clock.now());
    if (failure !== null) return end(failure);
    if (actions.length < plan.actions.length) return wait("approval", hold ?? "");
    if (actions.some((action) => action.type === "delete-service")) return end(verifyRemoval);
    const left = leftovers(desired.name, view);
    if (left.length > 0) {
      const message = `still running although deleted: ${left.join(", ")}; remove by hand with \`docker service rm\``;
      return end({ kind: "failed", message, retryAfterMs: null });
    }
    const unhealthy = await health.unhealthy(desired, view, request.deep);
    return end({ kind: "converged" }, unhealthy);
  }

  async function runGone(
    stack: string,
    loaded: Loaded,
    request: RunRequest,
    policy: RunPolicy,
  ): Promise<RunResult> {
    const view = await world.since(request.freshAtMs);
    const projects = view.ownership.owned.get(stack) ?? [];
    const plan = planPrune(stack, view.ownership.instance, projects);
    const end = (outcome: Outcome): RunResult => ({
      outcome,
      plan,
      desired: null,
      unhealthy: null,
    });
    if (plan.actions.length === 0) {
      const left = leftovers(stack, view);
      if (left.length > 0) {
        const message = `still running although deleted: ${left.join(", ")}; remove by hand with \`docker service rm\``;
        return end({ kind: "failed", message, retryAfterMs: null });
      }
      if (projects.length === 0) store.removeKnownProject(stack);
      return end({ kind: "removed" });
    }
    if (policy.readOnly !== null) {
      const { reason, message } = policy.readOnly;
      return end({ kind: "waiting", reason, message, afterMs: null });
    }
    const { held } = deps.pruning.decide(loaded, view.ownership, policy.approved);
    if (!policy.prune || held !== null) {
      const message =
        held === null ? "its removal waits for --prune" : `its removal waits: ${held}`;
      return end({ kind: "waiting", reason: "approval", message, afterMs: null });
    }
    const planned = { plan, view, detailsAtMs: clock.now() };
    const result = await carryOut(stack, loaded, planned, plan.actions);
    const judged = judge(null, result);
    if (judged !== null) return end(judged);
    return end(verifyRemoval);
  }

  return {
    /** Never throws for what the world does: errors of platform and store become outcomes. */
    async run(request: RunRequest, loaded: Loaded, policy: RunPolicy): Promise<RunResult> {
      const desired = loaded.byName.get(request.stack) ?? null;
      try {
        if (desired !== null) return await runDesired(desired, loaded, request, policy);
        if (loaded.manifests.brokenStacks.has(request.stack)) {
          const problem = loaded.manifests.problems.find(({ stack }) => stack === request.stack);
          const message =
            problem === undefined
              ? "its manifest has a problem"
              : `${problem.place.file}:${problem.place.line}:${problem.place.column} ${problem.message}`;
          return {
            outcome: { kind: "terminal", message },
            plan: null,
            desired: null,
            unhealthy: null,
          };
        }
        if (loaded.previousNames.has(request.stack)) {
          return { outcome: { kind: "removed" }, plan: null, desired: null, unhealthy: null };
        }
        if (loaded.manifests.missingStacks.has(request.stack)) {
          const outcome: Outcome = {
            kind: "waiting",
            reason: "dependency",
            message: "it left Git while stacks that are in Git depend on it: nothing is removed",
            afterMs: null,
          };
          return { outcome, plan: null, desired: null, unhealthy: null };
        }
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
