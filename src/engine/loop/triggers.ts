// What wakes the loop besides people: the poll for commits, the watch of a folder or of Capstan's own
// repository, the resync, and the deep check. Each only looks and adds keys; none of them writes.
import { schedule } from "node-cron";
import type { Clock } from "../../lib/clock.ts";

export interface TriggerJobs {
  /** Looks for a new revision. */
  readonly poll: (reason: string) => Promise<void>;
  readonly resync: () => Promise<void>;
  readonly deepCheck: (elapsedMs: number) => Promise<void>;
  readonly watch: (changed: () => void) => Promise<() => Promise<void>>;
  readonly failed: (what: string, error: unknown) => void;
}

export interface TriggerTimes {
  readonly pollSchedule: string;
  readonly resyncIntervalMs: number;
  readonly deepCheckIntervalMs: number;
}

export interface Triggers {
  stop(): Promise<void>;
}

/** A deep check looks about this many times in one period, so that batches stay small and even. */
const deepTicks = 360;
const deepTickMinMs = 1_000;
const deepTickMaxMs = 60_000;

const nothing = (): void => undefined;
const silent = { info: nothing, warn: nothing, error: nothing, debug: nothing };

export function startTriggers(jobs: TriggerJobs, times: TriggerTimes, clock: Clock): Triggers {
  const abort = new AbortController();
  const under = new Set<Promise<void>>();

  function guarded(what: string, job: () => Promise<void>): Promise<void> {
    const run: Promise<void> = job()
      .catch((error: unknown) => {
        jobs.failed(what, error);
      })
      .finally(() => under.delete(run));
    under.add(run);
    return run;
  }

  async function every(ms: number, what: string, job: (elapsedMs: number) => Promise<void>) {
    let last = clock.now();
    for (;;) {
      await clock.sleep(ms, abort.signal);
      if (abort.signal.aborted) return;
      const now = clock.now();
      const elapsed = now - last;
      last = now;
      await guarded(what, () => job(elapsed));
    }
  }

  const poll = schedule(
    times.pollSchedule,
    () => guarded("look for a new commit", () => jobs.poll("poll")),
    {
      noOverlap: true,
      name: "poll",
      // A poll that comes late or while one is under way is made up for by the next: nothing to say, and not in
      // lines of its own between ours.
      logger: silent,
    },
  );
  const loops = [
    every(times.resyncIntervalMs, "comparison with Git", () => jobs.resync()),
    every(
      Math.min(deepTickMaxMs, Math.max(deepTickMinMs, times.deepCheckIntervalMs / deepTicks)),
      "deep check of services",
      jobs.deepCheck,
    ),
  ];
  let unwatch: (() => Promise<void>) | null = null;
  const watching = guarded("watch for changes", async () => {
    unwatch = await jobs.watch(
      () => void guarded("look for a new commit", () => jobs.poll("a change was seen")),
    );
  });

  return {
    async stop() {
      abort.abort();
      await poll.destroy();
      await watching;
      await unwatch?.();
      await Promise.all([...loops, ...under]);
    },
  };
}
