// Runs and backoffs as rows: how each is written and read, and how they and events are kept within their bounds.
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { causeSchema } from "../model/cause.ts";
import type { Cause } from "../model/cause.ts";
import { actionTypeSchema } from "../model/event-data.ts";
import type { ActionRecord, BackoffRecord, RunRecord } from "../model/history.ts";

export interface HistoryBounds {
  /** Runs, and events, that are kept. */
  readonly maxRows: number;
  /** Counted back from the newest one. */
  readonly maxAgeMs: number;
}

/**
 * What events and actions say as data. Older rows stay without it, but for the one thing that is still decided
 * by them: which deploys were done, and which of those only went on.
 */
export const dataOfHistory = `
  ALTER TABLE events ADD COLUMN data TEXT;
  ALTER TABLE actions ADD COLUMN type TEXT;
  ALTER TABLE actions ADD COLUMN service TEXT;
  ALTER TABLE actions ADD COLUMN cause TEXT;
  UPDATE actions SET type = 'rollout', service = substr(title, 8) WHERE title LIKE 'deploy %';
  UPDATE actions SET cause = '{"kind":"resumed"}'
    WHERE type = 'rollout' AND reason LIKE 'its rollout has not been seen healthy yet%';`;

/** Actions that are kept for each run, on the average. */
const actionsPerRun = 4;

export type Row = Record<string, SQLOutputValue>;

export function writeRuns(db: DatabaseSync, runs: readonly RunRecord[]): void {
  const run = db.prepare(
    `INSERT INTO runs (stack, revision, started_ms, ended_ms, outcome, message, reasons)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const action = db.prepare(
    `INSERT INTO actions (run, title, status, message, reason, type, service, cause)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  for (const one of runs) {
    const { lastInsertRowid } = run.run(
      one.stack,
      one.revision,
      Math.round(one.startedAtMs),
      Math.round(one.endedAtMs),
      one.outcome,
      one.message,
      JSON.stringify(one.reasons),
    );
    for (const { title, status, message, reason, type, service, cause } of one.actions) {
      const data = cause === null ? null : JSON.stringify(cause);
      action.run(lastInsertRowid, title, status, message, reason, type, service, data);
    }
  }
}

/** Null removes. */
export function writeBackoffs(
  db: DatabaseSync,
  backoffs: ReadonlyMap<string, BackoffRecord | null>,
): void {
  const save = db.prepare(
    `INSERT INTO backoffs (stack, failures, due_ms, input) VALUES (?, ?, ?, ?)
     ON CONFLICT (stack) DO UPDATE SET
       failures = excluded.failures, due_ms = excluded.due_ms, input = excluded.input`,
  );
  const remove = db.prepare("DELETE FROM backoffs WHERE stack = ?");
  for (const [stack, backoff] of backoffs) {
    if (backoff === null) remove.run(stack);
    else save.run(stack, backoff.failures, Math.round(backoff.dueAtMs), backoff.input);
  }
}

/** Ids only grow, so that nothing is counted. */
export function trimHistory(db: DatabaseSync, { maxRows, maxAgeMs }: HistoryBounds): void {
  for (const [table, at, rows] of [
    ["runs", "ended_ms", maxRows],
    ["events", "at_ms", maxRows],
  ] as const) {
    db.prepare(`DELETE FROM ${table} WHERE id <= (SELECT max(id) FROM ${table}) - ?`).run(rows);
    db.prepare(
      `DELETE FROM ${table}
       WHERE ${at} < (SELECT ${at} FROM ${table} ORDER BY id DESC LIMIT 1) - ?`,
    ).run(maxAgeMs);
  }
  db.prepare(`DELETE FROM actions WHERE id <= (SELECT max(id) FROM actions) - ?`).run(
    maxRows * actionsPerRun,
  );
  db.exec("DELETE FROM actions WHERE run < (SELECT min(id) FROM runs)");
}

/** Bounded as well: stacks may come and go. */
export function trimBackoffs(db: DatabaseSync, maxRows: number): void {
  db.prepare(
    "DELETE FROM backoffs WHERE stack IN (SELECT stack FROM backoffs ORDER BY due_ms DESC LIMIT -1 OFFSET ?)",
  ).run(maxRows);
}

export function readRuns(
  db: DatabaseSync,
  stack: string | null,
  limit: number,
): readonly RunRecord[] {
  const rows =
    stack === null
      ? db.prepare("SELECT * FROM runs ORDER BY id DESC LIMIT ?").all(limit)
      : db.prepare("SELECT * FROM runs WHERE stack = ? ORDER BY id DESC LIMIT ?").all(stack, limit);
  const actions = db.prepare("SELECT * FROM actions WHERE run = ? ORDER BY id");
  return rows.map((row) => ({
    stack: String(row.stack),
    revision: String(row.revision),
    startedAtMs: Number(row.started_ms),
    endedAtMs: Number(row.ended_ms),
    outcome: String(row.outcome) as RunRecord["outcome"],
    message: String(row.message),
    reasons: JSON.parse(String(row.reasons)) as string[],
    actions: actions.all(row.id ?? null).map(actionOf),
  }));
}

function actionOf(row: Row): ActionRecord {
  return {
    title: String(row.title),
    status: String(row.status) as ActionRecord["status"],
    message: String(row.message),
    reason: String(row.reason),
    type: actionTypeSchema.safeParse(row.type).data ?? null,
    service: textOrNull(row.service),
    cause: causeOf(row.cause),
  };
}

/** Null for what is not there, or what another version wrote and this one cannot read. */
function causeOf(text: SQLOutputValue | undefined): Cause | null {
  return causeSchema.safeParse(parsed(text)).data ?? null;
}

export function parsed(text: SQLOutputValue | undefined): unknown {
  if (typeof text !== "string") return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

export function textOrNull(value: SQLOutputValue | undefined): string | null {
  return typeof value === "string" ? value : null;
}

export function readBackoffs(db: DatabaseSync): readonly BackoffRecord[] {
  return db
    .prepare("SELECT * FROM backoffs ORDER BY stack")
    .all()
    .map((row) => ({
      stack: String(row.stack),
      failures: Number(row.failures),
      dueAtMs: Number(row.due_ms),
      input: String(row.input),
    }));
}
