// What a process that led recorded and could not write any more before another one took over: it is handed to that one,
// so that no event is lost. What had reached the database after all is not taken a second time.
import type { DatabaseSync } from "node:sqlite";
import type { RunRecord } from "../../model/history.ts";
import type { Event } from "../../model/status.ts";
import { parseEventId } from "../../model/event-id.ts";
import { inOne } from "../database.ts";
import type { Row, TableChange, TableShape } from "./picture.ts";

interface Left {
  /** As they stood in the tables. */
  readonly rows: Readonly<Record<"events" | "runs" | "actions", readonly Row[]>>;
  /** What was recorded later, until the process ended. */
  readonly events: readonly Event[];
  readonly runs: readonly RunRecord[];
}

export type LateHistory = Pick<Left, "events" | "runs">;

/** Null when there is nothing of it. `waiting`: what was not written. */
export function leftHistory(
  waiting: readonly TableChange[],
  late: LateHistory = { events: [], runs: [] },
): string | null {
  const rowsOf = (name: string): readonly Row[] =>
    waiting.filter(({ table }) => table === name).flatMap(({ rows }) => rows);
  const rows = { events: rowsOf("events"), runs: rowsOf("runs"), actions: rowsOf("actions") };
  const all = [rows.events, rows.runs, late.events, late.runs];
  return all.every(({ length }) => length === 0) ? null : JSON.stringify({ rows, ...late });
}

function isThere(db: DatabaseSync, table: string, row: Row, columns: readonly string[]): boolean {
  const where = columns.map((column) => `${column} IS ?`).join(" AND ");
  const values = columns.map((column) => row[column] ?? null);
  return db.prepare(`SELECT 1 FROM ${table} WHERE ${where} LIMIT 1`).get(...values) !== undefined;
}

/** What tells one of them from all others, whatever its row is called. */
const ofEvent = ["epoch", "number", "at_ms", "message"];
const ofRun = ["stack", "started_ms", "ended_ms", "outcome"];

function rowOfEvent({ id, atMs, message }: Event): Row {
  const { epoch = null, number = null } = (id === undefined ? null : parseEventId(id)) ?? {};
  return { epoch, number, at_ms: Math.round(atMs), message };
}

function rowOfRun({ stack, startedAtMs, endedAtMs, outcome }: RunRecord): Row {
  return { stack, started_ms: Math.round(startedAtMs), ended_ms: Math.round(endedAtMs), outcome };
}

/** Takes it in under ids of this process; what is to be recorded beside that, and is not there yet. */
export function adoptHistory(
  db: DatabaseSync,
  shapes: readonly TableShape[],
  text: string,
): LateHistory {
  const { rows: left, events, runs } = JSON.parse(text) as Left;
  const columnsOf = (table: string): readonly string[] =>
    (shapes.find(({ name }) => name === table)?.columns ?? [])
      .map(({ name }) => name)
      .filter((name) => name !== "id");
  function insert(table: string, row: Row): number {
    const columns = columnsOf(table);
    const marks = columns.map(() => "?").join(", ");
    const values = columns.map((column) => row[column] ?? null);
    const sql = `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${marks})`;
    return Number(db.prepare(sql).run(...values).lastInsertRowid);
  }
  inOne(db, () => {
    for (const row of left.events) {
      if (!isThere(db, "events", row, ofEvent)) insert("events", row);
    }
    for (const row of left.runs) {
      if (isThere(db, "runs", row, ofRun)) continue;
      const run = insert("runs", row);
      for (const action of left.actions) {
        if (action.run === row.id) insert("actions", { ...action, run });
      }
    }
  });
  return {
    events: events.filter((event) => !isThere(db, "events", rowOfEvent(event), ofEvent)),
    runs: runs.filter((run) => !isThere(db, "runs", rowOfRun(run), ofRun)),
  };
}
