/** volumeBackups.*: names repeat, and its list shows no runs; those are in deployment.allByType. */
import { z } from "zod";
import { serviceKinds, type ServiceKind } from "../../model/observed.ts";
import { requireServiceAccess } from "../access.ts";
import { deleteRun } from "../cascade.ts";
import { fail, notFound } from "../failure.ts";
import { SERVICES } from "../kinds/services.ts";
import { defined, id, mutation, query, text, type Router } from "../procedure.ts";
import { failedInsert } from "../sql.ts";
import { listWhere, newestFirst } from "../state.ts";
import { newVolumeBackup, type VolumeBackupRow } from "../timedRows.ts";
import { hasContainerOf, recordRun } from "../timedRun.ts";
import type { Call, World } from "../world.ts";

const serviceType = z.enum(serviceKinds);

const shape = {
  name: z.string(),
  volumeName: z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/),
  prefix: z.string(),
  serviceType: serviceType.optional(),
  appName: z.string().optional(),
  serviceName: text,
  turnOff: z.boolean().optional(),
  cronExpression: z.string(),
  keepLatestCount: z.number().nullish(),
  enabled: z.boolean().nullish(),
  applicationId: text,
  postgresId: text,
  mariadbId: text,
  mongoId: text,
  mysqlId: text,
  redisId: text,
  libsqlId: text,
  composeId: text,
  createdAt: z.string().optional(),
  destinationId: z.string(),
};

const byId = z.object({ volumeBackupId: id });

export const volumeBackupsRouter: Router = {
  list: query(z.object({ id, volumeBackupType: serviceType }), (input, call) => {
    requireServiceAccess(call, input.id);
    const { tables } = call.world;
    const owner = SERVICES[input.volumeBackupType].id;
    return newestFirst(listWhere(tables.volumeBackups, (row) => row[owner] === input.id)).map(
      (row) => view(call.world, row),
    );
  }),
  create: mutation(z.object(shape), (input, call) => {
    const { tables, random } = call.world;
    const row = newVolumeBackup(random, defined(input) as typeof input);
    requireAccess(call, row);
    if (!tables.destinations.has(row.destinationId)) {
      const given = { volumeBackupId: row.volumeBackupId, ...defined(input) };
      throw fail("INTERNAL_SERVER_ERROR", failedInsert("volume_backup", Object.keys(row), given));
    }
    tables.volumeBackups.set(row.volumeBackupId, row);
    return { ...row };
  }),
  update: mutation(z.object({ ...shape, volumeBackupId: id }), (input, call) => {
    const row = find(call, input.volumeBackupId);
    Object.assign(row, defined(input));
    return { ...row };
  }),
  one: query(byId, (input, call) => ({ ...find(call, input.volumeBackupId) })),
  delete: mutation(byId, (input, call) => {
    const row = find(call, input.volumeBackupId);
    deleteRun(call.world.tables, "volumeBackupId", row.volumeBackupId);
    return undefined;
  }),
  /** Whatever becomes of it, the answer is 200 and empty. */
  runManually: mutation(byId, (input, call) => {
    const { world } = call;
    const row = find(call, input.volumeBackupId);
    const { volumeBackupId, appName } = row;
    const failure = failureOf(world, row);
    const title = "Volume Backup";
    const folder = "volume-backups";
    recordRun(world, {
      owner: "volumeBackupId",
      id: volumeBackupId,
      title,
      appName,
      folder,
      failure,
    });
    return undefined;
  }),
};

/** Not recorded of a compose service: Dokploy v0.30.2 cannot stop what does not run. */
function failureOf(world: World, row: VolumeBackupRow): string | null {
  const { tables } = world;
  const compose = tables.compose.get(row.composeId ?? "");
  const isOff = compose !== undefined && row.turnOff;
  if (isOff && !hasContainerOf(world, compose, row.serviceName))
    return `"docker stop" requires at least 1 argument.`;
  return tables.volumes.has(row.volumeName) ? null : `no volume ${row.volumeName}`;
}

function requireAccess(call: Call, row: VolumeBackupRow): void {
  const kind = serviceKinds.find((one) => row[SERVICES[one].id] !== null);
  if (kind !== undefined) requireServiceAccess(call, row[SERVICES[kind].id] ?? "");
}

function find(call: Call, volumeBackupId: string): VolumeBackupRow {
  const row = call.world.tables.volumeBackups.get(volumeBackupId);
  if (row === undefined) throw notFound("Volume backup");
  requireAccess(call, row);
  return row;
}

const order: readonly ServiceKind[] = [
  "application",
  "postgres",
  "mysql",
  "mariadb",
  "mongo",
  "redis",
  "compose",
  "libsql",
];

function view({ tables }: World, row: VolumeBackupRow): object {
  const services = order.map((kind): [string, object | null] => {
    const owner = SERVICES[kind].id;
    const service = SERVICES[kind].rows(tables).get(row[owner] ?? "");
    if (service === undefined) return [kind, null];
    const { appName, serverId } = service;
    return [kind, { [owner]: row[owner], appName, serverId }];
  });
  return { ...row, ...Object.fromEntries(services) };
}
