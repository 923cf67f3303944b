// What survives a restart on this machine, in one SQLite file. Git and Dokploy are the truth: the file may
// be deleted at any time, also while it is open, and then only costs some observing.
import type { DatabaseSync } from "node:sqlite";
import { join, resolve } from "node:path";
import { systemClock, type Clock } from "../lib/clock.ts";
import { silentLogger, type Logger } from "../lib/logger.ts";
import type { CheckStore } from "../ports-forge.ts";
import type { DeploymentStore, StackChecks } from "../ports-portal.ts";
import type { SessionStore } from "../ports-sessions.ts";
import type { Intent, Store } from "../ports-store.ts";
import { inOne, openDatabase } from "./database.ts";
import { createCheckStore, readChecks, writeCheck } from "./checks.ts";
import { readHealthyRevisions, writeHealthyRevision } from "./healthy-revisions.ts";
import { createDeploymentStore, readDeployments, writeDeployment } from "./deployments.ts";
import { createHistory } from "./history.ts";
import { readBackoffs, writeBackoffs } from "./history-rows.ts";
import { createMemos, readMemos, writeMemo } from "./memos.ts";
import { readStackOrigins, readTombstones, writeStackOrigin, writeTombstone } from "./removals.ts";
import { migrate } from "./schema.ts";
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

/** More stacks than one Dokploy server could hold. */
const defaultMaxRows = 20_000;
/** Some ten megabytes. */
const defaultHistoryRows = 50_000;
const defaultHistoryAgeMs = 90 * 24 * 3_600_000;

/**
 * Opens the store of a state folder, or begins one. A damaged file is moved aside, with a warning. Throws
 * `forbidden`, `invalid` or `unavailable` when the folder cannot be used; so do all its methods.
 */
export function openStore(
  stateDir: string,
  options: StoreOptions = {},
): Store & CheckStore & StackChecks & DeploymentStore & SessionStore {
  const maxRows = options.maxRows ?? defaultMaxRows;
  const logger = options.logger ?? silentLogger;
  const database = openDatabase({
    file: join(resolve(stateDir), "store.sqlite"),
    logger,
    migrate,
    carry(from) {
      const intents = readIntents(from);
      const projects = readProjects(from);
      const tombstones = readTombstones(from);
      const origins = readStackOrigins(from);
      const suspensions = readSuspensions(from);
      const healthy = readHealthyRevisions(from);
      const memos = readMemos(from);
      const checks = readChecks(from);
      const deployments = readDeployments(from);
      const backoffs = new Map(readBackoffs(from).map((backoff) => [backoff.stack, backoff]));
      return (to) => {
        for (const intent of intents) writeIntent(to, intent);
        for (const [stack, projectId] of projects) writeProject(to, stack, projectId);
        for (const tombstone of tombstones) writeTombstone(to, tombstone);
        for (const origin of origins.values()) writeStackOrigin(to, origin);
        for (const suspension of suspensions) writeSuspension(to, suspension);
        for (const one of healthy.values()) writeHealthyRevision(to, one);
        for (const memo of memos) writeMemo(to, memo);
        for (const check of checks) writeCheck(to, check);
        for (const deployment of deployments) writeDeployment(to, deployment);
        writeBackoffs(to, backoffs);
      };
    },
  });
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

function writeIntent(db: DatabaseSync, { resource, atMs }: Intent): void {
  db.prepare(
    `INSERT INTO intents (resource, at_ms) VALUES (?, ?)
     ON CONFLICT (resource) DO UPDATE SET at_ms = excluded.at_ms`,
  ).run(resource, Math.round(atMs));
}

function readIntents(db: DatabaseSync): readonly Intent[] {
  return db
    .prepare("SELECT resource, at_ms FROM intents ORDER BY at_ms, resource")
    .all()
    .map((row) => ({ resource: String(row.resource), atMs: Number(row.at_ms) }));
}

/** Saved on every pass: what is known already is not written again. */
function writeProject(db: DatabaseSync, stack: string, projectId: string): void {
  db.prepare(
    `INSERT INTO known_projects (stack, project_id) VALUES (?, ?)
     ON CONFLICT (stack) DO UPDATE SET project_id = excluded.project_id
     WHERE project_id <> excluded.project_id`,
  ).run(stack, projectId);
}

function readProjects(db: DatabaseSync): ReadonlyMap<string, string> {
  const rows = db.prepare("SELECT stack, project_id FROM known_projects ORDER BY stack").all();
  return new Map(rows.map((row) => [String(row.stack), String(row.project_id)]));
}

function trim(db: DatabaseSync, table: string, order: string, maxRows: number): void {
  const count = Number(db.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.rows);
  if (count <= maxRows) return;
  db.prepare(
    `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} ORDER BY ${order} LIMIT ?)`,
  ).run(count - maxRows);
}
