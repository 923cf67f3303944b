// Schedules and backups of volumes, which Dokploy does by the clock, both ways: its rows to children, and a child to the
// body that creates or updates it. Names mean nothing to Dokploy, and people make such rows too. What Capstan makes is
// known by the row's `appName`, which only names a folder on the server.
import { createHash } from "node:crypto";
import { z } from "zod";
import type { StoredChild } from "../model/children.ts";
import type { ServiceDetails, ServiceRef } from "../model/observed.ts";
import { ownVolumeName } from "../model/compose-file.ts";
import type { ScheduleSpec, VolumeBackupSpec } from "../model/specs.ts";
import type { Input } from "./calls.ts";
import { nameOf } from "./named.ts";
import type { NamedLists } from "./named.ts";
import { copies, countOf, folderOf } from "./backups.ts";
import type { OnServer } from "./backups.ts";
import { idInput } from "./services.ts";

const text = z.string();
const maybeText = text.nullable().default(null);

export const storedSchedules = z.array(
  z.object({
    scheduleId: text,
    name: text,
    cronExpression: text,
    appName: text,
    serviceName: maybeText,
    shellType: z.enum(["bash", "sh"]),
    command: text,
    enabled: z.boolean(),
    timezone: maybeText,
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

/** The service of a compose file, where the row is a compose service's. */
function serviceIn(kind: ServiceRef["kind"], serviceName: string | null) {
  return kind === "compose" ? { service: serviceName ?? "" } : {};
}

export function readSchedules(
  rows: z.output<typeof storedSchedules>,
  kind: ServiceRef["kind"],
): readonly StoredChild[] {
  return rows.map(({ scheduleId: id, cronExpression: cron, shellType: shell, ...row }) => ({
    kind: "schedule",
    id,
    spec: {
      name: row.name,
      ...serviceIn(kind, row.serviceName),
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
    ...(schedule.service !== undefined && { serviceName: schedule.service }),
  };
}

export const storedVolumeBackups = z.array(
  z.object({
    ...copies,
    volumeBackupId: text,
    name: text,
    volumeName: text,
    cronExpression: text,
    appName: text,
    serviceName: maybeText,
    turnOff: z.boolean(),
    destinationId: text,
  }),
);

/** How Dokploy calls the volume of a database's data. */
export function ownVolume({ appName }: { readonly appName: string }): string {
  return `${appName}-data`;
}

type Volume = VolumeBackupSpec["volume"];
type Owner = Pick<ServiceDetails, "kind" | "appName">;

/** What a volume is called on the server. */
function volumeName(volume: Volume, appName: string): string {
  if (typeof volume === "string") return volume;
  return volume === null ? ownVolume({ appName }) : ownVolumeName(appName, volume.own);
}

/** The inverse, for one kind of service. */
function volumeOf(name: string, { kind, appName }: Owner): Volume {
  if (kind === "application") return name;
  if (kind !== "compose") return name === ownVolume({ appName }) ? null : name;
  const prefix = ownVolumeName(appName, "");
  return name.startsWith(prefix) ? { own: name.slice(prefix.length) } : name;
}

export function readVolumeBackups(
  rows: z.output<typeof storedVolumeBackups>,
  names: NamedLists,
  owner: Owner,
): readonly StoredChild[] {
  return rows.map((row) => ({
    kind: "volumeBackup",
    id: row.volumeBackupId,
    spec: {
      name: row.name,
      cron: row.cronExpression,
      destination: nameOf(names, "destination", row.destinationId),
      prefix: folderOf(row.prefix),
      volume: volumeOf(row.volumeName, owner),
      ...serviceIn(owner.kind, row.serviceName),
      turnOff: row.turnOff,
      keepLatest: countOf(row.keepLatestCount),
      enabled: row.enabled === true,
      byHand: !isMarked(row.appName),
    },
  }));
}

export function volumeBackupBody(
  service: ServiceRef,
  backup: VolumeBackupSpec,
  { destinationId, appName }: OnServer,
): Input {
  const { name, cron, prefix, volume, turnOff, keepLatest, enabled } = backup;
  return {
    ...{ name, cronExpression: cron, prefix, turnOff, keepLatestCount: keepLatest, enabled },
    ...{ volumeName: volumeName(volume, appName), destinationId },
    appName: markOf(service, "volume", name),
    serviceType: service.kind,
    ...(backup.service !== undefined && { serviceName: backup.service }),
    ...idInput(service.kind, service.id),
  };
}
