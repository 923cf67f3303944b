// Rows of creates that were sent (W3), and of projects that carried our marker (O1).
import type { DatabaseSync } from "node:sqlite";
import type { Intent } from "../ports-store.ts";

export function writeIntent(db: DatabaseSync, { resource, atMs }: Intent): void {
  db.prepare(
    `INSERT INTO intents (resource, at_ms) VALUES (?, ?)
     ON CONFLICT (resource) DO UPDATE SET at_ms = excluded.at_ms`,
  ).run(resource, Math.round(atMs));
}

export function readIntents(db: DatabaseSync): readonly Intent[] {
  return db
    .prepare("SELECT resource, at_ms FROM intents ORDER BY at_ms, resource")
    .all()
    .map((row) => ({ resource: String(row.resource), atMs: Number(row.at_ms) }));
}

/** Saved on every pass: what is known already is not written again. */
export function writeProject(db: DatabaseSync, stack: string, projectId: string): void {
  db.prepare(
    `INSERT INTO known_projects (stack, project_id) VALUES (?, ?)
     ON CONFLICT (stack) DO UPDATE SET project_id = excluded.project_id
     WHERE project_id <> excluded.project_id`,
  ).run(stack, projectId);
}

export function readProjects(db: DatabaseSync): ReadonlyMap<string, string> {
  const rows = db.prepare("SELECT stack, project_id FROM known_projects ORDER BY stack").all();
  return new Map(rows.map((row) => [String(row.stack), String(row.project_id)]));
}
