/**
 * The rows of what Dokploy does by the clock: schedules, backups of databases, backups of volumes, and the
 * destinations that backups go to. Key order is the order of the recorded answers.
 */
import type { ServiceKind } from "../model/observed.ts";
import type { Random } from "./random.ts";
import { isoNow } from "./time.ts";

type Given<Row, Wanted extends keyof Row> = Pick<Row, Wanted> & {
  [K in keyof Row]?: Row[K] | undefined;
};

export interface ScheduleRow {
  scheduleId: string;
  name: string;
  description: string | null;
  cronExpression: string;
  appName: string;
  serviceName: string | null;
  shellType: "bash" | "sh";
  scheduleType: "application" | "compose" | "server" | "dokploy-server";
  command: string;
  script: string | null;
  applicationId: string | null;
  composeId: string | null;
  serverId: string | null;
  organizationId: string | null;
  enabled: boolean;
  timezone: string | null;
  createdAt: string;
}

export const databaseTypes = [
  "postgres",
  "mariadb",
  "mysql",
  "mongo",
  "web-server",
  "libsql",
] as const;

/** The columns that name the service of a backup; redis has no backups. */
export const backupOwners = [
  "postgresId",
  "mariadbId",
  "mysqlId",
  "mongoId",
  "libsqlId",
  "composeId",
] as const;
export type BackupOwner = (typeof backupOwners)[number];

export interface BackupRow extends Record<BackupOwner, string | null> {
  backupId: string;
  appName: string;
  schedule: string;
  enabled: boolean | null;
  database: string;
  prefix: string;
  serviceName: string | null;
  destinationId: string;
  keepLatestCount: number | null;
  includeEncryptionKey: boolean;
  backupType: "database" | "compose";
  databaseType: (typeof databaseTypes)[number];
  userId: string | null;
  metadata: unknown;
}

export interface VolumeBackupRow extends Record<`${ServiceKind}Id`, string | null> {
  volumeBackupId: string;
  name: string;
  volumeName: string;
  prefix: string;
  serviceType: ServiceKind;
  appName: string;
  serviceName: string | null;
  turnOff: boolean;
  cronExpression: string;
  keepLatestCount: number | null;
  enabled: boolean | null;
  createdAt: string;
  destinationId: string;
}

export interface DestinationRow {
  destinationId: string;
  name: string;
  provider: string | null;
  accessKey: string;
  secretAccessKey: string;
  bucket: string;
  region: string;
  endpoint: string;
  additionalFlags: string[] | null;
  organizationId: string;
  createdAt: string;
}

/** Dokploy invents one where none was given: a word, three more and a suffix. */
function inventedName(random: Random, word: string): string {
  return `${word}-index-digital-bus-${random.suffix()}`;
}

export function newSchedule(
  random: Random,
  given: Given<ScheduleRow, "name" | "cronExpression" | "command">,
): ScheduleRow {
  return {
    scheduleId: random.id(),
    name: given.name,
    description: given.description ?? null,
    // Dokploy does not look whether it is one.
    cronExpression: given.cronExpression,
    appName: given.appName ?? inventedName(random, "schedule"),
    serviceName: given.serviceName ?? null,
    shellType: given.shellType ?? "bash",
    scheduleType: given.scheduleType ?? "application",
    command: given.command,
    script: given.script ?? null,
    applicationId: given.applicationId ?? null,
    composeId: given.composeId ?? null,
    serverId: given.serverId ?? null,
    organizationId: given.organizationId ?? null,
    enabled: given.enabled ?? true,
    timezone: given.timezone ?? null,
    createdAt: given.createdAt ?? isoNow(),
  };
}

export function newBackup(
  random: Random,
  given: Given<BackupRow, "schedule" | "prefix" | "destinationId" | "database" | "databaseType">,
): BackupRow {
  return {
    backupId: random.id(),
    appName: inventedName(random, "backup"),
    schedule: given.schedule,
    enabled: given.enabled ?? null,
    database: given.database,
    prefix: given.prefix,
    serviceName: given.serviceName ?? null,
    destinationId: given.destinationId,
    keepLatestCount: given.keepLatestCount ?? null,
    includeEncryptionKey: given.includeEncryptionKey ?? true,
    backupType: given.backupType ?? "database",
    databaseType: given.databaseType,
    composeId: given.composeId ?? null,
    postgresId: given.postgresId ?? null,
    mariadbId: given.mariadbId ?? null,
    mysqlId: given.mysqlId ?? null,
    mongoId: given.mongoId ?? null,
    libsqlId: given.libsqlId ?? null,
    userId: given.userId ?? null,
    metadata: given.metadata ?? null,
  };
}

export function newVolumeBackup(
  random: Random,
  given: Given<
    VolumeBackupRow,
    "name" | "volumeName" | "prefix" | "cronExpression" | "destinationId"
  >,
): VolumeBackupRow {
  return {
    volumeBackupId: random.id(),
    name: given.name,
    volumeName: given.volumeName,
    prefix: given.prefix,
    serviceType: given.serviceType ?? "application",
    appName: given.appName ?? inventedName(random, "volumeBackup"),
    serviceName: given.serviceName ?? null,
    turnOff: given.turnOff ?? false,
    cronExpression: given.cronExpression,
    keepLatestCount: given.keepLatestCount ?? null,
    enabled: given.enabled ?? null,
    applicationId: given.applicationId ?? null,
    postgresId: given.postgresId ?? null,
    mariadbId: given.mariadbId ?? null,
    mongoId: given.mongoId ?? null,
    mysqlId: given.mysqlId ?? null,
    redisId: given.redisId ?? null,
    libsqlId: given.libsqlId ?? null,
    composeId: given.composeId ?? null,
    createdAt: given.createdAt ?? isoNow(),
    destinationId: given.destinationId,
  };
}

export function newDestination(
  random: Random,
  given: Given<DestinationRow, "name" | "organizationId">,
): DestinationRow {
  return {
    destinationId: random.id(),
    name: given.name,
    provider: given.provider ?? null,
    accessKey: given.accessKey ?? "",
    secretAccessKey: given.secretAccessKey ?? "",
    bucket: given.bucket ?? "",
    region: given.region ?? "",
    endpoint: given.endpoint ?? "",
    additionalFlags: given.additionalFlags ?? [],
    organizationId: given.organizationId,
    createdAt: isoNow(),
  };
}

/** Those of one service. `column`: the one that names services of its kind; kinds without backups have none here. */
export function backupsOf(
  backups: Iterable<BackupRow>,
  column: string,
  id: unknown,
): readonly BackupRow[] {
  const owner = backupOwners.find((one) => one === column);
  return owner === undefined ? [] : [...backups].filter((row) => row[owner] === id);
}

/** As everything but its own list shows a destination. */
export function withoutKeys(row: DestinationRow): object {
  return Object.fromEntries(
    Object.entries(row).filter(
      ([column]) => column !== "accessKey" && column !== "secretAccessKey",
    ),
  );
}
