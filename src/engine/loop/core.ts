// The parts of the engine put together: what the loop and the single pass share. Each part is given
// only what it may know.
import type { Clock } from "../../lib/clock.ts";
import type { Hasher } from "../../lib/digest.ts";
import { isCapstanError } from "../../lib/errors.ts";
import type { HttpClient } from "../../lib/http.ts";
import type { Logger } from "../../lib/logger.ts";
import type { Redactor } from "../../lib/redact.ts";
import type { Lock, Platform, PlatformInfo, Secrets, Source, Store } from "../../ports.ts";
import type { Event, EventKind } from "../../model/status.ts";
import type { Forge } from "../../ports-forge.ts";
import { tellNobody } from "../../ports-telemetry.ts";
import type { Tell } from "../../ports-telemetry.ts";
import { createAsks } from "../requests/asks.ts";
import { createBelief } from "../drift/belief.ts";
import { createBackoffMemory, noBackoffMemory } from "../memory/backoff-memory.ts";
import type { Observer } from "../checks/commit-checks.ts";
import { createBuilds } from "../builds/builds.ts";
import { createCauses } from "../memory/causes.ts";
import { createController } from "./controller.ts";
import type { Controller } from "./controller.ts";
import { createCorrections } from "../drift/corrections.ts";
import { createDesiredState } from "../state/desired-state.ts";
import type { EngineOptions } from "../engine.ts";
import type { EventLog } from "../events/events.ts";
import type { History } from "../events/history.ts";
import { createIntents } from "../memory/intents.ts";
import { rememberKnownProjects } from "../drift/known-projects.ts";
import { createMemory, noMemory } from "../memory/memory.ts";
import { createOrigins } from "../removal/origins.ts";
import { isNamed, policyOf } from "../run/policy.ts";
import { createProbe } from "../rollout/probe.ts";
import { createPruning } from "../removal/prune.ts";
import { createReachable, sourceFailing } from "../events/reachable.ts";
import { createReconciler } from "../run/reconcile.ts";
import { createActionReports, reportRevision } from "../events/report.ts";
import { mayDeploy } from "../order/order.ts";
import { createRollback } from "../rollback/rollback.ts";
import { reportProgress, reportVerdict } from "../events/rollout-events.ts";
import { createRollouts } from "../rollout/rollouts.ts";
import type { PassOptions, RunPolicy } from "../run/run.ts";
import { createSuspensions } from "../requests/suspensions.ts";
import { toldSource } from "../state/told-source.ts";
import { createTombstones } from "../removal/tombstones.ts";
import { createTurns } from "../order/turns.ts";
import type { Turns } from "../order/turns.ts";
import { createWorld, markerIn } from "../state/world.ts";
import type { View, World } from "../state/world.ts";

export interface EngineDeps {
  readonly platform: Platform;
  readonly source: Source;
  readonly secrets: Secrets;
  readonly store: Store;
  readonly lock: Lock;
  readonly hasher: Hasher;
  readonly redactor: Redactor;
  readonly http: HttpClient;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  /** Follows what becomes of commits; none in a single pass. */
  readonly observer?: Observer;
  /** Where runs of the images' builds are asked for. */
  readonly forge?: Pick<Forge, "runs">;
  /** What metrics and traces are made of. */
  readonly tell?: Tell;
}

export type Core = ReturnType<typeof createCore>;

/** What outlives the parts: they are made anew when this process becomes the one that writes. */
export interface Journal {
  readonly events: EventLog;
  readonly history: History;
}

