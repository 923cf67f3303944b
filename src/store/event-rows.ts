// Events as rows: how they are written, and read page by page from the newest to the oldest.
import type { DatabaseSync, SQLInputValue, SQLOutputValue } from "node:sqlite";
import { eventData, eventDataSchema } from "../model/event-data.ts";
import type { EventData } from "../model/event-data.ts";
import { eventId, parseEventId, recordedEpoch, startOf } from "../model/event-id.ts";
import type { EventFilter } from "../model/history.ts";
import type { Event } from "../model/status.ts";
import { parsed, textOrNull } from "./history-rows.ts";
import type { Row } from "./history-rows.ts";

/** Older rows stay without an id of their process. */
export const idsOfEvents = `
  ALTER TABLE events ADD COLUMN epoch TEXT;
  ALTER TABLE events ADD COLUMN number INTEGER;
  CREATE INDEX events_by_number ON events (epoch, number);`;

export function writeEvents(db: DatabaseSync, events: readonly Event[]): void {
  const insert = db.prepare(
    `INSERT INTO events (at_ms, kind, level, stack, revision, message, data, epoch, number)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  for (const event of events) {
    const { atMs, kind, level, stack, revision, message } = event;
    const data = JSON.stringify(eventData(event));
    const id = event.id === undefined ? null : parseEventId(event.id);
    insert.run(
      ...[Math.round(atMs), kind, level, stack, revision, message],
      ...[data === "{}" ? null : data, id?.epoch ?? null, id?.number ?? null],
    );
  }
}

interface Condition {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
}

function oneOf(column: string, values: readonly string[] = []): readonly Condition[] {
  if (values.length === 0) return [];
  return [{ sql: `${column} IN (${values.map(() => "?").join(", ")})`, values }];
}

/** A row that another version wrote, and this one cannot read, is nobody's. */
function askedBy(person: string): Condition {
  const sql = `CASE WHEN json_valid(data) THEN
      json_extract(data, '$.asked.by') = ?
      OR (json_extract(data, '$.action.cause.kind') = 'person'
        AND json_extract(data, '$.action.cause.by') = ?)
    ELSE FALSE END`;
  return { sql, values: [person, person] };
}

/** What a process did not record itself is placed by what it did, or by when it started. */
function olderThan(before: string): Condition {
  const id = parseEventId(before);
  if (id === null) return { sql: "FALSE", values: [] };
  const { epoch, number } = id;
  if (epoch === recordedEpoch) return { sql: "id < ?", values: [number] };
  const sql = `CASE WHEN EXISTS (SELECT 1 FROM events WHERE epoch = ?)
    THEN id < coalesce(
      (SELECT min(id) FROM events WHERE epoch = ? AND number >= ?),
      (SELECT max(id) + 1 FROM events WHERE epoch = ?))
    ELSE at_ms < ? END`;
  return { sql, values: [epoch, epoch, number, epoch, startOf(epoch)] };
}

export function readEvents(
  db: DatabaseSync,
  limit: number,
  { stack, kinds, levels, by, sinceMs, before }: EventFilter,
): readonly Event[] {
  const conditions: readonly Condition[] = [
    ...(stack === undefined ? [] : [{ sql: "stack = ?", values: [stack] }]),
    ...oneOf("kind", kinds),
    ...oneOf("level", levels),
    ...(by === undefined ? [] : [askedBy(by)]),
    ...(sinceMs === undefined ? [] : [{ sql: "at_ms >= ?", values: [sinceMs] }]),
    ...(before === undefined ? [] : [olderThan(before)]),
  ];
  const where = conditions.map(({ sql }) => `(${sql})`).join(" AND ");
  return db
    .prepare(
      `SELECT * FROM events ${where === "" ? "" : `WHERE ${where}`} ORDER BY id DESC LIMIT ?`,
    )
    .all(...conditions.flatMap(({ values }) => values), limit)
    .map(eventOf);
}

function eventOf(row: Row): Event {
  const epoch = textOrNull(row.epoch);
  return {
    id:
      epoch === null ? eventId(recordedEpoch, Number(row.id)) : eventId(epoch, Number(row.number)),
    atMs: Number(row.at_ms),
    kind: String(row.kind) as Event["kind"],
    level: String(row.level) as Event["level"],
    stack: textOrNull(row.stack),
    revision: textOrNull(row.revision),
    message: String(row.message),
    ...dataOf(row.data),
  };
}

function dataOf(text: SQLOutputValue | undefined): EventData {
  const { data } = eventDataSchema.safeParse(parsed(text));
  return data === undefined ? {} : eventData(data as EventData);
}
