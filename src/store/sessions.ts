// Rows of who is signed in. They are not carried over into a new store: people sign in again.
import type { DatabaseSync } from "node:sqlite";
import type { Role } from "../model/person.ts";
import type { SessionRecord, SessionStore } from "../ports-sessions.ts";
import { inOne } from "./database.ts";
import type { Database } from "./database.ts";

export const sessionTables = `
  CREATE TABLE sessions (
    id_hash TEXT PRIMARY KEY NOT NULL,
    person_id TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT,
    role TEXT NOT NULL,
    proof TEXT NOT NULL,
    started_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX sessions_of_person ON sessions (person_id);
  CREATE INDEX sessions_by_end ON sessions (expires_ms);`;

/** Enough for a token that a team shares; one person cannot push the others out. */
const mostOfOnePerson = 100;

function write(db: DatabaseSync, session: SessionRecord): void {
  const { person } = session;
  db.prepare(
    `INSERT INTO sessions (id_hash, person_id, name, email, role, proof, started_ms, expires_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    session.idHash,
    person.id,
    person.name,
    person.email,
    person.role,
    session.proof,
    Math.round(session.startedAtMs),
    Math.round(session.expiresAtMs),
  );
}

function trim(db: DatabaseSync, personId: string, maxRows: number): void {
  db.prepare(
    `DELETE FROM sessions WHERE rowid IN (
       SELECT rowid FROM sessions WHERE person_id = ? ORDER BY started_ms DESC, rowid DESC
       LIMIT -1 OFFSET ?)`,
  ).run(personId, mostOfOnePerson);
  const count = Number(db.prepare("SELECT count(*) AS rows FROM sessions").get()?.rows);
  if (count <= maxRows) return;
  db.prepare(
    `DELETE FROM sessions WHERE rowid IN (
       SELECT rowid FROM sessions ORDER BY started_ms, rowid LIMIT ?)`,
  ).run(count - maxRows);
}

export function createSessionStore(
  database: Database,
  maxRows: number,
): Omit<SessionStore, "written" | "caughtUp"> {
  return {
    saveSession(session) {
      database.use((db) => {
        inOne(db, () => {
          db.prepare("DELETE FROM sessions WHERE expires_ms <= ?").run(
            Math.round(session.startedAtMs),
          );
          write(db, session);
          trim(db, session.person.id, maxRows);
        });
      });
    },
    session: (idHash) =>
      database.use((db) => {
        const row = db.prepare("SELECT * FROM sessions WHERE id_hash = ?").get(idHash);
        if (row === undefined) return null;
        return {
          idHash,
          person: {
            id: String(row.person_id),
            name: String(row.name),
            email: row.email === null ? null : String(row.email),
            role: row.role as Role,
          },
          proof: String(row.proof),
          startedAtMs: Number(row.started_ms),
          expiresAtMs: Number(row.expires_ms),
        };
      }),
    removeSession(idHash) {
      database.use((db) => db.prepare("DELETE FROM sessions WHERE id_hash = ?").run(idHash));
    },
  };
}
