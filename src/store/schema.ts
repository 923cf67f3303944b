// The tables of the store, step by step: `user_version` counts the steps that were taken. Steps are only
// ever added.
import type { DatabaseSync } from "node:sqlite";
import { idsOfEvents } from "./event-rows.ts";
import { dataOfHistory } from "./history-rows.ts";
import { healthyTables } from "./healthy-revisions.ts";
import { memoTables } from "./memos.ts";
import { checkTables, checksOfStackIndex } from "./checks.ts";
import { deploymentTables } from "./deployments.ts";
import { ownersOfOrigins, removalTables, serversOfTombstones } from "./removals.ts";
import { sessionTables } from "./sessions.ts";
import { suspensionTables } from "./suspensions.ts";

const steps: readonly string[] = [
  `CREATE TABLE intents (
     resource TEXT PRIMARY KEY NOT NULL,
     at_ms INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE known_projects (
     stack TEXT PRIMARY KEY NOT NULL,
     project_id TEXT NOT NULL
   ) STRICT;`,
  `CREATE TABLE runs (
     id INTEGER PRIMARY KEY,
     stack TEXT NOT NULL,
     revision TEXT NOT NULL,
     started_ms INTEGER NOT NULL,
     ended_ms INTEGER NOT NULL,
     outcome TEXT NOT NULL,
     message TEXT NOT NULL,
     reasons TEXT NOT NULL
   ) STRICT;
   CREATE INDEX runs_of_stack ON runs (stack);
   CREATE INDEX runs_by_age ON runs (ended_ms);
   CREATE TABLE actions (
     id INTEGER PRIMARY KEY,
     run INTEGER NOT NULL,
     title TEXT NOT NULL,
     status TEXT NOT NULL,
     message TEXT NOT NULL,
     reason TEXT NOT NULL
   ) STRICT;
   CREATE INDEX actions_of_run ON actions (run);
   CREATE TABLE events (
     id INTEGER PRIMARY KEY,
     at_ms INTEGER NOT NULL,
     kind TEXT NOT NULL,
     level TEXT NOT NULL,
     stack TEXT,
     revision TEXT,
     message TEXT NOT NULL
   ) STRICT;
   CREATE INDEX events_of_stack ON events (stack);
   CREATE INDEX events_by_age ON events (at_ms);
   CREATE TABLE backoffs (
     stack TEXT PRIMARY KEY NOT NULL,
     failures INTEGER NOT NULL,
     due_ms INTEGER NOT NULL,
     input TEXT NOT NULL
   ) STRICT;`,
  removalTables,
  suspensionTables,
  healthyTables,
  memoTables,
  checkTables,
  dataOfHistory,
  `${deploymentTables} ${checksOfStackIndex}`,
  sessionTables,
  idsOfEvents,
  ownersOfOrigins,
  serversOfTombstones,
];

export const schemaVersion = steps.length;

function versionOf(db: DatabaseSync): number {
  return Number(db.prepare("PRAGMA user_version").get()?.user_version);
}

/**
 * Brings the tables up to date. False when a newer Capstan made them: nothing is changed then. `to`: stops at
 * an older version, as tests of updates need it.
 */
export function migrate(db: DatabaseSync, to = schemaVersion): boolean {
  if (versionOf(db) > schemaVersion) return false;
  // Taken at once, so that of two processes that start together one waits and finds the work done.
  db.exec("BEGIN IMMEDIATE");
  try {
    for (let version = versionOf(db); version < to; version++) {
      db.exec(`${steps[version] ?? ""} PRAGMA user_version = ${version + 1}`);
    }
    db.exec("COMMIT");
  } catch (error) {
    // A full disk may have ended the transaction by itself.
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
  return true;
}
