/** destination.*: where backups go. Its list shows the keys in clear; names repeat. */
import { z } from "zod";
import { requirePrivilege } from "../access.ts";
import { notFound } from "../failure.ts";
import { deleteRun } from "../cascade.ts";
import { id, mutation, nothing, query, type Router } from "../procedure.ts";
import { newestFirst, where } from "../state.ts";
import { newDestination, type DestinationRow } from "../timedRows.ts";
import type { Call } from "../world.ts";

const flag = z.string().regex(/^--[a-zA-Z0-9-]+(=[a-zA-Z0-9._:/@-]+)?$/);
const shape = {
  name: id,
  provider: z.string().nullable(),
  accessKey: z.string(),
  bucket: z.string(),
  region: z.string(),
  endpoint: z.string(),
  secretAccessKey: z.string(),
  additionalFlags: z.array(flag).nullable(),
};

export const destinationRouter: Router = {
  create: mutation(z.object(shape), (input, call) => {
    requirePrivilege(call, "destination");
    const { tables, random } = call.world;
    const row = newDestination(random, { ...input, organizationId: tables.organizationId });
    tables.destinations.set(row.destinationId, row);
    return { ...row };
  }),
  update: mutation(
    z.object({ ...shape, destinationId: z.string() }),
    ({ destinationId, ...changes }, call) => {
      const row = find(call, destinationId);
      Object.assign(row, changes);
      return { ...row };
    },
  ),
  one: query(z.object({ destinationId: id }), (input, call) => ({
    ...find(call, input.destinationId),
  })),
  all: query(nothing, (_input, call) => {
    requirePrivilege(call, "destination");
    return newestFirst(call.world.tables.destinations.values()).map((row) => ({ ...row }));
  }),
  /** What goes there goes with it. */
  remove: mutation(z.object({ destinationId: z.string() }), (input, call) => {
    const row = find(call, input.destinationId);
    const { tables } = call.world;
    const goes = (one: { destinationId: string }): boolean =>
      one.destinationId === row.destinationId;
    for (const one of where(tables.backups, goes)) deleteRun(tables, "backupId", one.backupId);
    for (const one of where(tables.volumeBackups, goes))
      deleteRun(tables, "volumeBackupId", one.volumeBackupId);
    tables.destinations.delete(row.destinationId);
    return { ...row };
  }),
};

function find(call: Call, destinationId: string): DestinationRow {
  requirePrivilege(call, "destination");
  const row = call.world.tables.destinations.get(destinationId);
  if (row === undefined) throw notFound("Destination");
  return row;
}
