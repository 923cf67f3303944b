// Statements that change the store of one scope. Each change takes the next number of its scope, under the lock of the
// scope's row: changes are made one after another, whoever makes them. What only the process that leads may write
// carries the number of its lead (`fence`), which goes up whenever another one takes over: then nothing is written.
import { TakenOverError } from "./failures.ts";
import type { Client } from "./link.ts";
import { inTransaction } from "./link.ts";
import type { TableChange, TableShape } from "./picture.ts";
import { removeSql, upsertSql } from "./rows.ts";

export const channel = "capstan";
/** So many changes can be caught up with; who is further behind reads all tables anew. */
const keptChanges = 1_000;
const trimEvery = 50;

export interface Writing {
  readonly scope: string;
  /** Unique for each process and start. */
  readonly writer: string;
}

async function announce(
  client: Client,
  { scope, writer }: Writing,
  seq: number,
  changes: readonly TableChange[],
): Promise<void> {
  await client.query(
    "INSERT INTO capstan_changes (scope, seq, writer, rows) VALUES ($1, $2, $3, $4)",
    [scope, seq, writer, JSON.stringify(changes)],
  );
  if (seq % trimEvery === 0) {
    await client.query("DELETE FROM capstan_changes WHERE scope = $1 AND seq <= $2", [
      scope,
      seq - keptChanges,
    ]);
  }
  await client.query(
    "SELECT pg_notify($1, json_build_array(current_schema(), $2::text, $3::bigint, $4::text)::text)",
    [channel, scope, seq, writer],
  );
}

async function holderOf(client: Client, scope: string): Promise<string | null> {
  const { rows } = await client.query<{ holder: string | null }>(
    "SELECT holder FROM capstan_scopes WHERE scope = $1",
    [scope],
  );
  return rows[0]?.holder ?? null;
}

/** All or none; the number of the change. `fence` null: rows that every process may write. */
export function writeChanges(
  client: Client,
  writing: Writing,
  fence: number | null,
  changes: readonly { readonly shape: TableShape; readonly change: TableChange }[],
): Promise<number> {
  const { scope } = writing;
  return inTransaction(client, async () => {
    const { rows } = await client.query<{ seq: number }>(
      `INSERT INTO capstan_scopes (scope, seq) VALUES ($1, 1)
       ON CONFLICT (scope) DO UPDATE SET seq = capstan_scopes.seq + 1
         WHERE $2::bigint IS NULL OR capstan_scopes.fence = $2::bigint
       RETURNING seq`,
      [scope, fence],
    );
    const seq = rows[0]?.seq;
    if (seq === undefined) throw new TakenOverError(await holderOf(client, scope));
    for (const { shape, change } of changes) {
      if (change.removed.length > 0) {
        await client.query(removeSql(shape), [scope, JSON.stringify(change.removed)]);
      }
      if (change.rows.length > 0) {
        await client.query(upsertSql(shape), [scope, seq, JSON.stringify(change.rows)]);
      }
    }
    const told = changes.map(({ change }) => change);
    await announce(client, writing, seq, told);
    return seq;
  });
}

/** Throws unless this process is still the one that writes. */
export async function confirm(client: Client, scope: string, fence: number): Promise<void> {
  const { rows } = await client.query<{ fence: number }>(
    "SELECT fence FROM capstan_scopes WHERE scope = $1",
    [scope],
  );
  if (rows[0]?.fence !== fence) throw new TakenOverError(await holderOf(client, scope));
}

/** From now on nobody else writes what only one may; the number of this lead. */
export function takeOver(client: Client, writing: Writing, holder: string): Promise<number> {
  const { scope } = writing;
  return inTransaction(client, async () => {
    const { rows } = await client.query<{ seq: number; fence: number }>(
      `INSERT INTO capstan_scopes (scope, seq, fence, holder) VALUES ($1, 1, 1, $2)
       ON CONFLICT (scope) DO UPDATE SET seq = capstan_scopes.seq + 1,
         fence = capstan_scopes.fence + 1, holder = $2
       RETURNING seq, fence`,
      [scope, holder],
    );
    const [row] = rows;
    if (row === undefined) throw new Error("the store was not taken over");
    await announce(client, writing, row.seq, []);
    return row.fence;
  });
}
