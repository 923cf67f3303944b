// Builds an engine from its parts and gives each of them what it may know. The loop (`start`) and the
// single pass (`converge`, `plan`) share everything but the triggers.
import type { Clock } from "../lib/clock.ts";
import type { Hasher } from "../lib/digest.ts";
import { CapstanError, describeError } from "../lib/errors.ts";
import type { HttpClient } from "../lib/http.ts";
import type { Logger } from "../lib/logger.ts";
import type { Redactor } from "../lib/redact.ts";
import type { Plan } from "../model/plan.ts";
import { planPrune } from "../plan/prune.ts";
import type { Platform, PlatformInfo, Secrets, Source, Store } from "../ports.ts";
import { createController } from "./controller.ts";
import type { Controller } from "./controller.ts";
import { checkable, createRota, differs } from "./deep-check.ts";
import { createDesiredState } from "./desired-state.ts";
import type { Loaded } from "./desired-state.ts";
import type { Engine, EngineOptions, PassOptions, PlanSet } from "./engine.ts";
import { createEventLog } from "./events.ts";
import { createIntents } from "./intents.ts";
import { createProbe } from "./probe.ts";
import { createPruning } from "./prune.ts";
import { createReconciler, planOne } from "./reconcile.ts";
import type { RunPolicy } from "./reconcile.ts";
import { reportAction, reportProblems } from "./report.ts";
import { createRollouts } from "./rollouts.ts";
import { startTriggers } from "./triggers.ts";
import type { Triggers } from "./triggers.ts";
import { createWorld } from "./world.ts";
import type { View } from "./world.ts";

export interface EngineDeps {
  readonly platform: Platform;
  readonly source: Source;
  readonly secrets: Secrets;
  readonly store: Store;
  readonly hasher: Hasher;
  readonly redactor: Redactor;
  readonly http: HttpClient;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
}

/** W12: requests in flight end within this time. */
const stopWithinMs = 30_000;
/** A single pass gives a failing stack up after this many tries. */
const passFailures = 3;

