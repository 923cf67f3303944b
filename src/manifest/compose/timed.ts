// What Dokploy does by the clock for a compose service: its rules, those that need the compose file among them, and its
// canonical form.
import { fixedVolumeName, mapOf } from "../../model/compose-file.ts";
import type { ComposeFile, Plain, PlainMap } from "../../model/compose-file.ts";
import { extendedServices } from "../../model/compose-extends.ts";
import type { ComposeManifest } from "../../model/manifest-compose.ts";
import type {
  ComposeBackupsManifest,
  ComposeVolumeBackupsManifest,
} from "../../model/manifest-timed.ts";
import type { BackupSpec, DatabaseWithin, VolumeBackupSpec } from "../../model/specs.ts";
import { didYouMean } from "../suggest.ts";
import type { Tell } from "../tell.ts";
import { checkCron, checkFolders, checkSchedules, copiesOf, prefixOf } from "../timed.ts";
import type { Path } from "../tree.ts";

type LoginField = "user" | "password" | "rootPassword";
const loginFields: readonly LoginField[] = ["user", "password", "rootPassword"];

/** With what Dokploy makes a dump of each. */
const logins: Readonly<Record<ComposeBackupsManifest[string]["type"], ReadonlySet<LoginField>>> = {
  postgres: new Set(["user"]),
  mysql: new Set(["rootPassword"]),
  mariadb: new Set(["user", "password"]),
  mongo: new Set(["user", "password"]),
};

/** Dokploy puts the service's name before the folder. */
function folderOf(
  name: string,
  one: Pick<ComposeBackupsManifest[string], "destination" | "service" | "prefix">,
): string {
  return `${one.destination}\n${one.service}\n${prefixOf(name, one)}`;
}

function checkBackups(backups: ComposeBackupsManifest, tell: Tell): void {
  const entries = Object.entries(backups);
  for (const [name, backup] of entries) {
    checkCron(["backups", name, "cron"], backup.cron, tell);
    for (const field of loginFields) {
      const isNeeded = logins[backup.type].has(field);
      if (isNeeded && backup[field] === undefined) {
        tell(["backups", name, field], `is required: a dump of ${backup.type} needs it`, "add it");
      }
      if (!isNeeded && backup[field] !== undefined) {
        const message = `is nothing that a dump of ${backup.type} needs`;
        tell(["backups", name, field], message, "leave it out", "key");
      }
    }
  }
  checkFolders(
    "backups",
    entries.map(([name, one]) => ({ name, file: "", folder: folderOf(name, one) })),
    tell,
  );
}

function checkVolumeBackups({ volumeBackups, git }: ComposeManifest, tell: Tell): void {
  const entries = Object.entries(volumeBackups);
  for (const [name, { cron, external, volume }] of entries) {
    checkCron(["volumeBackups", name, "cron"], cron, tell);
    if (external && git === undefined) {
      const hint = "leave it out: the compose file says what the volume is called";
      tell(["volumeBackups", name, "external"], "is only for a file in `git`", hint, "key");
    }
    if (git !== undefined) checkVolumeName(["volumeBackups", name, "volume"], volume, tell);
  }
  checkFolders(
    "volumeBackups",
    entries.map(([name, one]) => ({ name, file: one.volume, folder: folderOf(name, one) })),
    tell,
  );
}

/** Dokploy takes no other name. */
function checkVolumeName(path: Path, name: string, tell: Tell): void {
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name)) return;
  tell(path, "is no name of a volume", "it has letters, digits, `_`, `.` and `-`");
}

/** The rules that need no compose file. */
export function checkTimed(manifest: ComposeManifest, tell: Tell): void {
  checkSchedules(manifest.schedules, tell);
  checkBackups(manifest.backups, tell);
  checkVolumeBackups(manifest, tell);
}

/** The volumes that a service mounts, by their names in the file; null where a variable may name another one. */
function mountedBy({ volumes }: PlainMap): ReadonlySet<string> | null {
  const given: readonly Plain[] = Array.isArray(volumes) ? (volumes as readonly Plain[]) : [];
  const sources = given.flatMap((volume) => {
    const source = typeof volume === "string" ? volume.split(":")[0] : mapOf(volume).source;
    return typeof source === "string" ? [source] : [];
  });
  return sources.some((source) => source.includes("$")) ? null : new Set(sources);
}

