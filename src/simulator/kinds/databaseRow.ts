/**
 * The row of a database, whatever its kind: the columns that the simulator acts on are typed, the
 * others are kept as they came. Which columns a kind has, and in which order, is in databases.ts.
 */
import type { ServiceKind } from "../../model/observed.ts";
import type { RunnableRow } from "../serviceRows.ts";

export type DatabaseKind = Exclude<ServiceKind, "application" | "compose">;

export interface DatabaseRow extends RunnableRow {
  dockerImage: string;
  externalPort: number | null;
  databasePassword: string;
  [column: string]: unknown;
}

/** What a create asks for: these, and the fields that only its kind has. */
export interface NewDatabase {
  name: string;
  environmentId: string;
  dockerImage: string;
  appName?: string | undefined;
  description?: string | null | undefined;
  serverId?: string | null | undefined;
  [column: string]: unknown;
}
