// What survives a restart on this machine, in one SQLite file. Git and Dokploy are the truth: the file may
// be deleted at any time, also while it is open, and then only costs some observing.
import type { DatabaseSync } from "node:sqlite";
import { join, resolve } from "node:path";
import { silentLogger, type Logger } from "../lib/logger.ts";
import type { Intent, Store } from "../ports.ts";
import { openDatabase } from "./database.ts";
import { migrate } from "./schema.ts";

export interface StoreOptions {
  readonly logger?: Logger;
  /** Rows kept in each table; the oldest go first. */
  readonly maxRows?: number;
}

/** More stacks than one Dokploy server could hold. */
const defaultMaxRows = 20_000;

/**
 * Opens the store of a state folder, or begins one. A damaged file is moved aside, with a warning. Throws
 * `forbidden`, `invalid` or `unavailable` when the folder cannot be used; so do all its methods.
 */
export function openStore(stateDir: string, options: StoreOptions = {}): Store {
  const maxRows = options.maxRows ?? defaultMaxRows;
  const database = openDatabase({
    file: join(resolve(stateDir), "store.sqlite"),
    logger: options.logger ?? silentLogger,
    migrate,
    carry(from) {
      const intents = readIntents(from);
      const projects = readProjects(from);
      return (to) => {
        for (const intent of intents) writeIntent(to, intent);
        for (const [stack, projectId] of projects) writeProject(to, stack, projectId);
      };
    },
  });
  return {
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
    close: () => {
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
