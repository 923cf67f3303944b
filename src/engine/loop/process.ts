// What this process is at the moment: one that only looks (a reader), one that leads (another reader, as what
// was read before may have aged, with a loop on top of it), or one that ends.
import { CapstanError } from "../../lib/errors.ts";
import { silentLogger } from "../../lib/logger.ts";
import { whileLeading } from "../checks/while-leading.ts";
import type { Engine } from "../engine.ts";
import { createEventLog } from "../events/events.ts";
import { createHistory } from "../events/history.ts";
import { followOthers } from "../events/others.ts";
import { createReader } from "../reader/reader.ts";
import { createShownStatuses } from "../memory/shown-statuses.ts";
import type { ShownStatuses } from "../memory/shown-statuses.ts";
import type { Reader } from "../reader/reader.ts";
import { createOrphans } from "../removal/orphans.ts";
import type { Orphans } from "../removal/orphans.ts";
import type { PassOptions } from "../run/run.ts";
import type { Loaded } from "../state/desired-state.ts";
import { createWakeups } from "../wakeups.ts";
import type { WakeupsSwitch } from "../wakeups.ts";
import { runByItself } from "./by-itself.ts";
import type { Controller } from "./controller.ts";
import type { EngineDeps, EngineSettings, Journal } from "./deps.ts";
import { endRequests } from "./ending.ts";
import { createLead } from "./lead.ts";
import { createLeadership } from "./leadership.ts";
import type { Leadership } from "./leadership.ts";
import { createLoop } from "./loop.ts";
import { standBy } from "./standing-by.ts";
import type { Loop } from "./loop.ts";
import { passFailures } from "./pass.ts";
import type { Running } from "./triggers.ts";

export interface EngineProcess {
  readonly journal: Journal;
  /** Of the process that leads, where others share its store. */
  readonly shown: ShownStatuses;
  readonly wakeups: WakeupsSwitch;
  readonly orphans: Orphans;
  /** Aborted when the process is to end. */
  readonly ending: AbortSignal;
  /** Resolves, with why, when another process became the one that writes. */
  readonly lost: Promise<string>;
  readonly reader: () => Reader;
  /** Null: nothing is carried out. */
  readonly controller: () => Controller | null;
  /** A pull request was changed on the Git host. */
  readonly pullMoved: (number: number) => void;
  readonly leads: () => boolean;
  /** Why it only waits, in words for people; null when it does not. */
  readonly waitsFor: () => string | null;
  /** As `Engine.lead`. */
  lead(waiting?: Parameters<Engine["lead"]>[0]): Promise<boolean>;
  /** What is desired, read when it was not; throws what the source throws. */
  load(): Promise<Loaded>;
  /** A loop for one pass, in the place of what was there; no run of it has begun. */
  beginPass(pass: PassOptions): Promise<Controller>;
  /** As `Engine.start`. */
  start(): void;
  /** As `Engine.stop`. */
  stop(): Promise<void>;
}

/** W12: a process that only waits says nothing of commits. */
function silentUntilLeading(deps: EngineDeps, leadership: () => Leadership): EngineDeps {
  const { observer } = deps;
  if (observer === undefined) return deps;
  return { ...deps, observer: whileLeading(observer, () => leadership().isHeld()) };
}

interface LoopContext {
  readonly deps: EngineDeps;
  readonly settings: EngineSettings;
  readonly journal: Journal;
  readonly shown: ShownStatuses;
  readonly wakeups: WakeupsSwitch;
  readonly ending: AbortSignal;
}

function createJournal({ clock, logger, redactor, store, eventIds }: EngineDeps): Journal {
  const events = createEventLog(clock, logger, redactor, eventIds);
  return { events, history: createHistory({ store, events, redactor }) };
}

function newReader(
  { deps, settings, journal, wakeups, ending }: LoopContext,
  events = journal.events,
): Reader {
  const { observer } = deps;
  return createReader({
    ...{ deps, settings, wakeups, ending, events },
    seen: (revision) => observer?.seen(revision),
    read: (loaded, changed) => observer?.loaded(loaded, changed),
    looked: (failing, newest) => observer?.looked(failing, newest),
  });
}

/** What it sees while it stands by, the one that leads tells: its own log of that is read by nobody. */
function quietReader(context: LoopContext): Reader {
  const { clock, redactor } = context.deps;
  return newReader(context, createEventLog(clock, silentLogger, redactor));
}

