// Commits followed where no Git host is told: their pages, and the portal, read what became of them.
import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/logger.ts";
import type { CheckStore } from "../../ports-forge.ts";
import { createCommitChecks } from "./commit-checks.ts";
import type { Observer } from "./commit-checks.ts";
import { guarded } from "./guarded.ts";

export interface QuietSideOptions {
  readonly instance: string;
  readonly store: CheckStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly redact: (text: string) => string;
}

export function createQuietSide(options: QuietSideOptions): Observer {
  const { instance, store, clock, logger, redact } = options;
  const commits = createCommitChecks({
    instance,
    // A host that is configured later gets checks of later commits only.
    store: {
      ...store,
      saveChecks: (rows) => {
        store.saveChecks(rows.map((row) => ({ ...row, owed: false })));
      },
    },
    clock,
    redact,
    owed: () => undefined,
  });
  const lost = (message: string): void => {
    logger.warn({}, redact(message));
  };
  return {
    began: () => undefined,
    seen: guarded(commits.seen, lost),
    loaded: guarded(commits.loaded, lost),
    looked: guarded(commits.looked, lost),
    ended: guarded(commits.ended, lost),
  };
}
