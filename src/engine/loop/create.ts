// The engine: the loop (`start`) and the single passes (`plan`, `converge`) over the same parts.
import { CapstanError, describeError } from "../../lib/errors.ts";
import { whileLeading } from "../checks/while-leading.ts";
import { createCore } from "./core.ts";
import type { Core, EngineDeps } from "./core.ts";
import { currentOperator } from "./current-operator.ts";
import { checkable, createRota, findSuspects } from "../drift/deep-check.ts";
import type { Loaded } from "../state/desired-state.ts";
import type { Engine, EngineOptions, Operator } from "../engine.ts";
import { createEventLog } from "../events/events.ts";
import { createHistory } from "../events/history.ts";
import { busyError, createLeadership } from "./leadership.ts";
import { createOperator } from "./operator.ts";
import { createOrphans } from "../removal/orphans.ts";
import { createStackFacts } from "../reader/stack-facts.ts";
import { planProposal, planSet } from "../reader/plan-sets.ts";
import type { PlanSet, PlanSetDeps } from "../reader/plan-sets.ts";
import { previewTree } from "../reader/preview.ts";
import { selectStacks } from "../reader/select-stacks.ts";
import { serverProjects } from "../state/server-projects.ts";
import { startTriggers } from "./triggers.ts";
import type { Triggers } from "./triggers.ts";

export type { EngineDeps };

/** W12: requests in flight end within this time. */
const stopWithinMs = 30_000;
/** A single pass gives a failing stack up after this many tries. */
const passFailures = 3;
/** A single pass waits this long for a server that went away during rollouts: a restart takes 15 s. */
const passOutageMs = 120_000;

