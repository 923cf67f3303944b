// Rows of the revisions at which stacks were last healthy, and of what rollbacks left for them (H4).
import type { DatabaseSync } from "node:sqlite";
import type { HealthyRevision } from "../ports-store.ts";

export const healthyTables = `
  CREATE TABLE healthy_revisions (
    stack TEXT PRIMARY KEY NOT NULL,
    revision TEXT NOT NULL,
    hash TEXT NOT NULL,
    left_revision TEXT,
    left_hash TEXT,
    left_reason TEXT
  ) STRICT;`;

export function writeHealthyRevision(db: DatabaseSync, healthy: HealthyRevision): void {
  const { stack, revision, hash, left } = healthy;
  db.prepare(
    `INSERT OR REPLACE INTO healthy_revisions
       (stack, revision, hash, left_revision, left_hash, left_reason) VALUES (?, ?, ?, ?, ?, ?)`,
  ).run(stack, revision, hash, left?.revision ?? null, left?.hash ?? null, left?.reason ?? null);
}

export function readHealthyRevisions(db: DatabaseSync): ReadonlyMap<string, HealthyRevision> {
  const rows = db.prepare("SELECT * FROM healthy_revisions ORDER BY stack").all();
  return new Map(
    rows.map((row): readonly [string, HealthyRevision] => {
      const stack = String(row.stack);
      const left =
        row.left_revision === null
          ? null
          : {
              revision: String(row.left_revision),
              hash: String(row.left_hash),
              reason: String(row.left_reason),
            };
      return [stack, { stack, revision: String(row.revision), hash: String(row.hash), left }];
    }),
  );
}
