/** A fresh row of a database, with the columns of its kind in the order of the answers. */
import { buildAppName } from "../serviceRows.ts";
import type { Random } from "../random.ts";
import { isoNow } from "../time.ts";
import type { DatabaseKind, DatabaseRow, NewDatabase } from "./databaseRow.ts";
import { DATABASES } from "./databases.ts";

/** What a column has that nobody gave a value; those that are not named here are null. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  applicationStatus: "idle",
  replicas: 1,
  networkIds: [],
  detachDokployNetwork: false,
  replicaSets: false,
  enableNamespaces: false,
  sqldNode: "primary",
  databaseName: "",
  databaseUser: "",
  databasePassword: "",
};

/** The six random characters of the appName are added here. */
export function newDatabase(random: Random, kind: DatabaseKind, given: NewDatabase): DatabaseRow {
  const made: Record<string, unknown> = {
    // Dokploy invents a root password that was not asked for.
    ...(given.databaseRootPassword === undefined && { databaseRootPassword: random.id() }),
    ...given,
    appName: buildAppName(random, kind, given.appName),
    createdAt: isoNow(),
  };
  const columns = DATABASES[kind].columns.map((column): [string, unknown] => [
    column,
    structuredClone(made[column] ?? DEFAULTS[column] ?? null),
  ]);
  return Object.fromEntries([[`${kind}Id`, random.id()], ...columns]) as unknown as DatabaseRow;
}

/** A row that nothing is known of, for the columns in a leaked statement and for tests. */
export function blankDatabase(random: Random, kind: DatabaseKind): DatabaseRow {
  return newDatabase(random, kind, { name: "", environmentId: "", dockerImage: "" });
}

export function databaseId(kind: DatabaseKind, row: DatabaseRow): string {
  return String(row[`${kind}Id`]);
}
