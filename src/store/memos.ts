// Rows of what the engine likes to find again after a restart: asked for, fought over, begun. Nothing here
// fails whoever remembers: what cannot be written is told to the log once and forgotten with the process.
import type { DatabaseSync } from "node:sqlite";
import { describeError } from "../lib/errors.ts";
import type { Logger } from "../lib/logger.ts";
import type { Memo, Store } from "../ports-store.ts";
import type { Database } from "./database.ts";

export const memoTables = `
  CREATE TABLE memos (
    kind TEXT NOT NULL,
    stack TEXT NOT NULL,
    key TEXT NOT NULL,
    text TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (kind, stack, key)
  ) STRICT;`;

/** More is no memo. */
const longestText = 20_000;

export function writeMemo(db: DatabaseSync, { kind, stack, key, text, atMs }: Memo): void {
  db.prepare(
    `INSERT INTO memos (kind, stack, key, text, at_ms) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (kind, stack, key) DO UPDATE SET text = excluded.text, at_ms = excluded.at_ms`,
  ).run(kind, stack, key, text, Math.round(atMs));
}

export function readMemos(db: DatabaseSync): readonly Memo[] {
  return db
    .prepare("SELECT * FROM memos ORDER BY at_ms, kind, stack, key")
    .all()
    .map((row) => ({
      kind: row.kind as Memo["kind"],
      stack: String(row.stack),
      key: String(row.key),
      text: String(row.text),
      atMs: Number(row.at_ms),
    }));
}

/** The oldest go first. */
function trim(db: DatabaseSync, maxRows: number): void {
  const count = Number(db.prepare("SELECT count(*) AS rows FROM memos").get()?.rows);
  if (count <= maxRows) return;
  db.prepare(
    "DELETE FROM memos WHERE rowid IN (SELECT rowid FROM memos ORDER BY at_ms, rowid LIMIT ?)",
  ).run(count - maxRows);
}

export function createMemos(
  database: Database,
  logger: Logger,
  maxRows: number,
): Pick<Store, "saveMemo" | "removeMemo" | "memos"> {
  let isFailing = false;

  function guarded<T>(work: (db: DatabaseSync) => T, otherwise: T): T {
    try {
      const value = database.use(work);
      isFailing = false;
      return value;
    } catch (error) {
      if (!isFailing) {
        logger.warn({ error: describeError(error) }, "memos cannot be kept, going on without");
      }
      isFailing = true;
      return otherwise;
    }
  }

  return {
    saveMemo(memo) {
      if (memo.text.length > longestText) return;
      guarded((db) => {
        writeMemo(db, memo);
        trim(db, maxRows);
      }, undefined);
    },
    removeMemo(kind, stack, key) {
      guarded((db) => {
        db.prepare("DELETE FROM memos WHERE kind = ? AND stack = ? AND key = ?").run(
          kind,
          stack,
          key,
        );
      }, undefined);
    },
    memos: () => guarded(readMemos, []),
  };
}
