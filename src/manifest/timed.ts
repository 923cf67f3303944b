// What Dokploy does by the clock, from a manifest: its rules, its canonical form and where it may hold secrets.
import type {
  BackupsManifest,
  SchedulesManifest,
  VolumeBackupsManifest,
} from "../model/manifest-timed.ts";
import type { WorkloadManifest } from "../model/manifest-workload.ts";
import type { BackupSpec, ScheduleSpec, VolumeBackupSpec } from "../model/specs.ts";
import { isTimezone } from "./cron.ts";
import { cronRefusal } from "./job-cron.ts";
import { volumeNameOf } from "./service.ts";
import type { ServiceIdentity } from "./service.ts";
import type { Tell } from "./tell.ts";
import type { Path } from "./tree.ts";

export function checkSchedules(schedules: SchedulesManifest, tell: Tell): void {
  for (const [name, { cron, timezone }] of Object.entries(schedules)) {
    checkCron(["schedules", name, "cron"], cron, tell);
    if (!isTimezone(timezone)) {
      const hint = "such as UTC or Europe/Amsterdam";
      tell(["schedules", name, "timezone"], "is not a time zone", hint);
    }
  }
}

export function checkCron(path: Path, cron: string, tell: Tell): void {
  const refusal = cronRefusal(cron);
  if (refusal !== null) tell(path, refusal, 'such as "0 2 * * *", which is at two every night');
}

export function schedulesOf(schedules: SchedulesManifest): readonly ScheduleSpec[] {
  return Object.entries(schedules).map(([name, { cron, ...rest }]) => ({
    ...{ name, cron: cron.trim(), byHand: false },
    ...rest,
  }));
}

/** The folder in the destination. */
export function prefixOf(
  name: string,
  { prefix }: { readonly prefix?: string | undefined },
): string {
  return prefix ?? name.replaceAll(" ", "-");
}

/** Where one stores; `file`: with what its files' names begin, before a `-`. */
export interface StoredIn {
  readonly name: string;
  readonly folder: string;
  readonly file: string;
}

/** Whether Dokploy would count the files of one among those of the other. */
function countsAmong(one: StoredIn, other: StoredIn): boolean {
  return one.file === other.file || one.file.startsWith(`${other.file}-`);
}

/** Dokploy counts what is in a folder, and deletes the oldest of it, whoever stored it. */
export function checkFolders(root: string, entries: readonly StoredIn[], tell: Tell): void {
  for (const [index, one] of entries.entries()) {
    const first = entries
      .slice(0, index)
      .find(
        (other) =>
          other.folder === one.folder && (countsAmong(one, other) || countsAmong(other, one)),
      );
    if (first === undefined) continue;
    const message = `stores in the same folder as ${first.name}, and each would delete the other's copies`;
    tell([root, one.name], message, "give it another `prefix`", "key");
  }
}

export function checkBackups(
  backups: BackupsManifest,
  { database, title, hasBackups }: BackupRules,
  tell: Tell,
): void {
  const entries = Object.entries(backups);
  for (const [name, backup] of entries) {
    if (!hasBackups) {
      const hint = "use volumeBackups, which copy the volume";
      tell(
        ["backups", name],
        `is nothing that Dokploy can do for a ${title} database`,
        hint,
        "key",
      );
      continue;
    }
    checkCron(["backups", name, "cron"], backup.cron, tell);
    if (backup.database === undefined && database === null) {
      const message = `is required: a ${title} database is made without one`;
      tell(["backups", name, "database"], message, "name the one to dump");
    }
  }
  checkFolders(
    "backups",
    entries.map(([name, one]) => ({
      ...{ name, file: "", folder: `${one.destination}\n${prefixOf(name, one)}` },
    })),
    tell,
  );
}

export interface BackupRules {
  /** The one that the service is made with. */
  readonly database: string | null;
  readonly title: string;
  readonly hasBackups: boolean;
}

/** What everything has that is stored in a destination. */
export function copiesOf(
  name: string,
  given: Omit<BackupsManifest[string], "database">,
): Omit<BackupSpec, "database" | "within"> {
  const { cron, destination, keepLatest = null, enabled } = given;
  return {
    ...{ name, cron: cron.trim(), destination, byHand: false },
    prefix: prefixOf(name, given),
    keepLatest,
    enabled,
  };
}

export function backupsOf(
  backups: BackupsManifest,
  own: string | undefined,
): readonly BackupSpec[] {
  return Object.entries(backups).map(([name, backup]) => ({
    ...copiesOf(name, backup),
    database: backup.database ?? own ?? "",
  }));
}

type Mounts = WorkloadManifest["mounts"];

function mountOf(mounts: Mounts, source: string) {
  return mounts.flatMap((mount) =>
    mount.type === "volume" && mount.source === source ? [mount] : [],
  )[0];
}

export function checkVolumeBackups(
  backups: VolumeBackupsManifest,
  mounts: Mounts,
  tell: Tell,
): void {
  const entries = Object.entries(backups);
  const known = mounts.flatMap((mount) => (mount.type === "volume" ? [mount.source] : []));
  for (const [name, { cron, volume }] of entries) {
    checkCron(["volumeBackups", name, "cron"], cron, tell);
    if (volume === undefined || mountOf(mounts, volume) !== undefined) continue;
    const hint = known.length === 0 ? "it mounts none" : `it mounts ${known.join(", ")}`;
    tell(["volumeBackups", name, "volume"], "is no volume that this service mounts", hint);
  }
  checkFolders(
    "volumeBackups",
    entries.map(([name, one]) => ({
      ...{ name, file: one.volume ?? "", folder: `${one.destination}\n${prefixOf(name, one)}` },
    })),
    tell,
  );
}

export function volumeBackupsOf(
  backups: VolumeBackupsManifest,
  mounts: Mounts,
  identity: ServiceIdentity,
): readonly VolumeBackupSpec[] {
  return Object.entries(backups).map(([name, backup]) => {
    const { volume, turnOff = false } = backup;
    const mount = volume === undefined ? undefined : mountOf(mounts, volume);
    return {
      ...copiesOf(name, backup),
      volume: mount === undefined ? null : volumeNameOf(mount, identity),
      turnOff,
    };
  });
}

/** The field that a secret makes secret; null where the value is shown in the open. */
export function timedSecretField([root, name, field]: Path): string | null {
  const isSecret =
    (root === "schedules" && field === "command") ||
    (root === "backups" && (field === "password" || field === "rootPassword"));
  return isSecret ? `${root}.${String(name)}.${field}` : null;
}
