// Rows of the portal's deployments: who asked for which stack, and the commit that it became.
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { z } from "zod";
import type { DeploymentRecord } from "../model/deployment.ts";
import { roles } from "../model/person.ts";
import type { DeploymentStore } from "../ports-portal.ts";
import type { Database } from "./database.ts";

export const deploymentTables = `
  CREATE TABLE deployments (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    started_ms INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX deployments_of_name ON deployments (name, started_ms);
  CREATE INDEX deployments_open ON deployments (started_ms) WHERE ended = 0;`;

const recordSchema: z.ZodType<DeploymentRecord> = z.object({
  id: z.string(),
  name: z.string(),
  template: z.string(),
  owner: z.object({ id: z.string(), name: z.string(), role: z.enum(roles) }),
  url: z.string().nullable(),
  startedAtMs: z.number(),
  sha: z.string().nullable(),
  review: z.object({ number: z.number(), url: z.string() }).nullable(),
  writtenAtMs: z.number().nullable(),
  end: z
    .object({
      atMs: z.number(),
      status: z.enum(["completed", "failed"]),
      error: z.object({ message: z.string(), log: z.array(z.string()) }).nullable(),
    })
    .nullable(),
});

export function writeDeployment(db: DatabaseSync, record: DeploymentRecord): void {
  db.prepare(
    `INSERT INTO deployments (id, name, started_ms, ended, record) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET ended = excluded.ended, record = excluded.record`,
  ).run(
    record.id,
    record.name,
    Math.round(record.startedAtMs),
    record.end === null ? 0 : 1,
    JSON.stringify(record),
  );
}

export function readDeployments(db: DatabaseSync): readonly DeploymentRecord[] {
  return recordsOf(db.prepare("SELECT record FROM deployments ORDER BY started_ms").all());
}

/** A row that another version wrote and this one cannot read is as if it were not there. */
function recordsOf(rows: readonly Record<string, SQLOutputValue>[]): DeploymentRecord[] {
  return rows.flatMap(({ record }) => {
    try {
      const parsed = recordSchema.safeParse(JSON.parse(String(record)));
      return parsed.success ? [parsed.data] : [];
    } catch {
      return [];
    }
  });
}

export function createDeploymentStore(
  database: Database,
  maxRows: number,
): Omit<DeploymentStore, "written" | "caughtUp"> {
  return {
    saveDeployment(record) {
      database.use((db) => {
        writeDeployment(db, record);
        db.prepare(
          `DELETE FROM deployments WHERE id IN
             (SELECT id FROM deployments ORDER BY started_ms DESC, rowid DESC LIMIT -1 OFFSET ?)`,
        ).run(maxRows);
      });
    },
    deployment: (id) =>
      database.use(
        (db) =>
          recordsOf(db.prepare("SELECT record FROM deployments WHERE id = ?").all(id))[0] ?? null,
      ),
    openDeployments: () =>
      database.use((db) =>
        recordsOf(
          db.prepare("SELECT record FROM deployments WHERE ended = 0 ORDER BY started_ms").all(),
        ),
      ),
    newestDeployments: (owner, limit) =>
      database.use((db) =>
        recordsOf(
          db
            .prepare(
              `SELECT record FROM deployments WHERE ?1 IS NULL OR record ->> '$.owner.id' = ?1
               ORDER BY started_ms DESC, rowid DESC LIMIT ?2`,
            )
            .all(owner, limit),
        ),
      ),
    deploymentsOf: (name, limit) =>
      database.use((db) =>
        recordsOf(
          db
            .prepare(
              "SELECT record FROM deployments WHERE name = ? ORDER BY started_ms DESC, rowid DESC LIMIT ?",
            )
            .all(name, limit),
        ),
      ),
  };
}
