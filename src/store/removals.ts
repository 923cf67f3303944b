// Rows of what is being removed (O4) and of what outlives its manifest (O7).
import type { DatabaseSync } from "node:sqlite";
import type { StackOrigin, Tombstone } from "../ports-store.ts";

export const removalTables = `
  CREATE TABLE tombstones (
    id TEXT PRIMARY KEY NOT NULL,
    stack TEXT NOT NULL,
    kind TEXT NOT NULL,
    app_name TEXT,
    reason TEXT NOT NULL,
    since_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE origins (
    stack TEXT PRIMARY KEY NOT NULL,
    project TEXT NOT NULL,
    file TEXT NOT NULL
  ) STRICT;`;

/** Of those remembered before, nobody knows the owner. */
export const ownersOfOrigins = `
  ALTER TABLE origins ADD COLUMN owner TEXT;
  ALTER TABLE origins ADD COLUMN owner_known INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE origins ADD COLUMN has_left INTEGER NOT NULL DEFAULT 0;`;

/** Of those remembered before, all ran on Dokploy's own host. */
export const serversOfTombstones = `ALTER TABLE tombstones ADD COLUMN server_id TEXT;`;

/** What is remembered already keeps its date and its reason. */
export function writeTombstone(db: DatabaseSync, tombstone: Tombstone): void {
  const { id, stack, kind, appName, serverId = null, reason, sinceMs } = tombstone;
  db.prepare(
    `INSERT INTO tombstones (id, stack, kind, app_name, reason, since_ms, server_id)
     VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET stack = excluded.stack`,
  ).run(id, stack, kind, appName, reason, Math.round(sinceMs), serverId);
}

export function readTombstones(db: DatabaseSync): readonly Tombstone[] {
  return db
    .prepare("SELECT * FROM tombstones ORDER BY since_ms, id")
    .all()
    .map((row) => ({
      id: String(row.id),
      stack: String(row.stack),
      kind: row.kind as Tombstone["kind"],
      appName: row.app_name === null ? null : String(row.app_name),
      ...(row.server_id === null ? {} : { serverId: String(row.server_id) }),
      reason: String(row.reason),
      sinceMs: Number(row.since_ms),
    }));
}

export function writeStackOrigin(db: DatabaseSync, origin: StackOrigin): void {
  const { stack, project, file, owner, hasLeft = false } = origin;
  db.prepare(
    `INSERT INTO origins (stack, project, file, owner, owner_known, has_left)
     VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (stack) DO UPDATE SET project = excluded.project, file = excluded.file,
       owner = excluded.owner, owner_known = excluded.owner_known, has_left = excluded.has_left`,
  ).run(stack, project, file, owner ?? null, owner === undefined ? 0 : 1, hasLeft ? 1 : 0);
}

export function readStackOrigins(db: DatabaseSync): ReadonlyMap<string, StackOrigin> {
  const rows = db.prepare("SELECT * FROM origins ORDER BY stack").all();
  return new Map(
    rows.map((row): [string, StackOrigin] => {
      const stack = String(row.stack);
      const owner = row.owner === null ? null : String(row.owner);
      return [
        stack,
        {
          ...{ stack, project: String(row.project), file: String(row.file) },
          ...(row.owner_known === 1 ? { owner } : {}),
          ...(row.has_left === 1 ? { hasLeft: true } : {}),
        },
      ];
    }),
  );
}