export function createEngine(deps: EngineDeps, options: EngineOptions): Engine {
  const { platform, source, store, clock, redactor } = deps;
  const startedAtMs = clock.now();
  const events = createEventLog(clock, deps.logger, redactor);
  const intents = createIntents(store, clock, options.lookAgainMs);
  const pruning = createPruning(deps.hasher);
  const desired = createDesiredState({
    source,
    secrets: deps.secrets,
    hasher: deps.hasher,
    redactor,
    stacksPath: options.stacksPath,
    variables: options.variables,
    reservedNames: options.reservedNames,
  });

  let info: PlatformInfo | null = null;
  let sourceError: string | null = null;
  let platformError: string | null = null;
  let stopping = false;
  let triggers: Triggers | null = null;
  let pass: PassOptions | null = null;

  function tell(
    kind: "source-error" | "platform-error",
    message: string | null,
    before: string | null,
  ): void {
    if (message === before || message === null) return;
    events.add({ kind, level: "error", stack: null, revision: null, message });
  }
  function sourceIs(message: string | null): void {
    tell("source-error", message, sourceError);
    sourceError = message;
  }
  function platformIs(message: string | null): void {
    tell("platform-error", message, platformError);
    platformError = message;
  }

  const world = createWorld({
    instance: options.instance,
    clock,
    list: async () => {
      try {
        const snapshot = await platform.list();
        platformIs(null);
        return snapshot;
      } catch (error) {
        platformIs(describeError(error));
        throw error;
      }
    },
    listed: (view) => {
      enqueueGone(view);
    },
  });

  const rollouts = createRollouts({
    platform,
    intents,
    clock,
    random: deps.random,
    probe: createProbe(deps.http, options.traefikAddress),
    tickMs: options.rolloutTickMs,
    swarmSeen: (swarm, takenAtMs) => world.recordSwarm(swarm, takenAtMs),
    failed: platformIs,
    progress: ({ request, message }) => {
      const { stack, desired: service } = request;
      events.add({
        kind: "rollout",
        level: "info",
        stack,
        revision: desired.current()?.revision.id ?? null,
        message: `${service.key}: ${message}`,
      });
    },
    ended: ({ stack, desired: service }, verdict, afterMs) => {
      if (verdict.kind !== "healthy") {
        events.add({
          kind: "rollout",
          level: "error",
          stack,
          revision: desired.current()?.revision.id ?? null,
          message: `${service.key}: ${verdict.reason}`,
        });
      }
      // Its own run goes on where it stopped: nothing that it knows has aged.
      controller.add(stack, {
        reason: "a rollout ended",
        input: false,
        dueAtMs: clock.now(),
        freshAtMs: 0,
      });
      if (afterMs > 0) {
        controller.add(stack, {
          reason: "another try",
          input: false,
          dueAtMs: clock.now() + afterMs,
          freshAtMs: 0,
        });
      }
    },
  });

  const reconciler = createReconciler({
    platform,
    world,
    store,
    intents,
    rollouts,
    pruning,
    clock,
    mayWrite: () => !stopping,
    report: (stack, result) => {
      reportAction(events, stack, desired.current()?.revision.id ?? null, result);
    },
  });

  function policy(): RunPolicy {
    const version = info;
    const readOnly: RunPolicy["readOnly"] = options.dryRun
      ? { reason: "dry-run", message: "nothing is written in a dry run" }
      : version?.supported === false
        ? {
            reason: "version",
            message: `Dokploy ${version.version} is not one that Capstan was tested with; set DOKPLOY_ACCEPT_VERSION=${version.version} to allow writes`,
          }
        : null;
    return {
      readOnly,
      prune: pass?.prune ?? true,
      approved: new Set(pass?.approved ?? []),
    };
  }

  function newController(mostFailures: number | null): Controller {
    return createController({
      workers: options.workers,
      clock,
      random: deps.random,
      desired,
      reconciler,
      policy,
      events,
      mostFailures,
    });
  }
  let controller = newController(null);

  /** Stacks that the server has and Git has not. */
  function enqueueGone(view: View): void {
    const loaded = desired.current();
    if (loaded === null || pass?.stacks !== undefined) return;
    for (const stack of pruning.decide(loaded, view.ownership, new Set(pass?.approved)).gone) {
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
      sourceIs(describeError(error));
      throw error;
    }
    if (change === null) return false;
    const { loaded, changed } = change;
    events.add({
      kind: "revision",
      level: "info",
      stack: null,
      revision: loaded.revision.id,
      message: `${loaded.revision.id.slice(0, 12)} ${loaded.revision.title}: ${loaded.byName.size} stacks, ${changed.length} changed (${reason})`,
    });
    reportProblems(events, loaded);
    const nowMs = clock.now();
    for (const stack of changed) {
      controller.add(stack, { reason, input: true, dueAtMs: nowMs, freshAtMs: nowMs });
    }
    return true;
  }

  async function check(): Promise<PlatformInfo> {
    info = await platform.check();
    return info;
  }

  async function load(): Promise<Loaded> {
    await refresh("start");
    const loaded = desired.current();
    if (loaded === null) throw new CapstanError("internal", "no revision was loaded");
    return loaded;
  }

  function select(
    loaded: Loaded,
    view: View,
    names: readonly string[] | undefined,
  ): readonly string[] {
    const known = new Set([
      ...loaded.byName.keys(),
      ...loaded.manifests.brokenStacks,
      ...view.ownership.owned.keys(),
    ]);
    if (names === undefined) return [...known].sort();
    for (const name of names) {
      if (!known.has(name)) {
        throw new CapstanError("invalid", `there is no stack ${name} in Git or on the server`);
      }
    }
    return names;
  }

  async function resync(): Promise<void> {
    const nowMs = clock.now();
    if (info === null) await check();
    await refresh("resync").catch(() => false);
    const loaded = desired.current();
    if (loaded === null) return;
    const view = await world.since(nowMs);
    for (const stack of loaded.byName.keys()) {
      controller.add(stack, {
        reason: "resync",
        input: false,
        dueAtMs: nowMs,
        freshAtMs: view.takenAtMs,
      });
    }
  }

  const rota = createRota(options.deepCheckIntervalMs);
  async function deepCheck(elapsedMs: number): Promise<void> {
    const loaded = desired.current();
    const view = world.current();
    if (loaded === null || view === null || stopping) return;
    const due = rota.next(checkable(loaded, view), elapsedMs);
    if (due.length === 0) return;
    const busy = new Set(rollouts.active().map(({ request }) => request.applicationId));
    const read = await platform.details(due.map(({ applicationId }) => applicationId));
    for (const { stack, applicationId, desired: service } of due) {
      const observed = read.get(applicationId);
      if (observed === undefined || busy.has(applicationId)) continue;
      if (observed !== null && !differs(service, observed)) continue;
      controller.suspect(stack, [applicationId]);
      controller.add(stack, {
        reason: "deep check",
        input: false,
        dueAtMs: clock.now(),
        freshAtMs: clock.now(),
      });
    }
  }

  async function settleRollouts(signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      await controller.idle(signal);
      if (signal?.aborted === true || stopping || rollouts.active().length === 0) return;
      await clock.sleep(options.rolloutTickMs, signal);
    }
  }

  return {
    async inventory() {
      const platformInfo = await check();
      const loaded = await load();
      const view = await world.since(0);
      return {
        platform: platformInfo,
        projects: view.ownership.byId.size,
        ours: view.ownership.owned.size,
        revision: loaded.revision.id,
        stacks: loaded.byName.size,
      };
    },

    async plan(planOptions = {}): Promise<PlanSet> {
      const loaded = desired.current() ?? (await load());
      const view = await world.since(0);
      const plans: Plan[] = [];
      for (const name of select(loaded, view, planOptions.stacks)) {
        const stack = loaded.byName.get(name);
        if (stack !== undefined) {
          const request = {
            stack: name,
            freshAtMs: 0,
            deep: new Set<string>(),
            redeploy: new Map(),
          };
          const planned = await planOne(stack, loaded, request, {
            platform,
            world,
            store,
            rollouts,
            clock,
          });
          plans.push(planned.plan);
        } else if (!loaded.manifests.brokenStacks.has(name) && !loaded.previousNames.has(name)) {
          const owned = view.ownership.owned.get(name) ?? [];
          plans.push(planPrune(name, options.instance, owned));
        }
      }
      const { held } = pruning.decide(loaded, view.ownership, new Set());
      return {
        revision: loaded.revision.id,
        revisionTitle: loaded.revision.title,
        plans,
        problems: loaded.manifests.problems,
        heldPrune: held,
      };
    },

    async converge(passOptions, signal) {
      if (info === null) await check();
      await controller.stop();
      pass = passOptions;
      controller = newController(passFailures);
      const loaded = desired.current() ?? (await load());
      const nowMs = clock.now();
      const view = await world.since(0);
      const names = select(loaded, view, passOptions.stacks);
      for (const stack of names) {
        controller.add(stack, {
          reason: "apply",
          input: true,
          dueAtMs: nowMs,
          freshAtMs: view.takenAtMs,
        });
      }
      await settleRollouts(signal);
      const statuses = controller.statuses();
      const stacks = [...statuses.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
      const fine = stacks.every(
        ({ outcome, conditions }) =>
          (outcome.kind === "converged" &&
            conditions.every(({ type, status }) => type !== "Ready" || status === "True")) ||
          (outcome.kind === "waiting" && outcome.reason === "suspended") ||
          (outcome.kind === "waiting" && outcome.reason === "approval" && !passOptions.prune),
      );
      const { problems } = loaded.manifests;
      return {
        revision: loaded.revision.id,
        stacks,
        problems,
        ok: fine && problems.length === 0 && signal?.aborted !== true,
      };
    },

    start() {
      if (triggers !== null || stopping) return;
      const failed = (what: string, error: unknown): void => {
        deps.logger.warn({ what, error: describeError(error) }, "a trigger failed");
      };
      triggers = startTriggers(
        {
          poll: async (reason) => {
            await refresh(reason);
          },
          resync,
          deepCheck,
          watch: (changed) => source.watch(changed),
          failed,
        },
        options,
        clock,
      );
      void resync().catch((error: unknown) => {
        failed("first resync", error);
      });
    },

    async stop() {
      if (stopping) return;
      stopping = true;
      const giveUp = new AbortController();
      await Promise.race([
        Promise.all([triggers?.stop(), rollouts.stop(), controller.stop()]),
        clock.sleep(stopWithinMs, giveUp.signal),
      ]);
      giveUp.abort();
    },

    trigger(stack, reason) {
      const loaded = desired.current();
      const known = loaded?.byName.has(stack) ?? false;
      if (!known && !(loaded?.manifests.brokenStacks.has(stack) ?? false)) return;
      const nowMs = clock.now();
      controller.add(stack, { reason, input: true, dueAtMs: nowMs, freshAtMs: nowMs });
    },

    poke(reason) {
      void refresh(reason).catch(() => undefined);
    },

    state() {
      const { waiting, running } = controller.size();
      const view = world.current();
      return {
        startedAtMs,
        ready: desired.current() !== null && view !== null,
        revision: desired.current()?.revision.id ?? null,
        sourceError,
        platformError,
        lastListMs: view?.takenAtMs ?? null,
        activeDeployments: rollouts.active().length,
        queued: waiting,
        running,
        problems: desired.current()?.manifests.problems ?? [],
      };
    },

    stacks: () => [...controller.statuses().values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    desired: () => [...(desired.current()?.byName.values() ?? [])],
    events: () => events.all(),
    onEvent: (listener) => events.listen(listener),
  };
}