/** The reader of now: another one while this process stands by, and once more when it leads. */
function createReaders(context: LoopContext) {
  const { deps, settings, journal } = context;
  const { store, clock } = deps;
  let reader = newReader(context);
  return {
    current: () => reader,
    /** Where others share the store; returns how it ends. */
    standBy(): () => void {
      if (!store.isShared) return () => undefined;
      reader = quietReader(context);
      const everyMs = settings.resyncIntervalMs;
      return standBy({ reader, store, events: journal.events, clock, everyMs });
    },
    /** Another process may have written since: what was read before, of the store too, is read anew. */
    renew(): void {
      reader = newReader(context);
      if (!store.isShared) return;
      // What the one that led before could not write comes when this one leads.
      const end = followOthers(store, journal.events, () => undefined);
      context.ending.addEventListener("abort", end, { once: true });
    },
  };
}

/** Those of a process, whichever reader it has. */
function orphansOf({ deps, journal }: LoopContext, reader: () => Reader): Orphans {
  return createOrphans({
    platform: deps.platform,
    tombstones: { all: () => reader().tombstones.all() },
    knownProjects: () => reader().store.knownProjects().values(),
    tell: ({ stack }, message) => {
      const revision = reader().revision();
      journal.events.add({ kind: "note", level: "warn", stack, revision, message });
    },
  });
}

/** What is carried out at the moment: at most one loop, which runs by itself once it has begun. */
function createWork(context: LoopContext, reader: () => Reader, orphans: Orphans) {
  let loop: Loop | null = null;
  let triggers: Running | null = null;

  function newLoop(pass: PassOptions | null): Loop {
    const mostFailures = pass === null ? null : passFailures;
    return createLoop({ ...context, reader: reader(), pass, mostFailures });
  }

  return {
    controller: () => loop?.controller ?? null,
    pullMoved: (number: number) => loop?.proposing.moved(number),
    async beginPass(pass: PassOptions): Promise<Controller> {
      await loop?.stop();
      loop = newLoop(pass);
      return loop.controller;
    },
    begin(): void {
      if (triggers !== null || context.ending.aborted) return;
      loop ??= newLoop(null);
      const { controller, proposing } = loop;
      triggers = runByItself({ ...context, reader: reader(), controller, proposing, orphans });
    },
    stopWaking: () => loop?.stopWaking(),
    stop: () => Promise.all([triggers?.stop(), loop?.stop()]),
  };
}

export function createProcess(given: EngineDeps, settings: EngineSettings): EngineProcess {
  const deps = silentUntilLeading(given, () => leadership);
  const { clock, platform, source } = deps;
  const journal = createJournal(deps);
  const wakeups = createWakeups(clock);
  const abort = new AbortController();
  const lost = Promise.withResolvers<string>();
  const shown = createShownStatuses(deps.store, deps.redactor);
  const context: LoopContext = { deps, settings, journal, shown, wakeups, ending: abort.signal };
  const readers = createReaders(context);
  const reader = (): Reader => readers.current();
  const orphans = orphansOf(context, reader);
  const work = createWork(context, reader, orphans);
  let stopped: Promise<void> | null = null;

  function note(level: "warn" | "error", message: string): void {
    journal.events.add({ kind: "note", level, stack: null, revision: null, message });
  }

  const leadership = createLeadership({
    ...{ lock: deps.lock, store: deps.store, clock, lease: deps.lease ?? null },
    turn: deps.turn ?? null,
    lost: (what) => {
      const message = `${what}: this one stops writing`;
      note("error", message);
      void stop().then(() => {
        lost.resolve(message);
      });
    },
  });

  const lead = createLead({
    ...{ leadership, ending: abort.signal },
    warn: (line) => {
      note("warn", line);
    },
    waits: () => readers.standBy(),
    began: () => {
      readers.renew();
      journal.history.begin();
    },
  });

  async function stopOnce(): Promise<void> {
    abort.abort();
    work.stopWaking();
    reader().builds.stop();
    await endRequests({ platform, clock }, () => {
      const closed = source.close().catch(() => undefined);
      return Promise.all([closed, work.stop(), reader().site.rollouts.stop()]);
    });
    await leadership.end();
  }

  /** Repeated calls share one end: what is closed after it must not cut its writes off. */
  function stop(): Promise<void> {
    return (stopped ??= stopOnce());
  }

  return {
    ...{ journal, shown, wakeups, orphans, reader, stop },
    ...{ ending: abort.signal, lost: lost.promise },
    controller: () => work.controller(),
    pullMoved: (number) => {
      work.pullMoved(number);
    },
    leads: () => leadership.isHeld(),
    waitsFor: () => lead.waitsFor(),
    lead: (waiting) => lead.take(waiting),
    async load() {
      await reader().refresh("start");
      const loaded = reader().desired.current();
      if (loaded === null) throw new CapstanError("internal", "no revision was loaded");
      return loaded;
    },
    beginPass: (pass) => work.beginPass(pass),
    start() {
      if (settings.dryRun || leadership.isHeld()) {
        work.begin();
        return;
      }
      void lead.take({ signal: abort.signal, waits: () => undefined }).then((leads) => {
        if (leads) work.begin();
      });
    },
  };
}
