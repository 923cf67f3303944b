// The tables in PostgreSQL, step by step: `capstan_versions` tells which steps were taken. Steps are only ever added.
// Each table of the store is here with the same columns as in a file (`store/schema.ts`), the scope that it belongs to
// and the number of the change that wrote it last.
import { CapstanError } from "../../lib/errors.ts";
import type { Client } from "./link.ts";
import { inTransaction } from "./link.ts";

const steps: readonly string[] = [
  // One row for each store that shares this database: one for each server of Dokploy.
  `CREATE TABLE capstan_scopes (
     scope TEXT PRIMARY KEY,
     seq BIGINT NOT NULL DEFAULT 0,
     fence BIGINT NOT NULL DEFAULT 0,
     holder TEXT
   );
   CREATE TABLE capstan_changes (
     scope TEXT NOT NULL,
     seq BIGINT NOT NULL,
     writer TEXT NOT NULL,
     rows TEXT NOT NULL,
     PRIMARY KEY (scope, seq)
   );
   CREATE TABLE capstan_key (
     one BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (one),
     key BYTEA NOT NULL
   );
   CREATE TABLE capstan_intents (
     scope TEXT NOT NULL, written BIGINT NOT NULL,
     resource TEXT NOT NULL,
     at_ms BIGINT NOT NULL,
     PRIMARY KEY (scope, resource)
   );
   CREATE TABLE capstan_known_projects (
     scope TEXT NOT NULL, written BIGINT NOT NULL,
     stack TEXT NOT NULL,
     project_id TEXT NOT NULL,
     PRIMARY KEY (scope, stack)
   );
   CREATE TABLE capstan_runs (
     scope TEXT NOT NULL, written BIGINT NOT NULL,
     id BIGINT NOT NULL,
     stack TEXT NOT NULL,
     revision TEXT NOT NULL,
     started_ms BIGINT NOT NULL,
     ended_ms BIGINT NOT NULL,
     outcome TEXT NOT NULL,
     message TEXT NOT NULL,
     reasons TEXT NOT NULL,
     PRIMARY KEY (scope, id)
   );
   CREATE TABLE capstan_actions (
     scope TEXT NOT NULL, written BIGINT NOT NULL,
     id BIGINT NOT NULL,
     run BIGINT NOT NULL,
     title TEXT NOT NULL,
     status TEXT NOT NULL,
     message TEXT NOT NULL,
     reason TEXT NOT NULL,
     type TEXT,
     service TEXT,
     cause TEXT,
     PRIMARY KEY (scope, id)
   );
   CREATE TABLE capstan_events (
     scope TEXT NOT NULL, written BIGINT NOT NULL,
     id BIGINT NOT NULL,
     at_ms BIGINT NOT NULL,
     kind TEXT NOT NULL,
     level TEXT NOT NULL,
     stack TEXT,
     revision TEXT,
     message TEXT NOT NULL,
     data TEXT,
     epoch TEXT,
     number BIGINT,
     PRIMARY KEY (scope, id)
   );
   CREATE TABLE capstan_backoffs (
     scope TEXT NOT NULL, written BIGINT NOT NULL,
     stack TEXT NOT NULL,
     failures BIGINT NOT NULL,
     due_ms BIGINT NOT NULL,
     input TEXT NOT NULL,
     PRIMARY KEY (scope, stack)
   );
   CREATE TABLE capstan_tombstones (
     scope TEXT NOT NULL, written BIGINT NOT NULL,
     id TEXT NOT NULL,
     stack TEXT NOT NULL,
     kind TEXT NOT NULL,
     app_name TEXT,
     reason TEXT NOT NULL,
     since_ms BIGINT NOT NULL,
     server_id TEXT,
     PRIMARY KEY (scope, id)
   );
   CREATE TABLE capstan_origins (
     scope TEXT NOT NULL, written BIGINT NOT NULL,
     stack TEXT NOT NULL,
     project TEXT NOT NULL,
     file TEXT NOT NULL,
     owner TEXT,
     owner_known BIGINT NOT NULL DEFAULT 0,
     has_left BIGINT NOT NULL DEFAULT 0,
     PRIMARY KEY (scope, stack)
   );
   CREATE TABLE capstan_suspensions (
     scope TEXT NOT NULL, written BIGINT NOT NULL,
     stack TEXT NOT NULL,
     asked_by TEXT NOT NULL,
     since_ms BIGINT NOT NULL,
     PRIMARY KEY (scope, stack)
   );
   CREATE TABLE capstan_healthy_revisions (
     scope TEXT NOT NULL, written BIGINT NOT NULL,
     stack TEXT NOT NULL,
     revision TEXT NOT NULL,
     hash TEXT NOT NULL,
     left_revision TEXT,
     left_hash TEXT,
     left_reason TEXT,
     PRIMARY KEY (scope, stack)
   );
   CREATE TABLE capstan_memos (
     scope TEXT NOT NULL, written BIGINT NOT NULL,
     kind TEXT NOT NULL,
     stack TEXT NOT NULL,
     key TEXT NOT NULL,
     text TEXT NOT NULL,
     at_ms BIGINT NOT NULL,
     PRIMARY KEY (scope, kind, stack, key)
   );
   CREATE TABLE capstan_checks (
     scope TEXT NOT NULL, written BIGINT NOT NULL,
     id BIGINT NOT NULL,
     sha TEXT NOT NULL,
     context TEXT NOT NULL,
     stack TEXT,
     reason TEXT NOT NULL,
     state TEXT NOT NULL,
     description TEXT NOT NULL,
     change TEXT,
     at_ms BIGINT NOT NULL,
     owed BIGINT NOT NULL,
     version BIGINT NOT NULL,
     PRIMARY KEY (scope, id)
   );
   CREATE TABLE capstan_deployments (
     scope TEXT NOT NULL, written BIGINT NOT NULL,
     id TEXT NOT NULL,
     name TEXT NOT NULL,
     started_ms BIGINT NOT NULL,
     ended BIGINT NOT NULL,
     record TEXT NOT NULL,
     PRIMARY KEY (scope, id)
   );
   CREATE TABLE capstan_sessions (
     scope TEXT NOT NULL, written BIGINT NOT NULL,
     id_hash TEXT NOT NULL,
     person_id TEXT NOT NULL,
     name TEXT NOT NULL,
     email TEXT,
     role TEXT NOT NULL,
     proof TEXT NOT NULL,
     started_ms BIGINT NOT NULL,
     expires_ms BIGINT NOT NULL,
     PRIMARY KEY (scope, id_hash)
   );`,
  `CREATE TABLE capstan_orders (
     scope TEXT NOT NULL,
     id TEXT NOT NULL,
     kind TEXT NOT NULL,
     body TEXT NOT NULL,
     asked_at TIMESTAMPTZ NOT NULL DEFAULT now(),
     taken_by BIGINT,
     answer TEXT,
     PRIMARY KEY (scope, id)
   );`,
  `CREATE TABLE capstan_replicas (
     scope TEXT NOT NULL,
     id TEXT NOT NULL,
     title TEXT NOT NULL,
     since TIMESTAMPTZ NOT NULL DEFAULT now(),
     heard_at TIMESTAMPTZ NOT NULL DEFAULT now(),
     leads JSONB NOT NULL,
     waits JSONB NOT NULL,
     PRIMARY KEY (scope, id)
   );`,
];

export const postgresVersion = steps.length;

/** Any number that no other program uses for its advisory locks. */
const migrationLock = 4_716_223_801;

/**
 * Brings the tables up to date; of processes that start together one does, and the others wait. Throws `unsupported`
 * when a newer Capstan made them.
 */
export async function migrateDatabase(client: Client): Promise<void> {
  await inTransaction(client, async () => {
    await client.query("SELECT pg_advisory_xact_lock($1)", [migrationLock]);
    await client.query(
      `CREATE TABLE IF NOT EXISTS capstan_versions (
         version BIGINT PRIMARY KEY, taken_at TIMESTAMPTZ NOT NULL DEFAULT now())`,
    );
    const { rows } = await client.query<{ version: number | null }>(
      "SELECT max(version) AS version FROM capstan_versions",
    );
    const version = rows[0]?.version ?? 0;
    if (version > postgresVersion) {
      throw new CapstanError("unsupported", "a newer Capstan made the tables in the database", {
        hint: "run that version here too, or set DATABASE_URL to another database",
      });
    }
    for (const [index, step] of steps.entries()) {
      if (index < version) continue;
      await client.query(step);
      await client.query("INSERT INTO capstan_versions (version) VALUES ($1)", [index + 1]);
    }
  });
}
