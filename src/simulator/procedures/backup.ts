/** backup.*: create and update answer nothing, and a run that fails answers with the whole command, keys included. */
import { z } from "zod";
import { requireServiceAccess } from "../access.ts";
import { deleteRun } from "../cascade.ts";
import { asBadRequest, fail, notFound } from "../failure.ts";
import { serviceKinds } from "../../model/observed.ts";
import { SERVICES } from "../kinds/services.ts";
import { defined, id, mutation, query, text, type Router } from "../procedure.ts";
import { failedInsert } from "../sql.ts";
import {
  backupOwners,
  databaseTypes,
  newBackup,
  withoutKeys,
  type BackupOwner,
  type BackupRow,
} from "../timedRows.ts";
import { hasContainer, hasContainerOf, recordRun } from "../timedRun.ts";
import type { Call, World } from "../world.ts";

const databaseType = z.enum(databaseTypes);
const count = z.number().nullable();

const created = z.object({
  schedule: z.string(),
  enabled: z.boolean().nullish(),
  prefix: id,
  destinationId: z.string(),
  keepLatestCount: count.optional(),
  database: id,
  mariadbId: text,
  mysqlId: text,
  postgresId: text,
  mongoId: text,
  libsqlId: text,
  databaseType,
  userId: text,
  backupType: z.enum(["database", "compose"]).optional(),
  composeId: text,
  serviceName: text,
  includeEncryptionKey: z.boolean().optional(),
  metadata: z.unknown().optional(),
});

/** All of them have to be there. */
const updated = z.object({
  schedule: z.string(),
  enabled: z.boolean().nullable(),
  prefix: id,
  backupId: z.string(),
  destinationId: z.string(),
  database: id,
  keepLatestCount: count,
  serviceName: z.string().nullable(),
  metadata: z.unknown().refine((value) => value !== undefined),
  databaseType,
  includeEncryptionKey: z.boolean().optional(),
});

const byId = z.object({ backupId: id });

export const backupRouter: Router = {
  create: mutation(created, (input, call) =>
    asBadRequest("", () => {
      const { tables, random } = call.world;
      requireAccess(call, input);
      const row = newBackup(random, input);
      const known = tables.destinations.has(row.destinationId) && ownerExists(call.world, row);
      if (!known) {
        const { backupId, appName } = row;
        const given = { backupId, appName, ...defined(input) };
        throw fail("BAD_REQUEST", failedInsert("backup", Object.keys(row), given));
      }
      tables.backups.set(row.backupId, row);
      return undefined;
    }),
  ),
  one: query(byId, (input, call) => {
    const row = find(call, input.backupId);
    const { tables } = call.world;
    const owned = (kind: "postgres" | "mysql" | "mariadb" | "mongo" | "libsql"): object | null => {
      const service = tables[kind].get(row[`${kind}Id`] ?? "");
      return service === undefined ? null : structuredClone(service);
    };
    const destination = tables.destinations.get(row.destinationId);
    const compose = tables.compose.get(row.composeId ?? "");
    return {
      ...row,
      postgres: owned("postgres"),
      mysql: owned("mysql"),
      mariadb: owned("mariadb"),
      mongo: owned("mongo"),
      libsql: owned("libsql"),
      destination: destination === undefined ? null : withoutKeys(destination),
      compose: compose === undefined ? null : { ...compose },
    };
  }),
  update: mutation(updated, (input, call) =>
    asBadRequest("", () => {
      Object.assign(find(call, input.backupId), defined(input));
      return undefined;
    }),
  ),
  remove: mutation(z.object({ backupId: z.string() }), (input, call) =>
    asBadRequest("", () => {
      const row = find(call, input.backupId);
      deleteRun(call.world.tables, "backupId", row.backupId);
      return { ...row };
    }),
  ),
  manualBackupPostgres: run(),
  manualBackupMySql: run("Error running manual MySQL backup "),
  manualBackupMariadb: run("Error running manual Mariadb backup "),
  manualBackupMongo: run("Error running manual Mongo backup "),
  manualBackupLibsql: run("Error running manual Libsql backup "),
  manualBackupCompose: run("Error running manual Compose backup "),
};

/** `error`: what is answered of a run that fails, whatever the reason; without it the command itself. */
function run(error?: string): Router[string] {
  return mutation(byId, (input, call) => {
    const { world } = call;
    const row = find(call, input.backupId);
    const failure = failureOf(world, row);
    const { appName } = row;
    const title = row.backupType === "compose" ? "Compose Backup" : "Initializing Backup";
    recordRun(world, {
      owner: "backupId",
      id: row.backupId,
      title,
      appName,
      folder: "logs",
      failure,
    });
    if (failure !== null) throw fail("BAD_REQUEST", error ?? failure);
    return true;
  });
}

/** Nothing answers on the discard port, where the recorded destination is. */
function failureOf(world: World, row: BackupRow): string | null {
  const { tables } = world;
  const appName = ownerName(tables, row);
  const {
    accessKey = "",
    secretAccessKey = "",
    endpoint = "",
  } = tables.destinations.get(row.destinationId) ?? {};
  if (canDump(world, row) && !endpoint.endsWith(":9")) return null;
  const keys = `--s3-access-key-id=${accessKey} --s3-secret-access-key=${secretAccessKey}`;
  const line = `docker exec -i $CONTAINER_ID bash -c 'pg_dump' | rclone rcat ${keys}`;
  return `Command execution failed: Command failed: \n\tset -eo pipefail;\n\t${line} ":s3:${appName}"\n`;
}

/** Of a compose service, Dokploy has no command for a type whose login the row lacks. */
function canDump(world: World, row: BackupRow): boolean {
  const { tables } = world;
  if (row.backupType !== "compose") return hasContainer(tables, ownerName(tables, row));
  const logins: object = typeof row.metadata === "object" ? (row.metadata ?? {}) : {};
  const compose = tables.compose.get(row.composeId ?? "");
  return row.databaseType in logins && hasContainerOf(world, compose, row.serviceName);
}

function ownerName(tables: World["tables"], row: BackupRow): string {
  for (const kind of serviceKinds) {
    const owner = backupOwners.find((column) => column === SERVICES[kind].id);
    const service =
      owner === undefined ? undefined : SERVICES[kind].rows(tables).get(row[owner] ?? "");
    if (service !== undefined) return service.appName;
  }
  return row.appName;
}

function ownerExists({ tables }: World, row: BackupRow): boolean {
  return serviceKinds.every((kind) => {
    const owner = backupOwners.find((column) => column === SERVICES[kind].id);
    const id = owner === undefined ? null : row[owner];
    return id === null || SERVICES[kind].rows(tables).has(id);
  });
}

function requireAccess(
  call: Call,
  row: Partial<Record<BackupOwner, string | null | undefined>>,
): void {
  const serviceId = backupOwners.map((owner) => row[owner] ?? "").find((one) => one !== "");
  if (serviceId !== undefined) requireServiceAccess(call, serviceId);
}

function find(call: Call, backupId: string): BackupRow {
  const row = call.world.tables.backups.get(backupId);
  if (row === undefined) throw notFound("Backup");
  requireAccess(call, row);
  return row;
}
