// The tables of the store, step by step: `user_version` counts the steps that were taken. Steps are only
// ever added.
import type { DatabaseSync } from "node:sqlite";

const steps: readonly string[] = [
  `CREATE TABLE intents (
     resource TEXT PRIMARY KEY NOT NULL,
     at_ms INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE known_projects (
     stack TEXT PRIMARY KEY NOT NULL,
     project_id TEXT NOT NULL
   ) STRICT;`,
];

export const schemaVersion = steps.length;

function versionOf(db: DatabaseSync): number {
  return Number(db.prepare("PRAGMA user_version").get()?.user_version);
}

/** Brings the tables up to date. False when a newer Capstan made them: nothing is changed then. */
export function migrate(db: DatabaseSync): boolean {
  if (versionOf(db) > schemaVersion) return false;
  // Taken at once, so that of two processes that start together one waits and finds the work done.
  db.exec("BEGIN IMMEDIATE");
  try {
    for (let version = versionOf(db); version < schemaVersion; version++) {
      db.exec(`${steps[version] ?? ""} PRAGMA user_version = ${version + 1}`);
    }
    db.exec("COMMIT");
  } catch (error) {
    db.exec("ROLLBACK");
    throw error;
  }
  return true;
}
