// What wakes the loop besides people: the poll for commits, the watch of a folder or of Capstan's own
// repository, the resync, and the deep check. One constructor each; all only look and ask for runs.
import { schedule } from "node-cron";
import type { Clock } from "../../lib/clock.ts";

export interface Running {
  /** Resolves when nothing of it goes on any more. */
  stop(): Promise<void>;
}

export type Failed = (what: string, error: unknown) => void;

/** A deep check looks about this many times in one period, so that batches stay small and even. */
const deepTicks = 360;
const deepTickMinMs = 1_000;
const deepTickMaxMs = 60_000;

const nothing = (): void => undefined;
const silent = { info: nothing, warn: nothing, error: nothing, debug: nothing };

/** Runs looks whose failures are told and end nothing. */
function createGuard(failed: Failed) {
  const under = new Set<Promise<void>>();
  return {
    run(what: string, look: () => Promise<void>): Promise<void> {
      const run: Promise<void> = look()
        .catch((error: unknown) => {
          failed(what, error);
        })
        .finally(() => under.delete(run));
      under.add(run);
      return run;
    },
    async idle(): Promise<void> {
      await Promise.all(under);
    },
  };
}

function every(
  ms: number,
  what: string,
  look: (elapsedMs: number) => Promise<void>,
  { clock, failed }: { readonly clock: Clock; readonly failed: Failed },
): Running {
  const abort = new AbortController();
  const guard = createGuard(failed);
  async function go(): Promise<void> {
    let last = clock.now();
    for (;;) {
      await clock.sleep(ms, abort.signal);
      if (abort.signal.aborted) return;
      const now = clock.now();
      const elapsedMs = now - last;
      last = now;
      await guard.run(what, () => look(elapsedMs));
    }
  }
  const loop = go();
  return {
    async stop() {
      abort.abort();
      await loop;
    },
  };
}

const lookForCommit = "look for a new commit";

/** Looks for a new commit whenever the cron expression says so. */
export function pollTrigger(
  cron: string,
  look: (reason: string) => Promise<void>,
  failed: Failed,
): Running {
  const guard = createGuard(failed);
  const task = schedule(cron, () => guard.run(lookForCommit, () => look("poll")), {
    noOverlap: true,
    name: "poll",
    // A poll that comes late or while one is under way is made up for by the next: nothing to say, and not in
    // lines of its own between ours.
    logger: silent,
  });
  return {
    async stop() {
      await task.destroy();
      await guard.idle();
    },
  };
}

/** Looks for a new commit when `watch` says that something changed. */
export function watchTrigger(
  watch: (changed: () => void) => Promise<() => Promise<void>>,
  look: (reason: string) => Promise<void>,
  failed: Failed,
): Running {
  const guard = createGuard(failed);
  let unwatch: (() => Promise<void>) | null = null;
  const watching = guard.run("watch for changes", async () => {
    unwatch = await watch(() => void guard.run(lookForCommit, () => look("a change was seen")));
  });
  return {
    async stop() {
      await watching;
      await unwatch?.();
      await guard.idle();
    },
  };
}

/** Compares all stacks with Git, once each `ms`. */
export function resyncTrigger(
  ms: number,
  look: () => Promise<void>,
  how: { readonly clock: Clock; readonly failed: Failed },
): Running {
  return every(ms, "comparison with Git", () => look(), how);
}

/** Looks whether a secret changed, once each `ms`. */
export function secretsTrigger(
  ms: number,
  look: () => Promise<void>,
  how: { readonly clock: Clock; readonly failed: Failed },
): Running {
  return every(ms, "look for changed secrets", () => look(), how);
}

/** Asks the branches and tags that services follow for new commits and images, once each `ms`. */
export function followTrigger(
  ms: number,
  look: () => Promise<void>,
  how: { readonly clock: Clock; readonly failed: Failed },
): Running {
  return every(ms, "look for new commits of services", () => look(), how);
}

/** Reads services whole, all of them once in `periodMs`; `look` is told for how long nothing was read. */
export function deepCheckTrigger(
  periodMs: number,
  look: (elapsedMs: number) => Promise<void>,
  how: { readonly clock: Clock; readonly failed: Failed },
): Running {
  const tickMs = Math.min(deepTickMaxMs, Math.max(deepTickMinMs, periodMs / deepTicks));
  return every(tickMs, "deep check of services", look, how);
}

/** Begins the checks of hosts that are due. */
export function hostsTrigger(
  ms: number,
  look: () => Promise<void>,
  how: { readonly clock: Clock; readonly failed: Failed },
): Running {
  return every(ms, "check of hosts", () => look(), how);
}

/** Several as one, stopped together. */
export function together(triggers: readonly Running[]): Running {
  return {
    async stop() {
      await Promise.all(triggers.map((trigger) => trigger.stop()));
    },
  };
}