export function createEngine(deps: EngineDeps, options: EngineOptions): Engine {
  const { platform, clock, redactor } = deps;
  const startedAtMs = clock.now();
  const events = createEventLog(clock, deps.logger, redactor, startedAtMs);
  const history = createHistory({ store: deps.store, events, redactor });
  let core = newCore();
  let operator = operatorOf(core);
  let triggers: Triggers | null = null;
  const ending = new AbortController();
  let waitsFor: string | null = null;
  let stopped: Promise<void> | null = null;
  const lost = Promise.withResolvers<string>();

  /** W12: a process that only waits says nothing of commits. */
  function newCore(): Core {
    const { observer } = deps;
    if (observer === undefined) return createCore(deps, options, { events, history });
    const followed = whileLeading(observer, () => leadership.isHeld());
    return createCore({ ...deps, observer: followed }, options, { events, history });
  }

  function operatorOf(parts: Core): Operator {
    const leads = (): boolean => leadership.isHeld();
    return createOperator({ ...parts, platform, clock, dryRun: options.dryRun, leads });
  }

  function note(level: "warn" | "error", message: string): void {
    events.add({ kind: "note", level, stack: null, revision: null, message });
  }

  const leadership = createLeadership({
    lock: deps.lock,
    clock,
    lost: (holder) => {
      const message = `STATE_DIR was deleted, and ${holder} took it: this one stops`;
      note("error", message);
      void stop().then(() => {
        lost.resolve(message);
      });
    },
  });

  /** W12: true when this process is the one that writes; what was read before it was is read anew. */
  async function lead(waiting?: Parameters<Engine["lead"]>[0]): Promise<boolean> {
    if (leadership.isHeld()) return true;
    if (waiting === undefined) {
      const holder = leadership.take();
      if (holder !== null) throw busyError(holder);
    } else {
      const signal = AbortSignal.any([waiting.signal, ending.signal]);
      const tell = (line: string): void => {
        waitsFor = line;
        note("warn", line);
        waiting.waits(line);
      };
      const leads = await leadership.wait(signal, tell);
      waitsFor = null;
      if (!leads) return false;
      // It was to stop in the same moment.
      if (ending.signal.aborted) {
        leadership.end();
        return false;
      }
    }
    core = newCore();
    operator = operatorOf(core);
    history.begin();
    return true;
  }

  function beginLoop(): void {
    if (triggers !== null || core.isStopping()) return;
    const failed = (what: string, error: unknown): void => {
      const words = describeError(error);
      const { source, platform } = core.errors();
      // An event has told an outage already; what ends because Capstan ends is nobody's failure.
      if (core.isStopping() || words === source || words === platform) return;
      deps.logger.warn({ what, error: words }, "a look that was due failed");
    };
    triggers = startTriggers(
      {
        poll: async (reason) => {
          await core.refresh(reason);
        },
        resync,
        deepCheck,
        watch: (changed) => deps.source.watch(changed),
        failed,
      },
      options,
      clock,
    );
    core.controller().begin();
    deps.observer?.began();
    void resync().catch((error: unknown) => {
      failed("first comparison with Git", error);
    });
  }

  /** Whoever asks again waits for the same end: what is closed after it must not cut its writes off. */
  function stop(): Promise<void> {
    return (stopped ??= stopOnce());
  }

  async function stopOnce(): Promise<void> {
    ending.abort();
    core.stopWriting();
    const giveUp = new AbortController();
    await Promise.race([
      Promise.all([triggers?.stop(), core.rollouts.stop(), core.controller().stop()]),
      clock.sleep(stopWithinMs, giveUp.signal),
    ]);
    giveUp.abort();
    leadership.end();
  }

  async function load(): Promise<Loaded> {
    await core.refresh("start");
    const loaded = core.desired.current();
    if (loaded === null) throw new CapstanError("internal", "no revision was loaded");
    return loaded;
  }

  function readOnce(): Loaded {
    const loaded = core.desired.current();
    if (loaded !== null) return loaded;
    throw new CapstanError("unavailable", "the branch itself could not be read yet", {
      hint: "the log and /health say why",
    });
  }

  const orphans = createOrphans({
    platform,
    // Not those of now: another core follows when this process leads.
    tombstones: { all: () => core.tombstones.all() },
    knownProjects: () => core.store.knownProjects().values(),
    tell: ({ stack }, message) => {
      const revision = core.desired.current()?.revision.id ?? null;
      core.events.add({ kind: "note", level: "warn", stack, revision, message });
    },
  });

  async function resync(): Promise<void> {
    const nowMs = clock.now();
    if (core.info() === null) await core.check();
    await core.refresh("resync").catch(() => false);
    const loaded = core.desired.current();
    if (loaded === null) return;
    const view = await core.world.since(nowMs);
    for (const stack of loaded.byName.keys()) {
      core.controller().add(stack, {
        reason: "resync",
        input: false,
        dueAtMs: nowMs,
        freshAtMs: view.takenAtMs,
      });
    }
    await orphans.look(view);
  }

  const rota = createRota(options.deepCheckIntervalMs);
  async function deepCheck(elapsedMs: number): Promise<void> {
    const loaded = core.desired.current();
    const view = core.world.current();
    if (loaded === null || view === null || core.isStopping()) return;
    const due = rota.next(checkable(loaded, view), elapsedMs);
    if (due.length === 0) return;
    const busy = new Set(core.rollouts.active().map(({ request }) => request.serviceId));
    const suspects = await findSuspects(platform, due, busy).catch((error: unknown) => {
      rota.giveBack();
      throw error;
    });
    for (const { stack, serviceId } of suspects) {
      core.controller().suspect(stack, [serviceId]);
      core.controller().add(stack, {
        reason: "deep check",
        input: false,
        dueAtMs: clock.now(),
        freshAtMs: clock.now(),
      });
    }
  }

  async function settleRollouts(signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      await core.controller().idle(signal);
      const { rollouts } = core;
      const isStuck =
        rollouts.failingForMs() > passOutageMs ||
        rollouts.active().every(({ troubles }) => troubles >= passFailures);
      if (signal?.aborted === true || core.isStopping() || isStuck) return;
      await clock.sleep(options.rolloutTickMs, signal);
    }
  }

  function planParts(): PlanSetDeps {
    return { ...core, platform, clock, instance: options.instance };
  }

  return {
    ...currentOperator(() => operator),
    ...createStackFacts({ core: () => core, orphans, instance: options.instance }),
    async inventory() {
      const platformInfo = await core.check();
      const loaded = await load();
      const view = await core.world.since(0);
      return {
        platform: platformInfo,
        projects: view.ownership.byId.size,
        ours: view.ownership.owned.size,
        revision: loaded.revision.id,
        stacks: loaded.byName.size,
      };
    },

    async plan(planOptions = {}): Promise<PlanSet> {
      const loaded = core.desired.current() ?? (await load());
      const view = await core.world.since(0);
      const names = selectStacks(loaded, view, core.tombstones, planOptions.stacks);
      const plans = await planSet(names, loaded, view, planParts());
      // Their absence from a plan harms nobody: what is known of stacks is shown without them.
      const isLooked =
        planOptions.stacks === undefined &&
        (await orphans.look(view).then(
          () => true,
          () => false,
        ));
      return { ...(isLooked ? { orphans: orphans.current() } : {}), ...plans };
    },

    async proposal(tree, { withSecrets }) {
      await core.refresh("pull request").catch(() => false);
      const loaded = readOnce();
      const preview = { ...deps, ...options };
      return planProposal(tree, loaded, withSecrets, { ...planParts(), preview });
    },

    async converge(passOptions, signal) {
      if (!options.dryRun) await lead();
      if (core.info() === null) await core.check();
      // What reading finds gathers in a queue of its own; the pass has only the stacks that were named.
      const loaded = core.desired.current() ?? (await load());
      const nowMs = clock.now();
      const view = await core.world.since(0);
      const names = selectStacks(loaded, view, core.tombstones, passOptions.stacks);
      await core.beginPass(passOptions, passFailures);
      const named = new Set(names);
      // What they depend on is only looked at, and must be Ready as it is (H5).
      const needed = names.flatMap((name) => loaded.byName.get(name)?.dependsOn ?? []);
      for (const stack of new Set([...names, ...needed])) {
        core.controller().add(stack, {
          reason: "apply",
          input: true,
          dueAtMs: nowMs,
          freshAtMs: view.takenAtMs,
        });
      }
      await settleRollouts(signal);
      const statuses = core.controller().statuses();
      const stacks = [...statuses.values()]
        .filter(({ name }) => passOptions.stacks === undefined || named.has(name))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
      const fine = stacks.every(
        ({ outcome, conditions }) =>
          (outcome.kind === "converged" &&
            conditions.every(({ type, status }) => type !== "Ready" || status === "True")) ||
          (outcome.kind === "waiting" &&
            ["suspended", "window", "retained"].includes(outcome.reason)) ||
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

    lead,
    lost: lost.promise,

    start() {
      if (options.dryRun || leadership.isHeld()) {
        beginLoop();
        return;
      }
      void lead({ signal: ending.signal, waits: () => undefined }).then((leads) => {
        if (leads) beginLoop();
      });
    },

    stop,

    trigger(stack, reason) {
      const loaded = core.desired.current();
      const known = loaded?.byName.has(stack) ?? false;
      if (!known && !(loaded?.manifests.brokenStacks.has(stack) ?? false)) return;
      const nowMs = clock.now();
      core.controller().add(stack, { reason, input: true, dueAtMs: nowMs, freshAtMs: nowMs });
    },

    poke(reason) {
      void core.refresh(reason).catch(() => undefined);
    },

    async catchUp(reason) {
      await core.refresh(reason).catch(() => undefined);
    },

    builds: (only) => core.builds.list([...(core.desired.current()?.byName.values() ?? [])], only),

    buildsChanged() {
      core.builds.changed();
      for (const { name, outcome } of core.controller().statuses().values()) {
        if (outcome.kind !== "waiting") continue;
        if (outcome.reason !== "build" && outcome.reason !== "build-held") continue;
        const reason = "a run of its build moved";
        const nowMs = clock.now();
        core.controller().add(name, { reason, input: false, dueAtMs: nowMs, freshAtMs: 0 });
      }
    },

    state() {
      const { waiting, running } = core.controller().size();
      const view = core.world.current();
      return {
        startedAtMs,
        ready: core.desired.current() !== null && view !== null,
        waitsFor,
        revision: core.desired.current()?.revision.id ?? null,
        sourceError: core.errors().source,
        platformError: core.errors().platform,
        lastListMs: view?.takenAtMs ?? null,
        activeDeployments: core.rollouts.active().length,
        queued: waiting,
        due: core.controller().due(),
        running,
        problems: core.desired.current()?.manifests.problems ?? [],
        orphans: orphans.current(),
      };
    },

    loaded: () => core.desired.current(),
    projects: () => serverProjects(core.world.current()),
    leftVolumes: (stack) => core.origins.volumes.of(stack),
    preview: (tree) => previewTree(tree, readOnce(), true, { ...deps, ...options }),

    stacks: () =>
      [...core.controller().statuses().values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    desired: () => [...(core.desired.current()?.byName.values() ?? [])],
    runs: (stack, limit) => deps.store.runs(stack, limit),
    events: () => events.all(),
    recorded: (limit, filter) => deps.store.events(limit, filter),
    onEvent: (listener) => events.listen(listener),
  };
}
