// What a process that leads does by itself until it is stopped: its triggers with what each of them looks at, and one
// comparison of all stacks at once.
import { describeError } from "../../lib/errors.ts";
import type { Proposing } from "../proposing/proposing.ts";
import type { Reader } from "../reader/reader.ts";
import type { Orphans } from "../removal/orphans.ts";
import type { Wakeups } from "../wakeups.ts";
import type { Controller } from "./controller.ts";
import type { EngineDeps, EngineSettings } from "./deps.ts";
import { createLooks } from "./looks.ts";
import {
  deepCheckTrigger,
  followTrigger,
  hostsTrigger,
  pollTrigger,
  resyncTrigger,
  secretsTrigger,
  together,
  watchTrigger,
} from "./triggers.ts";
import type { Running } from "./triggers.ts";

/** A host that is due waits no longer than this. */
const hostsTickMs = 1_000;

export interface ByItself {
  readonly deps: EngineDeps;
  readonly settings: EngineSettings;
  readonly wakeups: Wakeups;
  /** Aborted when the process is to end. */
  readonly ending: AbortSignal;
  readonly reader: Reader;
  readonly controller: Controller;
  readonly proposing: Pick<Proposing, "begin">;
  readonly orphans: Orphans;
}

/** Begins, runs included. */
export function runByItself(parts: ByItself): Running {
  const { deps, settings, ending, reader, controller } = parts;
  const { clock, logger, source, secrets } = deps;
  const { deepCheckIntervalMs } = settings;
  const failed = (what: string, error: unknown): void => {
    const words = describeError(error);
    const { source: sourceError, platform } = reader.reachable.errors();
    // An event has told an outage already; what ends because Capstan ends is nobody's failure.
    if (ending.aborted || words === sourceError || words === platform) return;
    logger.warn({ what, error: words }, "a look that was due failed");
  };
  const looks = createLooks({ ...parts, secrets, clock, deepCheckIntervalMs });
  const poll = async (reason: string): Promise<void> => {
    await reader.refresh(reason);
  };
  const how = { clock, failed };
  const triggers = together([
    pollTrigger(settings.pollSchedule, poll, failed),
    watchTrigger((changed) => source.watch(changed), poll, failed),
    resyncTrigger(settings.resyncIntervalMs, () => looks.resync(), how),
    secretsTrigger(settings.secretsLookMs, () => looks.secrets(), how),
    followTrigger(settings.followIntervalMs, () => looks.follow(), how),
    hostsTrigger(hostsTickMs, () => looks.checkHosts(), how),
    deepCheckTrigger(deepCheckIntervalMs, (elapsedMs) => looks.deepCheck(elapsedMs), how),
  ]);
  controller.begin();
  parts.proposing.begin();
  deps.observer?.began();
  void looks
    .resync()
    .then(() => looks.follow())
    .catch((error: unknown) => {
      failed("first comparison with Git", error);
    });
  return triggers;
}
