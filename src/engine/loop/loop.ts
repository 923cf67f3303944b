// What carries runs out: the queue with its workers, over a reader. Made for a process that leads, or for one
// pass, which it is given; nothing of it exists in a process that only looks.
import { createBackoffMemory, noBackoffMemory } from "../memory/backoff-memory.ts";
import type { BackoffMemory } from "../memory/backoff-memory.ts";
import { createStackRecords } from "../memory/stack-records.ts";
import type { StackRecords } from "../memory/stack-records.ts";
import { createCauses } from "../memory/causes.ts";
import type { ShownStatuses } from "../memory/shown-statuses.ts";
import { createCorrections } from "../drift/corrections.ts";
import { createProposing } from "../proposing/proposing.ts";
import type { Proposing } from "../proposing/proposing.ts";
import { createActionReports } from "../events/report.ts";
import { createAdmission } from "../order/admission.ts";
import type { Admission } from "../order/admission.ts";
import type { EventKind } from "../../model/status.ts";
import { tellNobody } from "../../ports-telemetry.ts";
import type { Reader } from "../reader/reader.ts";
import type { NewRevision } from "../reader/revisions.ts";
import { isNamed, policyOf } from "../run/policy.ts";
import { createReconciler } from "../run/reconcile.ts";
import type { Reconciler } from "../run/reconcile.ts";
import type { PassOptions } from "../run/run.ts";
import type { Loaded } from "../state/desired-state.ts";
import { agedSecrets } from "../state/secret-outages.ts";
import { isInGit } from "../state/in-git.ts";
import { markerIn } from "../state/world.ts";
import type { View } from "../state/world.ts";
import type { WakeupsSwitch } from "../wakeups.ts";
import { createController } from "./controller.ts";
import type { Controller } from "./controller.ts";
import type { EngineDeps, EngineSettings, Journal } from "./deps.ts";

export interface Loop {
  readonly controller: Controller;
  readonly proposing: Pick<Proposing, "begin" | "moved">;
  /** No run starts any more and nobody is sent for; resolves when runs under way have ended. */
  stop(): Promise<void>;
  /** Likewise, without waiting for them. */
  stopWaking(): void;
}

export interface LoopOptions {
  readonly deps: EngineDeps;
  readonly settings: EngineSettings;
  readonly journal: Journal;
  readonly shown: ShownStatuses;
  readonly reader: Reader;
  readonly wakeups: WakeupsSwitch;
  /** Aborted when nothing may be written any more. */
  readonly ending: AbortSignal;
  /** Null: a loop that goes on until it is stopped. */
  readonly pass: PassOptions | null;
  /** A stack is given up after this many failures; null: never. */
  readonly mostFailures: number | null;
}

/** The parts that runs and the ends of runs share. */
interface LoopParts {
  /** What this loop knows of each stack. */
  readonly records: StackRecords;
  readonly admission: Admission;
  readonly reports: ReturnType<typeof createActionReports>;
  readonly backoffs: BackoffMemory;
  readonly proposing: Proposing;
}

function createLoopProposing({
  deps,
  settings,
  journal,
  reader,
  wakeups,
}: Pick<LoopOptions, "deps" | "settings" | "journal" | "reader" | "wakeups">): Proposing {
  const { hasher, redactor, clock, proposing: host = null } = deps;
  return createProposing({
    host,
    hasForge: deps.forge !== undefined,
    manifests: { ...deps, ...settings },
    instance: settings.instance,
    left: reader.knownLeft,
    memory: reader.memory,
    ...{ hasher, clock, wakeups },
    refresh: (reason) => reader.refresh(reason).catch(() => false),
    say: (stack, level, message) => {
      const revision = reader.revision();
      journal.events.add({ kind: "drift", level, stack, revision, message });
    },
    redact: (text) => redactor.redact(text),
  });
}

function createParts({ deps, settings, journal, reader, wakeups, pass }: LoopOptions): LoopParts {
  const { clock } = deps;
  const { rollouts } = reader.site;
  const records = createStackRecords();
  const admission = createAdmission({
    clock,
    records,
    wakeups,
    isBusy: (stack) => rollouts.active(stack).length > 0,
    expects: (stack) => isNamed(stack, pass),
    builds: reader.builds,
  });
  const loaded = reader.desired.current();
  if (loaded !== null) admission.loaded(loaded);
  return {
    records,
    admission,
    reports: createActionReports(journal.events, clock, records),
    backoffs: settings.dryRun ? noBackoffMemory : createBackoffMemory(reader.store),
    proposing: createLoopProposing({ deps, settings, journal, reader, wakeups }),
  };
}

function createRuns(options: LoopOptions, parts: LoopParts): Reconciler {
  const { deps, journal, reader, ending } = options;
  const { records, admission, reports, proposing } = parts;
  const { clock, tell = tellNobody } = deps;
  const { site, desired, requests, memory } = reader;
  const say = (kind: EventKind, stack: string, message: string): void => {
    journal.events.add({ kind, level: "warn", stack, revision: reader.revision(), message });
  };
  const note = (stack: string, message: string): void => {
    say("note", stack, message);
  };
  return createReconciler({
    ...reader,
    ...site,
    corrections: createCorrections({ memory, records, input: (stack) => desired.input(stack) }),
    causes: createCauses(memory, records),
    records,
    clock,
    lease: deps.lease ?? null,
    mayWrite: () => !ending.aborted,
    tell,
    isNewest: ({ sequence }) => desired.current()?.sequence === sequence,
    admit: (wanted, actions, loaded, view) =>
      admission.admit(requests.inTurn(wanted, loaded), actions, loaded, view),
    alert: (message) => {
      reader.reachable.platformIs({ message });
    },
    left: (desired, plan) => {
      reader.knownLeft.ran(desired, plan);
      // A rollback goes by an older revision: what was proposed before it stays so.
      if (plan.left === undefined && desired.sync.drift === "propose") return;
      proposing.ran(desired.name, plan.left ?? null);
    },
    restarted: note,
    handedOver: note,
    fought: (stack, message) => {
      say("drift", stack, message);
    },
    report: (stack, result, told) => {
      journal.history.action(stack, result, told);
      const revision = reader.revision();
      reports.ended(stack, revision, result, told.cause);
      const { line: reason, cause } = told;
      requests.reported(stack, result, { reason, cause, revision, atMs: clock.now() });
    },
  });
}

