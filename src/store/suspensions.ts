// Rows of what people suspended, beside what Git suspends (H6).
import type { DatabaseSync } from "node:sqlite";
import type { Suspension } from "../ports-store.ts";

export const suspensionTables = `
  CREATE TABLE suspensions (
    stack TEXT PRIMARY KEY NOT NULL,
    asked_by TEXT NOT NULL,
    since_ms INTEGER NOT NULL
  ) STRICT;`;

export function writeSuspension(db: DatabaseSync, { stack, by, sinceMs }: Suspension): void {
  db.prepare(
    `INSERT INTO suspensions (stack, asked_by, since_ms) VALUES (?, ?, ?)
     ON CONFLICT (stack) DO UPDATE SET asked_by = excluded.asked_by, since_ms = excluded.since_ms`,
  ).run(stack, by, Math.round(sinceMs));
}

export function readSuspensions(db: DatabaseSync): readonly Suspension[] {
  return db
    .prepare("SELECT * FROM suspensions ORDER BY stack")
    .all()
    .map((row) => ({
      stack: String(row.stack),
      by: String(row.asked_by),
      sinceMs: Number(row.since_ms),
    }));
}
