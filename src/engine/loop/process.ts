// What this process is at the moment: one that only looks (a reader), one that leads (another reader, as what
// was read before may have aged, with a loop on top of it), or one that ends.
import { CapstanError, describeError } from "../../lib/errors.ts";
import { whileLeading } from "../checks/while-leading.ts";
import type { Engine } from "../engine.ts";
import { createEventLog } from "../events/events.ts";
import { createHistory } from "../events/history.ts";
import { createReader } from "../reader/reader.ts";
import type { Reader } from "../reader/reader.ts";
import { createOrphans } from "../removal/orphans.ts";
import type { Orphans } from "../removal/orphans.ts";
import type { PassOptions } from "../run/run.ts";
import type { Loaded } from "../state/desired-state.ts";
import { createWakeups } from "../wakeups.ts";
import type { WakeupsSwitch } from "../wakeups.ts";
import type { Controller } from "./controller.ts";
import type { EngineDeps, EngineSettings, Journal } from "./deps.ts";
import { createLeadership } from "./leadership.ts";
import type { Leadership } from "./leadership.ts";
import { createLoop } from "./loop.ts";
import type { Loop } from "./loop.ts";
import { createLooks } from "./looks.ts";
import { passFailures } from "./pass.ts";
import {
  deepCheckTrigger,
  pollTrigger,
  resyncTrigger,
  together,
  watchTrigger,
} from "./triggers.ts";
import type { Running } from "./triggers.ts";

/** W12: requests in flight end within this time. */
const stopWithinMs = 30_000;
/** Reads are given up at once; this long their ends are waited for. */
const readsEndWithinMs = 300;

