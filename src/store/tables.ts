// The store's methods over one database with its tables: a file, or what a process knows of a shared one.
import type { DatabaseSync } from "node:sqlite";
import { systemClock, type Clock } from "../lib/clock.ts";
import { silentLogger, type Logger } from "../lib/logger.ts";
import type { CheckStore } from "../ports-forge.ts";
import type { DeploymentStore, StackChecks } from "../ports-portal.ts";
import type { Replicas } from "../ports-replicas.ts";
import type { SessionStore } from "../ports-sessions.ts";
import type { Orders, Store } from "../ports-store.ts";
import { createCheckStore } from "./checks.ts";
import { inOne } from "./database.ts";
import type { Database } from "./database.ts";
import { createDeploymentStore } from "./deployments.ts";
import { readHealthyRevisions, writeHealthyRevision } from "./healthy-revisions.ts";
import { createHistory } from "./history.ts";
import { createMemos } from "./memos.ts";
import { readIntents, readProjects, writeIntent, writeProject } from "./projects.ts";
import { readStackOrigins, readTombstones, writeStackOrigin, writeTombstone } from "./removals.ts";
import { createSessionStore } from "./sessions.ts";
import { readSuspensions, writeSuspension } from "./suspensions.ts";

export interface StoreOptions {
  readonly logger?: Logger;
  /** Rows kept in each table; the oldest go first. */
  readonly maxRows?: number;
  /** Runs, and events, that are kept. */
  readonly historyRows?: number;
  readonly historyAgeMs?: number;
  readonly clock?: Clock;
}

/** All that is kept of anybody's. */
export type WholeStore = Store &
  CheckStore &
  StackChecks &
  DeploymentStore &
  SessionStore &
  Orders & {
    /** The processes that share it, and this one among them under that id; null: nobody else can have it. */
    readonly replicas: (id: string) => Replicas | null;
  };

/** What is the same wherever the tables are. */
export type Tables = Omit<
  WholeStore,
  | keyof Orders
  | "isShared"
  | "written"
  | "caughtUp"
  | "lead"
  | "handOver"
  | "onLost"
  | "onChanged"
  | "trouble"
  | "replicas"
> & {
  /** Writes what was gathered of the history. Never throws. */
  readonly flush: () => void;
};

/** More stacks than one Dokploy server could hold. */
const defaultMaxRows = 20_000;
/** Some ten megabytes. */
const defaultHistoryRows = 50_000;
const defaultHistoryAgeMs = 90 * 24 * 3_600_000;

export function createTables(database: Database, options: StoreOptions): Tables {
  const maxRows = options.maxRows ?? defaultMaxRows;
  const logger = options.logger ?? silentLogger;
  const history = createHistory({
    database,
    clock: options.clock ?? systemClock,
    logger,
    bounds: {
      maxRows: options.historyRows ?? defaultHistoryRows,
      maxAgeMs: options.historyAgeMs ?? defaultHistoryAgeMs,
    },
    maxBackoffs: maxRows,
  });
  return {
    ...history,
    ...createMemos(database, logger, maxRows),
    ...createCheckStore(database, maxRows),
    ...createDeploymentStore(database, maxRows),
    ...createSessionStore(database, maxRows),
    saveIntent(intent) {
      database.use((db) => {
        writeIntent(db, intent);
        trim(db, "intents", "at_ms, rowid", maxRows);
      });
    },
    removeIntent(resource) {
      database.use((db) => db.prepare("DELETE FROM intents WHERE resource = ?").run(resource));
    },
    intents: () => database.use(readIntents),
    saveKnownProject(stack, projectId) {
      database.use((db) => {
        writeProject(db, stack, projectId);
        trim(db, "known_projects", "rowid", maxRows);
      });
    },
    removeKnownProject(stack) {
      database.use((db) => db.prepare("DELETE FROM known_projects WHERE stack = ?").run(stack));
    },
    knownProjects: () => database.use(readProjects),
    saveTombstones(tombstones) {
      database.use((db) => {
        inOne(db, () => {
          for (const tombstone of tombstones) writeTombstone(db, tombstone);
        });
        trim(db, "tombstones", "since_ms, rowid", maxRows);
      });
    },
    removeTombstones(ids) {
      database.use((db) => {
        const remove = db.prepare("DELETE FROM tombstones WHERE id = ?");
        inOne(db, () => {
          for (const id of ids) remove.run(id);
        });
      });
    },
    tombstones: () => database.use(readTombstones),
    saveStackOrigin(origin) {
      database.use((db) => {
        writeStackOrigin(db, origin);
        trim(db, "origins", "rowid", maxRows);
      });
    },
    removeStackOrigin(stack) {
      database.use((db) => db.prepare("DELETE FROM origins WHERE stack = ?").run(stack));
    },
    stackOrigins: () => database.use(readStackOrigins),
    saveSuspension(suspension) {
      database.use((db) => {
        writeSuspension(db, suspension);
        trim(db, "suspensions", "since_ms, rowid", maxRows);
      });
    },
    removeSuspension(stack) {
      database.use((db) => db.prepare("DELETE FROM suspensions WHERE stack = ?").run(stack));
    },
    suspensions: () => database.use(readSuspensions),
    saveHealthyRevision(healthy) {
      database.use((db) => {
        writeHealthyRevision(db, healthy);
        trim(db, "healthy_revisions", "rowid", maxRows);
      });
    },
    removeHealthyRevision(stack) {
      database.use((db) => db.prepare("DELETE FROM healthy_revisions WHERE stack = ?").run(stack));
    },
    healthyRevisions: () => database.use(readHealthyRevisions),
    close: () => {
      history.close();
      database.close();
    },
  };
}

function trim(db: DatabaseSync, table: string, order: string, maxRows: number): void {
  const count = Number(db.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.rows);
  if (count <= maxRows) return;
  db.prepare(
    `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} ORDER BY ${order} LIMIT ?)`,
  ).run(count - maxRows);
}