export function createCore(deps: EngineDeps, options: EngineOptions, journal: Journal) {
  const { platform, source, clock, redactor, tell = tellNobody } = deps;
  const { events, history } = journal;
  const store: Store = { ...deps.store, ...rememberKnownProjects(deps.store) };
  const backoffs = options.dryRun ? noBackoffMemory : createBackoffMemory(store);
  const intents = createIntents(store, clock, options.lookAgainMs);
  const tombstones = createTombstones(store, clock);
  const memory = options.dryRun ? noMemory : createMemory(store, clock);
  const origins = createOrigins(store, memory);
  const pruning = createPruning(deps.hasher, tombstones);
  const remembered = { memory, input: (stack: string) => desired.input(stack) };
  const asks = createAsks(remembered);
  const suspensions = createSuspensions(store, clock);
  const desired = createDesiredState({
    source: toldSource(source, clock, tell),
    secrets: deps.secrets,
    hasher: deps.hasher,
    redactor,
    stacksPath: options.stacksPath,
    variables: options.variables,
    reservedNames: options.reservedNames,
    seen: (revision) => {
      tell({ kind: "commit-seen", revision, atMs: clock.now() });
      deps.observer?.seen(revision);
    },
  });

  let info: PlatformInfo | null = null;
  let stopping = false;
  /** Of the newest revision that was told. */
  let toldSequence = 0;
  let pass: PassOptions | null = null;

  const { sourceIs, platformIs, platformFailed, errors } = createReachable(events, () => stopping);

  const belief = createBelief({
    platform,
    known: () => world.current()?.ownership.byId.keys() ?? store.knownProjects().values(),
  });
  const world: World = createWorld({
    instance: options.instance,
    clock,
    list: async (sinceMs) => {
      try {
        const snapshot = await belief.list(sinceMs);
        platformIs(null);
        return snapshot;
      } catch (error) {
        platformFailed(error);
        throw error;
      }
    },
    listed: (view) => {
      if (desired.current() === null) return;
      asks.settleApprovals((approved) => isHeld(view, approved));
      asks.takeUp(
        (stack, service) => markerIn(view, stack, service),
        (stack, service, by) => {
          controller.redeploy(stack, service, by);
          wake(stack, `${by} asked for a redeploy`, false);
        },
      );
      enqueueGone(view);
    },
  });

  const revision = (): string | null => desired.current()?.revision.id ?? null;

  function say(kind: EventKind, level: Event["level"], stack: string, message: string): void {
    events.add({ kind, level, stack, revision: revision(), message });
  }
  const warn = (stack: string, message: string): void => say("note", "warn", stack, message);

  const rollouts = createRollouts({
    platform,
    intents,
    clock,
    random: deps.random,
    probe: createProbe(deps.http, options.traefikAddress),
    tickMs: options.rolloutTickMs,
    swarmSeen: (swarm, takenAtMs) => world.recordSwarm(swarm, takenAtMs),
    failed: platformFailed,
    progress: (progress) => {
      reportProgress(events, revision(), progress);
      // Its status tells what the rollout waits for.
      if (progress.troubles > 0)
        wake(progress.request.stack, "following its rollout failed", false);
    },
    mayDeploy(stack) {
      const loaded = desired.current();
      if (suspensions.of(stack, loaded) !== null) return false;
      const wanted = loaded?.byName.get(stack);
      return mayDeploy(wanted && asks.inTurn(wanted, loaded), clock.now());
    },
    released: ({ stack }) => {
      wake(stack, "its rollout may not go on now", false);
    },
    ended: (progress, verdict, failure) => {
      reportVerdict(events, revision(), progress, verdict, failure);
      // Its own run goes on where it stopped: nothing that it knows has aged.
      wake(progress.request.stack, "a rollout ended", false);
    },
  });

  const rollback = createRollback({
    source,
    desired,
    store,
    rollouts,
    hasher: deps.hasher,
    redactor,
    tell: (stack, message) => {
      say("rollout", "error", stack, message);
    },
  });

  const reports = createActionReports(events, clock);
  const reconciler = createReconciler({
    rollback,
    platform,
    world,
    store,
    intents,
    rollouts,
    pruning,
    tombstones,
    origins,
    corrections: createCorrections(remembered),
    causes: createCauses(memory),
    clock,
    mayWrite: () => !stopping,
    tell,
    isNewest: ({ sequence }) => desired.current()?.sequence === sequence,
    turn: (wanted, actions, loaded, view) =>
      turns.take(asks.inTurn(wanted, loaded), actions, loaded, view),
    alert: (message) => {
      platformIs({ message });
    },
    restarted: warn,
    handedOver: warn,
    fought: (stack, message) => {
      say("drift", "warn", stack, message);
    },
    report: (stack, result, told) => {
      history.action(stack, result, told);
      reports.ended(stack, revision(), result);
      const { line: reason, cause } = told;
      const deploy = { reason, cause, revision: revision(), atMs: clock.now() };
      asks.reported(stack, result, deploy);
    },
  });

  function wake(stack: string, reason: string, fresh: boolean): void {
    const nowMs = clock.now();
    const freshAtMs = fresh ? nowMs : 0;
    controller.add(stack, { reason, input: false, dueAtMs: nowMs, freshAtMs });
  }

  function policy(stack: string): RunPolicy {
    const suspension = suspensions.of(stack, desired.current());
    const { dryRun } = options;
    return policyOf({ stack, suspension, dryRun, info, pass, approved: asks.approved() });
  }

  function newController(mostFailures: number | null): Controller {
    return createController({
      workers: options.workers,
      clock,
      random: deps.random,
      desired,
      reconciler,
      policy,
      ended: (stack, judged, plan) => {
        turns.ended(stack, judged);
        deps.observer?.ended(stack, judged, plan);
        const loaded = desired.current();
        if (["converged", "removed"].includes(judged.outcome.kind)) reports.forget(stack);
        if (judged.outcome.kind === "removed") suspensions.gone(stack, loaded);
        for (const [service, by] of asks.ended(stack, judged, loaded)) {
          controller.redeploy(stack, service, by);
        }
      },
      events,
      history,
      backoffs,
      mostFailures,
      tell,
    });
  }
  function newTurns(): Turns {
    const isBusy = (stack: string): boolean => rollouts.active(stack).length > 0;
    const made = createTurns({
      clock,
      wake,
      isBusy,
      expects: (stack) => isNamed(stack, pass),
      builds,
    });
    const loaded = desired.current();
    if (loaded !== null) made.loaded(loaded);
    return made;
  }
  const builds = createBuilds({
    forge: deps.forge ?? null,
    registryHost: options.registryHost ?? null,
    clock,
    wake,
    tell,
  });
  let turns = newTurns();
  let controller = newController(null);

  function isHeld(view: View, approved: ReadonlySet<string>): boolean {
    const loaded = desired.current();
    return loaded !== null && pruning.decide(loaded, view.ownership, approved).held !== null;
  }

  /** Stacks that the server has and Git has not. */
  function enqueueGone(view: View): void {
    const loaded = desired.current();
    if (loaded === null || pass?.stacks !== undefined) return;
    const { gone } = pruning.decide(loaded, view.ownership, new Set(pass?.approved));
    // What was kept may have been deleted by people since.
    const kept = [...controller.statuses().values()].flatMap(({ name, outcome }) =>
      outcome.kind === "waiting" && outcome.reason === "retained" && !loaded.byName.has(name)
        ? [name]
        : [],
    );
    for (const stack of new Set([...gone, ...kept])) {
      controller.add(stack, {
        reason: "not in Git",
        input: false,
        dueAtMs: clock.now(),
        freshAtMs: view.takenAtMs,
      });
    }
  }

  /** True when something is new. */
  async function refresh(reason: string): Promise<boolean> {
    let change;
    try {
      change = await desired.refresh();
      sourceIs(null);
    } catch (error) {
      sourceIs(sourceFailing(error, desired.current() === null));
      throw error;
    }
    if (change === null) return false;
    const { loaded, changed } = change;
    // Poll and watch share one answer when they ask at once: it is news once.
    if (loaded.sequence <= toldSequence) return true;
    toldSequence = loaded.sequence;
    const { id } = loaded.revision;
    const isFirst = loaded.sequence === 1;
    tell({ kind: "commit-loaded", revision: id, changed, isFirst, atMs: clock.now() });
    reportRevision(events, loaded, changed.length, reason);
    turns.loaded(loaded);
    deps.observer?.loaded(loaded, changed);
    const nowMs = clock.now();
    for (const stack of changed) {
      reports.forget(stack);
      controller.add(stack, { reason, input: true, dueAtMs: nowMs, freshAtMs: nowMs });
    }
    // Q5: what failed before a restart, and has no new input, goes on waiting.
    for (const stack of backoffs.left()) {
      const hold = backoffs.takeUp(stack, desired.input(stack), nowMs);
      if (hold !== null) controller.restore(stack, hold);
    }
    return true;
  }

  async function check(): Promise<PlatformInfo> {
    try {
      info = await platform.check(world.current() === null);
    } catch (error) {
      if (isCapstanError(error, "unavailable")) platformFailed(error);
      throw error;
    }
    return info;
  }

  return {
    store,
    desired,
    world,
    rollouts,
    rollback,
    pruning,
    tombstones,
    origins,
    asks,
    suspensions,
    builds,
    events,
    refresh,
    check,
    /** Version and role as last checked; null before. */
    info: () => info,
    errors,
    controller: () => controller,
    /** From now on runs belong to one pass, with queue and policy of its own. */
    async beginPass(passOptions: PassOptions, mostFailures: number): Promise<void> {
      await controller.stop();
      turns.stop();
      pass = passOptions;
      turns = newTurns();
      controller = newController(mostFailures);
      controller.begin();
    },
    /** No new write starts from now on. */
    stopWriting(): void {
      stopping = true;
      turns.stop();
      builds.stop();
      platform.stopWriting();
    },
    isStopping: () => stopping,
  };
}
