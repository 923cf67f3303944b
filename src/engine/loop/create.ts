// The engine as others see it, over what this process is at the moment.
import type { StackStatus } from "../../model/status.ts";
import type { Engine, EngineState, Inventory, PassResult } from "../engine.ts";
import { follows } from "../follow/followed.ts";
import type { PlanSet } from "../reader/plan-sets.ts";
import { reportSecrets } from "../reader/secret-report.ts";
import { previewTree } from "../reader/preview.ts";
import { selectStacks } from "../reader/select-stacks.ts";
import { createStackFacts } from "../reader/stack-facts.ts";
import type { PassOptions } from "../run/run.ts";
import { serverProjects } from "../state/server-projects.ts";
import type { EngineDeps, EngineSettings } from "./deps.ts";
import { createOperator } from "./operator.ts";
import { runPass, stacksOfPass } from "./pass.ts";
import { createProcess } from "./process.ts";
import type { EngineProcess } from "./process.ts";

export type { EngineDeps };

type Statuses = ReadonlyMap<string, StackStatus>;

/** Where another process leads, as that one last said. */
function statusesOf({ controller, shown }: EngineProcess): Statuses {
  return controller()?.statuses() ?? shown.all();
}

async function takeInventory(process: EngineProcess): Promise<Inventory> {
  const { site } = process.reader();
  const platform = await site.check();
  const loaded = await process.load();
  const { ownership } = await site.world.since(0);
  return {
    platform,
    projects: ownership.byId.size,
    ours: ownership.owned.size,
    revision: loaded.revision.id,
    stacks: loaded.byName.size,
  };
}

async function planNow(
  process: EngineProcess,
  stacks: readonly string[] | undefined,
): Promise<PlanSet> {
  const { orphans } = process;
  const reader = process.reader();
  const loaded = reader.desired.current() ?? (await process.load());
  const view = await reader.site.world.since(0);
  const names = selectStacks(loaded, view, reader, stacks);
  await reader.heads.look([...loaded.byName.values()]);
  const plans = await reader.plan(names, loaded, view);
  // Their absence from a plan harms nobody: what is known of stacks is shown without them.
  const isLooked =
    stacks === undefined &&
    (await orphans.look(view).then(
      () => true,
      () => false,
    ));
  return { ...(isLooked ? { orphans: orphans.current() } : {}), ...plans };
}

async function convergeOnce(
  process: EngineProcess,
  pass: PassOptions,
  signal: AbortSignal | undefined,
  { deps, settings }: { readonly deps: EngineDeps; readonly settings: EngineSettings },
): Promise<PassResult> {
  if (!settings.dryRun) await process.lead();
  const reader = process.reader();
  const { desired, site } = reader;
  if (site.info() === null) await site.check();
  const loaded = desired.current() ?? (await process.load());
  const view = await site.world.since(0);
  await reader.heads.look([...loaded.byName.values()]);
  const stacks = stacksOfPass(pass, loaded, view, reader);
  const controller = await process.beginPass(pass);
  const { wakeups, ending } = process;
  const { rolloutTickMs } = settings;
  const parts = { reader, controller, wakeups, clock: deps.clock, rolloutTickMs, ending };
  return runPass(stacks, { loaded, view }, pass, parts, signal);
}

function stateOf({
  reader,
  controller,
  orphans,
  waitsFor,
}: EngineProcess): Omit<EngineState, "startedAtMs"> {
  const { desired, site, reachable } = reader();
  const { waiting, running } = controller()?.size() ?? { waiting: 0, running: 0 };
  const view = site.world.current();
  const loaded = desired.current();
  const errors = reachable.errors();
  const { store } = reader();
  return {
    ready: loaded !== null && view !== null,
    waitsFor: waitsFor(),
    revision: loaded?.revision.id ?? null,
    sourceError: errors.source,
    platformError: errors.platform,
    swarmError: errors.swarm,
    storeError: store.trouble(),
    secretErrors: errors.secrets,
    lastListMs: view?.takenAtMs ?? null,
    activeDeployments: site.rollouts.active().length,
    queued: waiting,
    due: controller()?.due() ?? { count: 0, oldestMs: 0 },
    running,
    problems: loaded?.manifests.problems ?? [],
    orphans: orphans.current(),
  };
}