export interface EngineProcess {
  readonly journal: Journal;
  readonly wakeups: WakeupsSwitch;
  readonly orphans: Orphans;
  /** Aborted when the process is to end. */
  readonly ending: AbortSignal;
  /** Resolves, with why, when another process became the one that writes. */
  readonly lost: Promise<string>;
  readonly reader: () => Reader;
  /** Null: nothing is carried out. */
  readonly controller: () => Controller | null;
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

function startTriggers(
  {
    deps,
    settings,
    wakeups,
    ending,
  }: Pick<LoopContext, "deps" | "settings" | "wakeups" | "ending">,
  reader: Reader,
  controller: Controller,
  orphans: Orphans,
): Running {
  const { clock, logger, source } = deps;
  const { deepCheckIntervalMs } = settings;
  const failed = (what: string, error: unknown): void => {
    const words = describeError(error);
    const { source: sourceError, platform } = reader.reachable.errors();
    // An event has told an outage already; what ends because Capstan ends is nobody's failure.
    if (ending.aborted || words === sourceError || words === platform) return;
    logger.warn({ what, error: words }, "a look that was due failed");
  };
  const looks = createLooks({
    ...{ reader, wakeups, controller, orphans, clock, deepCheckIntervalMs, ending },
  });
  const poll = async (reason: string): Promise<void> => {
    await reader.refresh(reason);
  };
  const how = { clock, failed };
  const triggers = together([
    pollTrigger(settings.pollSchedule, poll, failed),
    watchTrigger((changed) => source.watch(changed), poll, failed),
    resyncTrigger(settings.resyncIntervalMs, () => looks.resync(), how),
    deepCheckTrigger(deepCheckIntervalMs, (elapsedMs) => looks.deepCheck(elapsedMs), how),
  ]);
  controller.begin();
  deps.observer?.began();
  void looks.resync().catch((error: unknown) => {
    failed("first comparison with Git", error);
  });
  return triggers;
}

interface LoopContext {
  readonly deps: EngineDeps;
  readonly settings: EngineSettings;
  readonly journal: Journal;
  readonly wakeups: WakeupsSwitch;
  readonly ending: AbortSignal;
}

function createJournal({ clock, logger, redactor, store }: EngineDeps): Journal {
  const events = createEventLog(clock, logger, redactor, clock.now());
  return { events, history: createHistory({ store, events, redactor }) };
}

export function createProcess(given: EngineDeps, settings: EngineSettings): EngineProcess {
  const deps = silentUntilLeading(given, () => leadership);
  const { platform, clock } = deps;
  const journal = createJournal(deps);
  const wakeups = createWakeups(clock);
  const abort = new AbortController();
  const lost = Promise.withResolvers<string>();
  const context: LoopContext = { deps, settings, journal, wakeups, ending: abort.signal };
  let reader = newReader();
  let loop: Loop | null = null;
  let triggers: Running | null = null;
  let waitsFor: string | null = null;
  let stopped: Promise<void> | null = null;

  function newReader(): Reader {
    return createReader({
      ...context,
      events: journal.events,
      seen: (revision) => deps.observer?.seen(revision),
      read: (loaded, changed) => deps.observer?.loaded(loaded, changed),
      looked: (failing, newest) => deps.observer?.looked(failing, newest),
    });
  }

  function note(level: "warn" | "error", message: string): void {
    journal.events.add({ kind: "note", level, stack: null, revision: null, message });
  }

  const leadership = createLeadership({
    lock: deps.lock,
    clock,
    lease: deps.lease ?? null,
    lost: (what) => {
      const message = `${what}: this one stops writing`;
      note("error", message);
      void stop().then(() => {
        lost.resolve(message);
      });
    },
  });

  const orphans = createOrphans({
    platform,
    tombstones: { all: () => reader.tombstones.all() },
    knownProjects: () => reader.store.knownProjects().values(),
    tell: ({ stack }, message) => {
      const revision = reader.revision();
      journal.events.add({ kind: "note", level: "warn", stack, revision, message });
    },
  });

  async function waitToLead(waiting: NonNullable<Parameters<Engine["lead"]>[0]>): Promise<boolean> {
    const signal = AbortSignal.any([waiting.signal, abort.signal]);
    const leads = await leadership.wait(signal, (line) => {
      waitsFor = line;
      note("warn", line);
      waiting.waits(line);
    });
    waitsFor = null;
    if (!leads) return false;
    // It was to stop in the same moment.
    if (abort.signal.aborted) await leadership.end();
    return !abort.signal.aborted;
  }

  async function leadOnce(waiting: Parameters<Engine["lead"]>[0]): Promise<void> {
    const signals = waiting === undefined ? [] : [waiting.signal];
    try {
      await leadership.take(AbortSignal.any([...signals, abort.signal]), (line) => {
        note("warn", line);
        waiting?.waits(line);
      });
    } catch (error) {
      await leadership.end();
      throw error;
    }
  }

  async function lead(waiting?: Parameters<Engine["lead"]>[0]): Promise<boolean> {
    if (leadership.isHeld()) return true;
    if (waiting === undefined || waiting.once === true) {
      await leadOnce(waiting);
    } else if (!(await waitToLead(waiting))) return false;
    // Another process may have written since: what was read before, of the store too, is read anew.
    reader = newReader();
    journal.history.begin();
    return true;
  }

  function newLoop(pass: PassOptions | null): Loop {
    const mostFailures = pass === null ? null : passFailures;
    return createLoop({ ...context, reader, pass, mostFailures });
  }

  function begin(): void {
    if (triggers !== null || abort.signal.aborted) return;
    loop ??= newLoop(null);
    triggers = startTriggers(context, reader, loop.controller, orphans);
  }

  async function stopOnce(): Promise<void> {
    abort.abort();
    loop?.stopWaking();
    reader.builds.stop();
    const giveUp = new AbortController();
    // Whatever else is under way only reads, and a disk or a process that hangs is not waited for.
    const written = platform.stop().then(() => clock.sleep(readsEndWithinMs, giveUp.signal));
    const closed = deps.source.close().catch(() => undefined);
    await Promise.race([
      Promise.all([closed, triggers?.stop(), reader.site.rollouts.stop(), loop?.stop()]),
      written,
      clock.sleep(stopWithinMs, giveUp.signal),
    ]);
    giveUp.abort();
    await leadership.end();
  }

  /** Repeated calls share one end: what is closed after it must not cut its writes off. */
  function stop(): Promise<void> {
    return (stopped ??= stopOnce());
  }

  return {
    journal,
    wakeups,
    orphans,
    ending: abort.signal,
    lost: lost.promise,
    reader: () => reader,
    controller: () => loop?.controller ?? null,
    leads: () => leadership.isHeld(),
    waitsFor: () => waitsFor,
    lead,
    async load() {
      await reader.refresh("start");
      const loaded = reader.desired.current();
      if (loaded === null) throw new CapstanError("internal", "no revision was loaded");
      return loaded;
    },
    async beginPass(pass) {
      await loop?.stop();
      loop = newLoop(pass);
      return loop.controller;
    },
    start() {
      if (settings.dryRun || leadership.isHeld()) {
        begin();
        return;
      }
      void lead({ signal: abort.signal, waits: () => undefined }).then((leads) => {
        if (leads) begin();
      });
    },
    stop,
  };
}