interface InFile {
  readonly manifest: ComposeManifest;
  readonly file: ComposeFile;
  readonly services: ReadonlyMap<string, PlainMap>;
  readonly tell: Tell;
}

function checkMounted(path: Path, volume: string, service: PlainMap, asked: InFile): void {
  if (mountedBy(service)?.has(volume) !== false) return;
  const mounting = [...asked.services].flatMap(([name, one]) =>
    mountedBy(one)?.has(volume) === true ? [name] : [],
  );
  const hint = mounting.length === 0 ? "no service does" : `mounted by ${mounting.join(", ")}`;
  asked.tell(path, `does not mount the volume ${volume}`, hint);
}

function checkVolume(
  name: string,
  { volume, service, turnOff }: ComposeVolumeBackupsManifest[string],
  asked: InFile,
): void {
  const { manifest, file, services, tell } = asked;
  const path: Path = ["volumeBackups", name];
  const known = Object.keys(mapOf(file.volumes));
  if (!known.includes(volume)) {
    const all = known.length === 0 ? "it has none" : `it has ${known.join(", ")}`;
    const message = `names no volume of the compose file: ${volume}`;
    tell([...path, "volume"], message, didYouMean(volume, known) ?? all);
    return;
  }
  const fixed = fixedVolumeName(file, volume);
  if (fixed?.includes("$") === true) {
    const message = "has a variable in its name, and only docker knows what it becomes";
    tell([...path, "volume"], message, "write its `name` out in the compose file");
  } else checkVolumeName([...path, "volume"], fixed ?? volume, tell);
  const given = services.get(service);
  if (given === undefined) return;
  checkMounted([...path, "service"], volume, given, asked);
  const { mode } = mapOf(given.deploy);
  const hasNumber = manifest.type !== "stack" || mode === undefined || mode === "replicated";
  if (turnOff && !hasNumber) {
    const message = "cannot be done for a service without a number of replicas";
    tell([...path, "turnOff"], message, "leave it out", "key");
  }
}

/** The rules that need the compose file: the services and volumes that it has. */
export function checkTimedInFile(manifest: ComposeManifest, file: ComposeFile, tell: Tell): void {
  const services = new Map(extendedServices(file));
  const names = [...services.keys()];
  for (const root of ["schedules", "backups", "volumeBackups"] as const) {
    const entries: readonly (readonly [string, { readonly service: string }])[] = Object.entries(
      manifest[root],
    );
    for (const [name, { service }] of entries) {
      if (services.has(service)) continue;
      const message = `names no service of the compose file: ${service}`;
      const hint = didYouMean(service, names) ?? `it has ${names.join(", ")}`;
      tell([root, name, "service"], message, hint);
    }
  }
  for (const [name, backup] of Object.entries(manifest.volumeBackups)) {
    checkVolume(name, backup, { manifest, file, services, tell });
  }
}

export function composeBackupsOf(backups: ComposeBackupsManifest): readonly BackupSpec[] {
  return Object.entries(backups).map(([name, backup]) => {
    const { service, type, database, user = "", password = "", rootPassword = "" } = backup;
    const within: DatabaseWithin = { service, type, user, password, rootPassword };
    return { ...copiesOf(name, backup), database, within };
  });
}

/** `file` null: it is in another repository, and Capstan does not read it. */
export function composeVolumeBackupsOf(
  backups: ComposeVolumeBackupsManifest,
  file: ComposeFile | null,
): readonly VolumeBackupSpec[] {
  return Object.entries(backups).map(([name, backup]) => {
    const { volume, service, turnOff, external } = backup;
    const said = external ? volume : null;
    const fixed = file === null ? said : fixedVolumeName(file, volume);
    return {
      ...copiesOf(name, backup),
      ...{ service, turnOff, volume: fixed ?? { own: volume } },
    };
  });
}
