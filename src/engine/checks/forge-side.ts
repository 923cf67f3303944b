// All that Capstan says to its Git host and hears from it, put together: checks of commits, plans on pull
// requests, deliveries. A host that fails is told of in the log; it never stops the loop.
import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/logger.ts";
import type { Delivery } from "../../model/forge.ts";
import { shortRevision } from "../../plan/render/words.ts";
import type { CheckStore, Forge, Proposals } from "../../ports-forge.ts";
import type { Tell } from "../../ports-telemetry.ts";
import type { Source } from "../../ports.ts";
import type { Engine } from "../engine.ts";
import type { Memory } from "../memory/memory.ts";
import { createCommitChecks } from "./commit-checks.ts";
import type { Observer } from "./commit-checks.ts";
import { guarded } from "./guarded.ts";
import { createOutbox } from "./outbox.ts";
import { createPullPlans } from "./pull-plans.ts";

export interface ForgeSide {
  /** For the engine. */
  readonly observer: Observer;
  /** Whose plans and approvals these are. Call it once, before the engine's loop begins. */
  serve(engine: Engine): void;
  /** What happened on the host; returns at once. Ignored while this process does not lead. */
  receive(delivery: Delivery): void;
  /** Nothing is said any more; may be called twice. */
  stop(): Promise<void>;
}

export interface ForgeSideOptions {
  readonly instance: string;
  readonly branch: string;
  readonly forge: Forge;
  readonly proposals: Proposals;
  readonly source: Pick<Source, "latest">;
  readonly store: CheckStore;
  /** What was approved before a merge is kept here. */
  readonly memory: Memory;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  readonly redact: (text: string) => string;
  readonly urlOf: (sha: string) => string | null;
  /** Between two looks for pull requests of which no delivery came. */
  readonly sweepMs: number;
  readonly tell?: Tell;
}

export function createForgeSide(options: ForgeSideOptions): ForgeSide {
  const { store, clock, logger, redact } = options;
  let engine: Engine | null = null;
  let cancelSweep: (() => void) | null = null;
  let isLeading = false;
  let stopped = false;

  function note(level: "info" | "warn", message: string): void {
    logger[level]({ forge: options.forge.title }, redact(message));
  }

  const lost = (message: string): void => {
    note("warn", message);
  };

  const outbox = createOutbox({
    forge: options.forge,
    store,
    clock,
    random: options.random,
    urlOf: options.urlOf,
    ...(options.tell === undefined ? {} : { tell: options.tell }),
    failing: (message) => {
      if (message === null) note("info", "commit checks are sent again");
      else note("warn", `commit checks are delayed: ${message}`);
    },
    dropped: ({ context, sha }, message) => {
      note("warn", `${context} of ${shortRevision(sha)} could not be sent: ${message}`);
    },
  });
  const wake = (): void => {
    if (isLeading) outbox.wake();
  };
  const commits = createCommitChecks({
    instance: options.instance,
    store,
    clock,
    redact,
    owed: wake,
  });
  const pulls = createPullPlans({
    instance: options.instance,
    branch: options.branch,
    forge: options.forge,
    proposals: options.proposals,
    source: options.source,
    engine: {
      proposal: (...asked) => running().proposal(...asked),
      approvePrune: (...asked) => running().approvePrune(...asked),
      catchUp: (...asked) => running().catchUp(...asked),
      state: () => running().state(),
    },
    store,
    memory: options.memory,
    clock,
    redact,
    owed: wake,
    note,
  });

  function running(): Engine {
    if (engine === null) throw new Error("no engine was given");
    return engine;
  }

  function sweepLater(): void {
    cancelSweep?.();
    if (stopped) return;
    cancelSweep = clock.after(options.sweepMs, () => void sweep());
  }

  async function sweep(): Promise<void> {
    await pulls.sweep();
    sweepLater();
  }

  /** Polling does the same; a delivery only makes it sooner. */
  async function pushed(after: string | null): Promise<void> {
    if (engine === null) return;
    if (after !== null) guarded(commits.seen, lost)(after);
    await engine.catchUp("push");
    const { revision, sourceError } = engine.state();
    if (after === null || revision === null || sourceError !== null) return;
    guarded(commits.passed, lost)(after, revision);
  }

  return {
    observer: {
      began() {
        if (stopped) return;
        isLeading = true;
        outbox.wake();
        void sweep();
      },
      seen: guarded(commits.seen, lost),
      loaded: guarded((loaded, changed) => {
        commits.loaded(loaded, changed);
        // Their merge results are others now.
        if (isLeading) void sweep();
      }, lost),
      looked: guarded(commits.looked, lost),
      ended: guarded(commits.ended, lost),
    },
    serve(served) {
      engine = served;
    },
    receive({ event }) {
      if (!isLeading || stopped) return;
      switch (event.type) {
        case "push":
          if (event.branch === options.branch) void pushed(event.after);
          return;
        case "pull":
          pulls.look(event.number);
          return;
        case "comment":
          pulls.comment(event.number, event.author, event.body);
          return;
        case "run":
          engine?.buildsChanged();
          return;
        case "other":
          return;
      }
    },
    async stop() {
      stopped = true;
      cancelSweep?.();
      await Promise.all([outbox.stop(), pulls.stop()]);
    },
  };
}
