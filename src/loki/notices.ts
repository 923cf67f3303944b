// What is said of Loki itself, seldom: a Loki that is down must not fill the log that is to be sent to it.
import type { Logger } from "../lib/logger.ts";

export interface Notices {
  /** A push failed and is tried again. */
  fails(error: string, nowMs: number): void;
  /** Loki took lines; `lost` lines were dropped or refused so far. */
  works(lost: number): void;
  refused(lines: number, reason: string, nowMs: number): void;
  withoutMetadata(): void;
}

/** The same is said again after that. */
const quietMs = 60 * 60_000;

export function createNotices(logger: Logger): Notices {
  let outageToldMs: number | null = null;
  let refusalToldMs: number | null = null;
  let isFailing = false;
  let isOutageTold = false;
  let lostBefore = 0;

  const isQuiet = (toldMs: number | null, nowMs: number): boolean =>
    toldMs !== null && nowMs - toldMs < quietMs;

  return {
    fails(error, nowMs) {
      if (isFailing) return;
      isFailing = true;
      if (isQuiet(outageToldMs, nowMs)) return;
      outageToldMs = nowMs;
      isOutageTold = true;
      logger.warn({ error }, "log lines cannot be sent to Loki; they are kept as far as they fit");
    },
    works(lost) {
      const lines = lost - lostBefore;
      lostBefore = lost;
      isFailing = false;
      if (!isOutageTold) return;
      isOutageTold = false;
      if (lines === 0) logger.info({}, "Loki takes log lines again; none was lost");
      else logger.warn({ lines }, "Loki takes log lines again; some were lost");
    },
    refused(lines, reason, nowMs) {
      if (isQuiet(refusalToldMs, nowMs)) return;
      refusalToldMs = nowMs;
      logger.warn({ lines, reason }, "Loki refused log lines; they are lost");
    },
    withoutMetadata() {
      logger.warn(
        {},
        "Loki keeps no structured metadata, so lines cannot be found by stack; set allow_structured_metadata (schema v13)",
      );
    },
  };
}