/** What only looks at what is known. */
function createViews(
  process: EngineProcess,
  { deps, settings }: { readonly deps: EngineDeps; readonly settings: EngineSettings },
) {
  const { events } = process.journal;
  const loaded = (): ReturnType<Engine["loaded"]> => process.reader().desired.current();
  const stacksNow = (): ReturnType<Engine["desired"]> => [...(loaded()?.byName.values() ?? [])];
  return {
    loaded,
    desired: stacksNow,
    builds: (only) => process.reader().builds.list(stacksNow(), only),
    projects: () => serverProjects(process.reader().site.world.current()),
    async secrets() {
      const { manifests, revision } = process.reader().loaded();
      const { known } = await deps.secrets.at(await deps.source.read(revision), []);
      return reportSecrets(manifests, known, deps.secrets.outages());
    },
    leftVolumes: (stack) => process.reader().owners.volumes.of(stack),
    preview: (tree) => previewTree(tree, process.reader().loaded(), true, { ...deps, ...settings }),
    stacks: () => [...statusesOf(process).values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    runs: (stack, limit) => deps.store.runs(stack, limit),
    events: () => events.all(),
    recorded: (limit, filter) => deps.store.events(limit, filter),
    onEvent: (listener) => events.listen(listener),
    onAnyEvent: (listener) => events.listenToAll(listener),
  } satisfies Partial<Engine>;
}

/** What makes it look, or run, sooner. */
function createHooks(process: EngineProcess) {
  const { wakeups } = process;
  const refresh = async (reason: string): Promise<void> => {
    await process
      .reader()
      .refresh(reason)
      .catch(() => false);
  };
  return {
    trigger(stack, reason) {
      const loaded = process.reader().desired.current();
      const isBroken = loaded?.manifests.brokenStacks.has(stack) ?? false;
      if (loaded?.byName.has(stack) !== true && !isBroken) return;
      wakeups.renew(stack, reason);
    },
    poke(reason) {
      void refresh(reason);
    },
    catchUp: refresh,
    pushed(repository, kind = "code") {
      const { heads, desired } = process.reader();
      const stacks = [...(desired.current()?.byName.values() ?? [])];
      const pushed = { kind, repository };
      if (!stacks.some((stack) => follows(stack, pushed))) return false;
      void heads.look(stacks, pushed);
      return true;
    },
    pullMoved: (number) => {
      process.pullMoved(number);
    },
    buildsChanged() {
      process.reader().builds.changed();
      for (const { name, outcome } of statusesOf(process).values()) {
        if (outcome.kind !== "waiting") continue;
        if (outcome.reason !== "build" && outcome.reason !== "build-held") continue;
        wakeups.goOn(name, "a run of its build moved");
      }
    },
  } satisfies Partial<Engine>;
}

export function createEngine(deps: EngineDeps, settings: EngineSettings): Engine {
  const process = createProcess(deps, settings);
  const { reader, controller, wakeups, journal, leads, orphans } = process;
  const made = { deps, settings };
  const operator = createOperator({
    ...{ reader, controller, wakeups, leads, clock: deps.clock },
    events: journal.events,
    dryRun: settings.dryRun,
  });
  const facts = createStackFacts({
    ...{ reader, orphans, instance: settings.instance },
    statuses: () => statusesOf(process),
  });
  return {
    ...operator,
    ...facts,
    ...createViews(process, made),
    ...createHooks(process),
    inventory: () => takeInventory(process),
    plan: (planOptions = {}) => planNow(process, planOptions.stacks),
    proposal: (tree, { withSecrets }) => reader().proposal(tree, withSecrets),
    converge: (pass, signal) => convergeOnce(process, pass, signal, made),
    lead: (waiting) => process.lead(waiting),
    lost: process.lost,
    start: () => {
      process.start();
    },
    stop: () => process.stop(),
    state: () => ({ startedAtMs: journal.events.startedAtMs, ...stateOf(process) }),
  };
}
