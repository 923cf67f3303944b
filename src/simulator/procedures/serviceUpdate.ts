/** How an update of a wide row is carried out, with the ways in which the database refuses it. */
import { fail } from "../failure.ts";
import { defined } from "../procedure.ts";
import { failedUpdate, hasNul } from "../sql.ts";
import type { World } from "../world.ts";

/** The database's name of one column differs from the field's. */
const COLUMN_NAMES: Readonly<Record<string, string>> = {
  previewCertificateType: "certificateType",
};

export function columnsOf(row: object): string[] {
  return Object.keys(row).map((name) => COLUMN_NAMES[name] ?? name);
}

export interface UpdateOf {
  table: string;
  key: { column: string; value: string };
  row: Record<string, unknown> | undefined;
  /** All columns in order, for the leaked statement when there is no row. */
  sample: object;
  changes: Record<string, unknown>;
}

/** True when a row was changed, false when there is none. */
export function updateRow(world: World, update: UpdateOf): boolean {
  const set = defined(update.changes);
  delete set.appName;
  if (Object.keys(set).length === 0) throw fail("INTERNAL_SERVER_ERROR", "No values to set");
  const { environmentId, replicas } = set;
  const nowhere =
    typeof environmentId === "string" && !world.tables.environments.has(environmentId);
  const fraction = typeof replicas === "number" && !Number.isInteger(replicas);
  if (hasNul(set) || fraction || (nowhere && update.row !== undefined)) {
    const columns = columnsOf(update.sample);
    throw fail("INTERNAL_SERVER_ERROR", failedUpdate(update.table, columns, set, update.key));
  }
  if (update.row === undefined) return false;
  Object.assign(update.row, structuredClone(set));
  return true;
}