function createWorkers(options: LoopOptions, parts: LoopParts): Controller {
  const { deps, settings, journal, shown, reader, pass, mostFailures } = options;
  const { records, admission, reports, backoffs, proposing } = parts;
  const { requests, suspensions, desired, site } = reader;
  return createController({
    ...journal,
    records,
    workers: settings.workers,
    clock: deps.clock,
    random: deps.random,
    desired,
    reconciler: createRuns(options, parts),
    redeploys: (stack) => requests.beginRedeploys(stack),
    policy: (stack) =>
      policyOf({
        stack,
        suspension: suspensions.of(stack, desired.current()),
        dryRun: settings.dryRun,
        info: site.info(),
        pass,
        approved: requests.approved(),
      }),
    driftOf: (stack, plan) => proposing.state(stack, plan?.left),
    concluded: (stack, status) => {
      if (status === null) shown.forget(stack);
      else shown.keep(status);
    },
    ended: (stack, judged, plan) => {
      admission.ended(stack, judged);
      deps.observer?.ended(stack, judged, plan);
      const loaded = desired.current();
      if (["converged", "removed"].includes(judged.outcome.kind)) reports.forget(stack);
      requests.ended(stack, judged, loaded);
      if (judged.outcome.kind !== "removed") return;
      suspensions.gone(stack, loaded);
      proposing.ran(stack, null);
      reader.records.forget(stack);
    },
    backoffs,
    mostFailures,
    agedSecrets: (stack) => agedSecrets(stack, deps.secrets.outages()),
    tell: deps.tell ?? tellNobody,
  });
}

/** Stacks that the server has and Git has not; nothing but a look at them, which their runs decide on. */
function wakeGone(view: View, loaded: Loaded, options: LoopOptions, controller: Controller): void {
  const { reader, wakeups, pass } = options;
  if (pass?.stacks !== undefined) return;
  const { gone } = reader.pruning.decide(loaded, view.ownership, new Set(pass?.approved));
  // What was kept may have been deleted by people since.
  const kept = [...controller.statuses().values()].flatMap(({ name, outcome }) =>
    outcome.kind === "waiting" && outcome.reason === "retained" && !loaded.byName.has(name)
      ? [name]
      : [],
  );
  const recorded = [...reader.hostRecords.stacks()].filter((stack) => !isInGit(loaded, stack));
  for (const stack of new Set([...gone, ...kept, ...recorded])) {
    wakeups.look(stack, "not in Git", view.takenAtMs);
  }
}

/** A list shows which approvals still wait, and what of earlier redeploys was not written. */
function settleRequests(view: View, loaded: Loaded, { reader, wakeups, pass }: LoopOptions): void {
  const { requests, pruning } = reader;
  requests.settleApprovals(
    (approved) => pruning.decide(loaded, view.ownership, approved).held !== null,
  );
  requests.takeUp(
    (stack, service) => markerIn(view, stack, service),
    (stack, _service, by) => {
      if (isNamed(stack, pass)) wakeups.goOn(stack, `${by} asked for a redeploy`);
    },
  );
}

export function createLoop(options: LoopOptions): Loop {
  const { deps, reader, wakeups, pass } = options;
  const { desired, site } = reader;
  const parts = createParts(options);
  const { admission, reports, backoffs, proposing } = parts;
  const controller = createWorkers(options, parts);
  wakeups.connect(controller);

  /** Q5: what failed before a restart, and has no new input, goes on waiting. */
  function takeUpBackoffs(): void {
    for (const stack of backoffs.left()) {
      const hold = backoffs.takeUp(stack, desired.input(stack), deps.clock.now());
      if (hold !== null) controller.restore(stack, hold);
    }
  }
  function onRevision({ loaded, changed, reason }: NewRevision): void {
    admission.loaded(loaded);
    options.shown.keepOnly(new Set([...loaded.byName.keys(), ...controller.statuses().keys()]));
    for (const stack of changed) {
      reports.forget(stack);
      wakeups.renew(stack, reason);
    }
    takeUpBackoffs();
  }
  function onList(view: View): void {
    const loaded = desired.current();
    if (loaded === null) return;
    settleRequests(view, loaded, options);
    wakeGone(view, loaded, options, controller);
  }

  const ends = [reader.listen(onRevision), reader.onListed(onList)];
  // What was read before: a pass has only the stacks that it names.
  const loaded = desired.current();
  const view = site.world.current();
  if (loaded !== null && view !== null) settleRequests(view, loaded, options);
  if (loaded !== null && pass === null) {
    takeUpBackoffs();
    if (view !== null) wakeGone(view, loaded, options, controller);
  }

  function stopWaking(): void {
    admission.stop();
  }
  return {
    ...{ controller, proposing, stopWaking },
    async stop() {
      stopWaking();
      for (const end of ends) end();
      wakeups.connect(null);
      await Promise.all([controller.stop(), proposing.stop()]);
    },
  };
}
