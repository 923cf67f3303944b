// What a process knows of the shared store: the tables of a file, in memory. Reads are answered from it. Each row that
// the store's methods change in it is told, so that it can be written to the database; what others wrote comes in
// without being told.
import { DatabaseSync } from "node:sqlite";
import { CapstanError } from "../../lib/errors.ts";
import { inOne } from "../database.ts";
import type { Database } from "../database.ts";
import { migrate } from "../schema.ts";

export type Value = string | number | null;
export type Row = Readonly<Record<string, Value>>;

export interface TableShape {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: "text" | "bigint" }[];
  /** Columns that name a row. */
  readonly key: readonly string[];
}

export interface TableChange {
  readonly table: string;
  readonly rows: readonly Row[];
  /** Their keys alone. */
  readonly removed: readonly Row[];
}

export interface Picture {
  /** For the store's methods. */
  readonly database: Database;
  readonly tables: readonly TableShape[];
  /** The row as it is now; null when there is none. */
  row(table: string, key: Row): Row | null;
  /** Takes over what others wrote. */
  apply(changes: readonly TableChange[]): void;
  /** Takes rows in as if the store's methods had written them. */
  fill(tables: ReadonlyMap<string, readonly Row[]>): void;
  /** Takes these tables over as others left them; `kept` stays as it is. */
  replace(tables: ReadonlyMap<string, readonly Row[]>, kept: readonly TableChange[]): void;
}

function quoted(name: string): string {
  return `"${name}"`;
}

function shapesOf(db: DatabaseSync): readonly TableShape[] {
  const names = db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all()
    .map(({ name }) => String(name))
    .sort();
  return names.map((name) => {
    const columns = db.prepare("SELECT name, type, pk FROM pragma_table_info(?)").all(name);
    return {
      name,
      columns: columns.map((column) => ({
        name: String(column.name),
        type: column.type === "INTEGER" ? ("bigint" as const) : ("text" as const),
      })),
      key: columns
        .filter(({ pk }) => Number(pk) > 0)
        .sort((a, b) => Number(a.pk) - Number(b.pk))
        .map((column) => String(column.name)),
    };
  });
}

/** Tells each change of a row to `capstan_changed`. */
function watch(db: DatabaseSync, { name, key }: TableShape): void {
  const call = (row: "NEW" | "OLD"): string =>
    `SELECT capstan_changed('${name}', ${key.map((column) => `${row}.${quoted(column)}`).join(", ")});`;
  const parts = {
    INSERT: [call("NEW")],
    UPDATE: [call("OLD"), call("NEW")],
    DELETE: [call("OLD")],
  };
  for (const [event, calls] of Object.entries(parts)) {
    db.exec(
      `CREATE TEMP TRIGGER ${quoted(`${name} ${event}`)} AFTER ${event} ON main.${quoted(name)}
       BEGIN ${calls.join(" ")} END`,
    );
  }
}

function removeRow(db: DatabaseSync, { name, key }: TableShape, row: Row): void {
  const where = key.map((column) => `${quoted(column)} = ?`).join(" AND ");
  db.prepare(`DELETE FROM ${quoted(name)} WHERE ${where}`).run(
    ...key.map((column) => row[column] ?? null),
  );
}

/** `changed` is told the key of each row that a method of the store changed. */
export function createPicture(changed: (table: string, key: Row) => void): Picture {
  const db = new DatabaseSync(":memory:");
  migrate(db);
  const tables = shapesOf(db);
  const byName = new Map(tables.map((shape) => [shape.name, shape]));
  let isTelling = true;
  let isClosed = false;
  db.function("capstan_changed", { varargs: true }, (table, ...values) => {
    if (!isTelling) return null;
    const shape = byName.get(String(table));
    if (shape === undefined) return null;
    const key = Object.fromEntries(
      shape.key.map((column, index) => [column, values[index] as Value]),
    );
    changed(shape.name, key);
    return null;
  });
  for (const shape of tables) watch(db, shape);

  function silently(work: () => void): void {
    isTelling = false;
    try {
      inOne(db, work);
    } finally {
      isTelling = true;
    }
  }

  function write(shape: TableShape, rows: readonly Row[]): void {
    if (rows.length === 0) return;
    const { name, columns } = shape;
    const insert = db.prepare(
      `INSERT OR REPLACE INTO ${quoted(name)} (${columns.map((column) => quoted(column.name)).join(", ")})
       VALUES (${columns.map(() => "?").join(", ")})`,
    );
    for (const row of rows) insert.run(...columns.map((column) => row[column.name] ?? null));
  }

  /** Tables that another version has, and this one has not, are left alone. */
  function take(changes: readonly TableChange[]): void {
    for (const { table, rows, removed } of changes) {
      const shape = byName.get(table);
      if (shape === undefined) continue;
      for (const row of removed) removeRow(db, shape, row);
      write(shape, rows);
    }
  }

  return {
    tables,
    database: {
      use(work) {
        if (isClosed) throw new CapstanError("cancelled", "the store is closed");
        return work(db);
      },
      close() {
        if (!isClosed) db.close();
        isClosed = true;
      },
    },
    row(table, key) {
      const shape = byName.get(table);
      if (shape === undefined) return null;
      const where = shape.key.map((column) => `${quoted(column)} = ?`).join(" AND ");
      const found = db
        .prepare(`SELECT * FROM ${quoted(table)} WHERE ${where}`)
        .get(...shape.key.map((column) => key[column] ?? null));
      return found === undefined ? null : ({ ...found } as Row);
    },
    apply(changes) {
      if (isClosed) return;
      silently(() => {
        take(changes);
      });
    },
    fill(fresh) {
      inOne(db, () => {
        take([...fresh].map(([table, rows]) => ({ table, rows, removed: [] })));
      });
    },
    replace(fresh, kept) {
      if (isClosed) return;
      silently(() => {
        for (const [table, rows] of fresh) {
          const shape = byName.get(table);
          if (shape === undefined) continue;
          db.exec(`DELETE FROM ${quoted(table)}`);
          write(shape, rows);
        }
        take(kept);
      });
    },
  };
}
