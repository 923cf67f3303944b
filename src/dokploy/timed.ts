// What Dokploy does by the clock, both ways: its rows to children, and a child to the body that creates or updates it.
// Names mean nothing to Dokploy, and people make such rows too. What Capstan makes is known by the row's `appName`, which
// only names a folder on the server.
import { createHash } from "node:crypto";
import { z } from "zod";
import type { StoredChild } from "../model/children.ts";
import type { ServiceRef } from "../model/observed.ts";
import type { BackupSpec, ScheduleSpec, VolumeBackupSpec } from "../model/specs.ts";
import type { Input } from "./calls.ts";
import { nameOf } from "./named.ts";
import type { NamedLists } from "./named.ts";
import { idInput } from "./services.ts";

const text = z.string();

export const storedSchedules = z.array(
  z.object({
    scheduleId: text,
    name: text,
    cronExpression: text,
    appName: text,
    shellType: z.enum(["bash", "sh"]),
    command: text,
    enabled: z.boolean(),
    timezone: text.nullable().default(null),
  }),
);

/** Long enough to be nobody else's, and unlike the six characters that Dokploy gives to names of its own. */
const markLength = 12;
const marked = new RegExp(`^capstan-[0-9a-f]{${markLength}}$`);

/** The `appName` of a row that Capstan makes: one for each name of each service. */
export function markOf(service: ServiceRef, kind: string, name: string): string {
  const hash = createHash("sha256").update(JSON.stringify([service.id, kind, name]));
  return `capstan-${hash.digest("hex").slice(0, markLength)}`;
}

function isMarked(appName: string): boolean {
  return marked.test(appName);
}

export function readSchedules(rows: z.output<typeof storedSchedules>): readonly StoredChild[] {
  return rows.map(({ scheduleId: id, cronExpression: cron, shellType: shell, ...row }) => ({
    kind: "schedule",
    id,
    spec: {
      name: row.name,
      cron,
      timezone: row.timezone ?? "UTC",
      shell,
      command: row.command,
      enabled: row.enabled,
      byHand: !isMarked(row.appName),
    },
  }));
}

export function scheduleBody(service: ServiceRef, schedule: ScheduleSpec): Input {
  const { name, cron, shell, command, timezone, enabled } = schedule;
  return {
    ...{ name, cronExpression: cron, shellType: shell, command, timezone, enabled },
    appName: markOf(service, "schedule", name),
    scheduleType: service.kind === "compose" ? "compose" : "application",
  };
}

const copies = {
  prefix: text,
  keepLatestCount: z.number().nullable().default(null),
  enabled: z.boolean().nullable().default(null),
};

export const storedBackups = z.array(
  z.object({
    ...copies,
    backupId: text,
    schedule: text,
    database: text,
    serviceName: text.nullable().default(null),
    destination: z.object({ name: text }).nullable().default(null),
  }),
);

export const storedVolumeBackups = z.array(
  z.object({
    ...copies,
    volumeBackupId: text,
    name: text,
    volumeName: text,
    cronExpression: text,
    appName: text,
    turnOff: z.boolean(),
    destinationId: text,
  }),
);

/** Of a backup neither a name nor an `appName` can be given; of a database's, Dokploy does not look at this field. */
const backupMark = "capstan:";

/** Dokploy keeps all of them for 0 as well. */
const countOf = (stored: number | null): number | null => (stored === 0 ? null : stored);

/** As Dokploy uses it: without the slashes around it. */
const folderOf = (prefix: string): string => prefix.trim().replace(/^\/+|\/+$/g, "");

/** How a backup is called: by its mark, or, of one that people made, by its folder. */
export function backupName({
  serviceName,
  prefix,
}: {
  readonly serviceName: string | null;
  readonly prefix: string;
}): { readonly name: string; readonly byHand: boolean } {
  const byHand = serviceName?.startsWith(backupMark) !== true;
  return { name: byHand ? folderOf(prefix) : serviceName.slice(backupMark.length), byHand };
}

export function readBackups(rows: z.output<typeof storedBackups>): readonly StoredChild[] {
  return rows.map(({ backupId: id, serviceName, prefix, ...row }) => {
    return {
      kind: "backup",
      id,
      spec: {
        ...backupName({ serviceName, prefix }),
        cron: row.schedule,
        destination: row.destination?.name ?? "(none)",
        prefix: folderOf(prefix),
        database: row.database,
        keepLatest: countOf(row.keepLatestCount),
        enabled: row.enabled === true,
      },
    };
  });
}

export function readVolumeBackups(
  rows: z.output<typeof storedVolumeBackups>,
  names: NamedLists,
  ownVolume: string | null,
): readonly StoredChild[] {
  return rows.map((row) => ({
    kind: "volumeBackup",
    id: row.volumeBackupId,
    spec: {
      name: row.name,
      cron: row.cronExpression,
      destination: nameOf(names, "destination", row.destinationId),
      prefix: folderOf(row.prefix),
      volume: row.volumeName === ownVolume ? null : row.volumeName,
      turnOff: row.turnOff,
      keepLatest: countOf(row.keepLatestCount),
      enabled: row.enabled === true,
      byHand: !isMarked(row.appName),
    },
  }));
}

/** What only the server knows of a child that is written. */
export interface OnServer {
  readonly destinationId: string;
  /** Of a database's data. */
  readonly ownVolume: string;
}

export function backupBody(
  { kind }: ServiceRef,
  backup: BackupSpec,
  { destinationId }: OnServer,
): Input {
  const { name, cron, prefix, database, keepLatest, enabled } = backup;
  return {
    ...{ schedule: cron, prefix, database, keepLatestCount: keepLatest, enabled, destinationId },
    databaseType: kind,
    serviceName: `${backupMark}${name}`,
  };
}

export function volumeBackupBody(
  service: ServiceRef,
  backup: VolumeBackupSpec,
  { destinationId, ownVolume }: OnServer,
): Input {
  const { name, cron, prefix, volume, turnOff, keepLatest, enabled } = backup;
  return {
    ...{ name, cronExpression: cron, prefix, turnOff, keepLatestCount: keepLatest, enabled },
    ...{ volumeName: volume ?? ownVolume, destinationId },
    appName: markOf(service, "volume", name),
    serviceType: service.kind,
    ...idInput(service.kind, service.id),
  };
}
