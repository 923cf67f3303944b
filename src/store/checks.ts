// Rows of what was said of commits, and of what the Git host has still to be told (P1).
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { CheckRow } from "../model/checks.ts";
import type { CheckStore, OwedCheck } from "../ports-forge.ts";
import type { StackChecks } from "../ports-portal.ts";
import { inOne } from "./database.ts";
import type { Database } from "./database.ts";

export const checkTables = `
  CREATE TABLE checks (
    id INTEGER PRIMARY KEY,
    sha TEXT NOT NULL,
    context TEXT NOT NULL,
    stack TEXT,
    reason TEXT NOT NULL,
    state TEXT NOT NULL,
    description TEXT NOT NULL,
    change TEXT,
    at_ms INTEGER NOT NULL,
    owed INTEGER NOT NULL,
    version INTEGER NOT NULL,
    UNIQUE (sha, context)
  ) STRICT;
  CREATE INDEX checks_owed ON checks (id) WHERE owed = 1;
  CREATE INDEX checks_pending ON checks (id) WHERE state = 'pending';`;

export const checksOfStackIndex = "CREATE INDEX checks_of_stack ON checks (stack, at_ms);";

/** `maxRows`: the oldest commits go first. */
export function createCheckStore(
  database: Database,
  maxRows: number,
): Omit<CheckStore & StackChecks, "written"> {
  return {
    saveChecks(rows) {
      database.use((db) => {
        inOne(db, () => {
          for (const row of rows) writeCheck(db, row);
          db.prepare("DELETE FROM checks WHERE id <= (SELECT max(id) FROM checks) - ?").run(
            maxRows,
          );
        });
      });
    },
    checks: (sha) =>
      database.use((db) =>
        db.prepare("SELECT * FROM checks WHERE sha = ? ORDER BY context").all(sha).map(rowOf),
      ),
    newestCommits: (limit) =>
      database.use((db) =>
        db
          .prepare(
            `SELECT sha FROM checks WHERE stack IS NULL AND context LIKE '%/reconcile'
             ORDER BY id DESC LIMIT ?`,
          )
          .all(limit)
          .map(({ sha }) => String(sha)),
      ),
    pendingChecks: () =>
      database.use((db) =>
        db.prepare("SELECT * FROM checks WHERE state = 'pending' ORDER BY id").all().map(rowOf),
      ),
    owedChecks: (limit) =>
      database.use((db) =>
        db
          .prepare("SELECT * FROM checks WHERE owed = 1 ORDER BY id LIMIT ?")
          .all(limit)
          .map(owedOf),
      ),
    owedCount: () =>
      database.use((db) =>
        Number(db.prepare("SELECT count(*) AS n FROM checks WHERE owed = 1").get()?.n ?? 0),
      ),
    newestCheck: (stack) =>
      database.use((db) => {
        const row = db
          .prepare("SELECT * FROM checks WHERE stack = ? ORDER BY at_ms DESC, id DESC LIMIT 1")
          .get(stack);
        return row === undefined ? null : rowOf(row);
      }),
    checkTold({ sha, context, version }) {
      database.use((db) =>
        db
          .prepare("UPDATE checks SET owed = 0 WHERE sha = ? AND context = ? AND version = ?")
          .run(sha, context, version),
      );
    },
  };
}

/** What is owed stays owed until it is told. A row keeps its place among the others: what was owed first is told first. */
export function writeCheck(db: DatabaseSync, row: CheckRow): void {
  db.prepare(
    `INSERT INTO checks (sha, context, stack, reason, state, description, change, at_ms, owed, version)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
     ON CONFLICT (sha, context) DO UPDATE SET
       stack = excluded.stack, reason = excluded.reason, state = excluded.state,
       description = excluded.description, change = excluded.change, at_ms = excluded.at_ms,
       owed = max(owed, excluded.owed), version = version + excluded.owed`,
  ).run(
    row.sha,
    row.context,
    row.stack,
    row.reason,
    row.state,
    row.description,
    row.change,
    Math.round(row.atMs),
    row.owed ? 1 : 0,
  );
}

export function readChecks(db: DatabaseSync): readonly CheckRow[] {
  return db.prepare("SELECT * FROM checks ORDER BY id").all().map(rowOf);
}

function owedOf(row: Record<string, SQLOutputValue>): OwedCheck {
  return { ...rowOf(row), version: Number(row.version) };
}

function rowOf(row: Record<string, SQLOutputValue>): CheckRow {
  const textOrNull = (value: SQLOutputValue | undefined): string | null =>
    typeof value === "string" ? value : null;
  return {
    sha: String(row.sha),
    context: String(row.context),
    stack: textOrNull(row.stack),
    reason: String(row.reason) as CheckRow["reason"],
    state: String(row.state) as CheckRow["state"],
    description: String(row.description),
    change: textOrNull(row.change) as CheckRow["change"],
    atMs: Number(row.at_ms),
    owed: row.owed === 1,
  };
}
