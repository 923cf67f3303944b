// Rows on their way to the database and back: one statement a table, with all its rows as one JSON parameter.
import type { Row, TableChange, TableShape, Value } from "./picture.ts";

/** The name of a table in the database. */
function tableOf({ name }: TableShape): string {
  return `capstan_${name}`;
}

function recordOf(shape: TableShape, names: readonly string[], parameter: string): string {
  const columns = shape.columns.filter(({ name }) => names.includes(name));
  const typed = columns.map(({ name, type }) => `"${name}" ${type}`).join(", ");
  return `json_to_recordset(${parameter}::json) AS r(${typed})`;
}

/** Parameters: the scope, the number of the change, the rows. */
export function upsertSql(shape: TableShape): string {
  const names = shape.columns.map(({ name }) => name);
  const others = names.filter((name) => !shape.key.includes(name));
  const set = ["written", ...others.map((name) => `"${name}"`)]
    .map((name) => `${name} = excluded.${name}`)
    .join(", ");
  const list = names.map((name) => `"${name}"`).join(", ");
  return `INSERT INTO ${tableOf(shape)} (scope, written, ${list})
    SELECT $1, $2, ${names.map((name) => `r."${name}"`).join(", ")}
    FROM ${recordOf(shape, names, "$3")}
    ON CONFLICT (scope, ${shape.key.map((name) => `"${name}"`).join(", ")}) DO UPDATE SET ${set}`;
}

/** Parameters: the scope, the keys. */
export function removeSql(shape: TableShape): string {
  const same = shape.key.map((name) => `t."${name}" = r."${name}"`).join(" AND ");
  return `DELETE FROM ${tableOf(shape)} AS t USING ${recordOf(shape, shape.key, "$2")}
    WHERE t.scope = $1 AND ${same}`;
}

/** Parameter: the scope. Those that were written last come last. */
export function selectSql(shape: TableShape): string {
  const list = shape.columns.map(({ name }) => `"${name}"`).join(", ");
  return `SELECT ${list} FROM ${tableOf(shape)} WHERE scope = $1 ORDER BY written`;
}

/** PostgreSQL keeps no NUL and no half of a surrogate pair in a text; what services print may hold them. */
function keepable(value: Value): Value {
  if (typeof value !== "string") return value;
  return value.toWellFormed().replaceAll("\u0000", "\ufffd");
}

export function keepableRow(row: Row): Row {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, keepable(value)]));
}

/** What another process wrote, as it stands in `capstan_changes`; null for what this version cannot read. */
export function parseChanges(text: string): readonly TableChange[] | null {
  try {
    const value = JSON.parse(text) as unknown;
    return Array.isArray(value) ? (value as TableChange[]) : null;
  } catch {
    return null;
  }
}
