// Gathers runs, events and backoffs and writes them together, in one transaction a moment later, so that
// ten thousand stacks cost a few writes. Nothing here fails a run: a disk that is full is told once, what
// could not be written is dropped, and the next batch tries again.
import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../lib/clock.ts";
import { describeError } from "../lib/errors.ts";
import type { Logger } from "../lib/logger.ts";
import type { BackoffRecord, RunRecord } from "../model/history.ts";
import type { Event } from "../model/status.ts";
import type { Store } from "../ports-store.ts";
import { inOne } from "./database.ts";
import type { Database } from "./database.ts";
import { readEvents, writeEvents } from "./event-rows.ts";
import {
  readBackoffs,
  readRuns,
  trimBackoffs,
  trimHistory,
  writeBackoffs,
  writeRuns,
} from "./history-rows.ts";
import type { HistoryBounds } from "./history-rows.ts";

export type History = Pick<
  Store,
  | "recordRun"
  | "recordEvent"
  | "saveBackoff"
  | "removeBackoff"
  | "runs"
  | "events"
  | "backoffs"
  | "close"
> & {
  /** Writes what was gathered. Never throws. */
  readonly flush: () => void;
};

export interface HistoryOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly bounds: HistoryBounds;
  readonly maxBackoffs: number;
}

/** Long enough for many stacks to share a transaction, too short for a person to miss it. */
const gatherMs = 100;
/** So many are written without waiting for more. */
const mostGathered = 2_000;

export function createHistory(options: HistoryOptions): History {
  const { database, clock, logger, bounds, maxBackoffs } = options;
  let runs: RunRecord[] = [];
  let events: Event[] = [];
  /** Null: to be removed. */
  let backoffs = new Map<string, BackoffRecord | null>();
  let cancel: (() => void) | null = null;
  let isFailing = false;
  let isClosed = false;

  function gathered(): void {
    if (isClosed) return;
    if (runs.length + events.length + backoffs.size >= mostGathered) flush();
    else cancel ??= clock.after(gatherMs, flush);
  }

  function flush(): void {
    cancel?.();
    cancel = null;
    const batch = { runs, events, backoffs };
    if (runs.length + events.length + backoffs.size === 0) return;
    runs = [];
    events = [];
    backoffs = new Map();
    try {
      database.use((db) => {
        atEase(db, () => {
          writeRuns(db, batch.runs);
          writeEvents(db, batch.events);
          writeBackoffs(db, batch.backoffs);
          if (batch.runs.length + batch.events.length > 0) trimHistory(db, bounds);
          if (batch.backoffs.size > 0) trimBackoffs(db, maxBackoffs);
        });
      });
      isFailing = false;
    } catch (error) {
      if (isFailing) return;
      isFailing = true;
      logger.warn({ error: describeError(error) }, "history cannot be written, going on without");
    }
  }

  return {
    flush,
    recordRun(run) {
      runs.push(run);
      gathered();
    },
    recordEvent(event) {
      events.push(event);
      gathered();
    },
    saveBackoff(backoff) {
      backoffs.set(backoff.stack, backoff);
      gathered();
    },
    removeBackoff(stack) {
      backoffs.set(stack, null);
      gathered();
    },
    runs(stack, limit) {
      flush();
      return database.use((db) => readRuns(db, stack, limit));
    },
    events(limit, filter = {}) {
      flush();
      return database.use((db) => readEvents(db, limit, filter));
    },
    backoffs() {
      flush();
      return database.use(readBackoffs);
    },
    close() {
      flush();
      isClosed = true;
    },
  };
}

/** One transaction that does not wait for the disk: losing it costs nothing. */
function atEase(db: DatabaseSync, work: () => void): void {
  db.exec("PRAGMA synchronous = NORMAL");
  try {
    inOne(db, work);
  } finally {
    db.exec("PRAGMA synchronous = FULL");
  }
}
