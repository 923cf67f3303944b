// All that Capstan says to its Git host and hears from it, put together: checks of commits, plans on pull
// requests, deliveries. A host that fails is logged; it never stops the loop.
import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/logger.ts";
import type { Delivery } from "../../model/forge.ts";
import { shortRevision } from "../../plan/render/words.ts";
import type { CheckStore, Forge, Proposals } from "../../ports-forge.ts";
import type { Tell } from "../../ports-telemetry.ts";
import type { Source } from "../../ports.ts";
import type { Engine } from "../engine.ts";
import type { Memory } from "../memory/memory.ts";
import type { PreviewBook } from "../previews/book.ts";
import { createCommitChecks } from "./commit-checks.ts";
import type { Observer } from "./commit-checks.ts";
import { createDeliveries } from "./deliveries.ts";
import { guarded } from "./guarded.ts";
import { createOutbox } from "./outbox.ts";
import type { OutboxOptions } from "./outbox.ts";
import { createPreviewSides } from "./preview-sides.ts";
import { createPullPlans } from "./pull-plans.ts";
import type { PullPlansOptions } from "./pull-plans.ts";
import { createSweeps } from "./sweeps.ts";

export interface ForgeSide {
  /** For the engine. */
  readonly observer: Observer;
  /** Whose plans and approvals these are. Call it once, before the engine's loop begins. */
  serve(engine: Engine): void;
  /** What happened on the host; returns at once. Ignored while this process does not lead. */
  receive(delivery: Delivery): void;
  /** Whether pull requests of another repository, `owner/name`, may have previews. */
  follows(repository: string): boolean;
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
  /** The one that the engine knows; absent: pull requests get no previews. */
  readonly previews?: PreviewBook;
  /** The stacks' own repository as `owner/name`, and how another one on the same host is asked. */
  readonly repositories: {
    readonly own: string;
    readonly forgeFor: (repository: string) => Forge;
  };
}

export function createForgeSide(options: ForgeSideOptions): ForgeSide {
  const { clock, logger, redact } = options;
  let engine: Engine | null = null;
  let isLeading = false;
  let stopped = false;
  let unwatch: (() => void) | null = null;

  function note(level: "info" | "warn", message: string): void {
    logger[level]({ forge: options.forge.title }, redact(message));
  }

  const lost = (message: string): void => {
    note("warn", message);
  };

  function running(): Engine {
    if (engine === null) throw new Error("no engine was given");
    return engine;
  }

  const outbox = createOutbox({ ...options, ...outboxNotes(note) });
  const owed = (): void => {
    if (isLeading) outbox.wake();
  };
  const commits = createCommitChecks({ ...options, owed });
  const { previews: book, ...rest } = options;
  const sides = createPreviewSides({
    ...{ ...rest, ...rest.repositories, book, note },
    engine: running,
    isActive: () => isLeading && !stopped,
  });
  const pulls = createPullPlans({ ...rest, ...sides.own, engine: whoeverIs(running), owed, note });
  const sweeps = createSweeps(clock, options.sweepMs, () => pulls.sweep());
  const [seen, passed] = [guarded(commits.seen, lost), guarded(commits.passed, lost)];
  const heard = createDeliveries({
    branch: options.branch,
    engine: () => engine,
    commits: { seen, passed },
    pulls,
  });

  return {
    observer: {
      began() {
        if (stopped) return;
        isLeading = true;
        outbox.wake();
        sweeps.begin();
        sides.code.begin();
      },
      seen,
      loaded: guarded((loaded, changed) => {
        commits.loaded(loaded, changed);
        // Their merge results are others now.
        if (!isLeading) return;
        sweeps.begin();
        sides.code.loaded();
      }, lost),
      looked: guarded(commits.looked, lost),
      ended: guarded(commits.ended, lost),
    },
    serve(served) {
      engine = served;
      unwatch = sides.watch((pull) => {
        if (isLeading && !stopped) pulls.look(pull);
      });
    },
    receive({ repository, event }) {
      if (!isLeading || stopped) return;
      if (repository !== null && sides.code.follows(repository)) {
        sides.code.heard(repository, event);
      } else heard(event);
    },
    follows: (repository) => sides.code.follows(repository),
    async stop() {
      stopped = true;
      unwatch?.();
      sweeps.stop();
      await Promise.all([outbox.stop(), pulls.stop(), sides.code.stop()]);
    },
  };
}

function outboxNotes(note: PullPlansOptions["note"]): Pick<OutboxOptions, "failing" | "dropped"> {
  return {
    failing: (message) => {
      if (message === null) note("info", "commit checks are sent again");
      else note("warn", `commit checks are delayed: ${message}`);
    },
    dropped: ({ context, sha }, message) => {
      note("warn", `${context} of ${shortRevision(sha)} could not be sent: ${message}`);
    },
  };
}

/** The engine that is there when it is asked: it is made after those that ask it. */
function whoeverIs(running: () => Engine): PullPlansOptions["engine"] {
  return {
    proposal: (...asked) => running().proposal(...asked),
    approvePrune: (...asked) => running().approvePrune(...asked),
    catchUp: (...asked) => running().catchUp(...asked),
    state: () => running().state(),
  };
}
