// What a manifest says of the children of services.
import type {
  BackupSpec,
  DatabaseWithin,
  DomainSpec,
  MountSpec,
  PortSpec,
  RedirectSpec,
  ScheduleSpec,
  VolumeBackupSpec,
} from "../../model/specs.ts";
import { fixedVolumeName, mapOf } from "../../model/compose-file.ts";
import type { ComposeFile } from "../../model/compose-file.ts";
import { mountsVolume, say, sayList } from "./kind.ts";
import type { Body } from "./kind.ts";

/** Its name on the server is the one that it has: that it is the stack's own nobody can tell. */
export function mountBody(mount: MountSpec): Body {
  const { type, target } = mount;
  switch (mount.type) {
    case "volume":
      return { type, source: mount.volume, target, external: true };
    case "bind":
      return { type, source: mount.source, target };
    case "file":
      return { type, target, content: mount.content };
  }
}

export function domainBody(domain: DomainSpec): Body {
  return {
    ...say("service", domain.service),
    host: domain.host,
    ...say("path", domain.path, "/"),
    port: domain.port,
    ...say("https", domain.https, false),
    ...say("certificate", domain.certificate, "none"),
    ...say("stripPath", domain.stripPath, false),
    ...say("internalPath", domain.internalPath, "/"),
    ...sayList("middlewares", domain.middlewares),
    ...say("entrypoint", domain.entrypoint),
  };
}

export function portBody({ published, target, protocol, mode }: PortSpec): Body {
  return {
    published,
    target,
    ...say("protocol", protocol, "tcp"),
    ...say("mode", mode, "ingress"),
  };
}

export function redirectBody({ regex, replacement, permanent }: RedirectSpec): Body {
  return { regex, replacement, ...say("permanent", permanent, false) };
}

/** By name; of two with one name the first. */
function byName<Spec extends { readonly name: string }>(
  all: readonly Spec[],
  body: (one: Spec) => Body,
): Body {
  const named: Record<string, Body> = {};
  for (const one of all) named[one.name] ??= body(one);
  return named;
}

export function schedulesBody(schedules: readonly ScheduleSpec[]): Body {
  return byName(schedules, ({ service, cron, timezone, command, shell, enabled }) => ({
    ...say("service", service),
    cron,
    ...say("timezone", timezone, "UTC"),
    command,
    ...say("shell", shell, "sh"),
    ...say("enabled", enabled, true),
  }));
}

type Copies = Omit<BackupSpec, "database" | "within">;

function copiesBody(copies: Copies): Body {
  const { name, cron, destination, prefix, keepLatest, enabled } = copies;
  return {
    ...{ cron, destination },
    ...say("prefix", prefix, name.replaceAll(" ", "-")),
    ...say("keepLatest", keepLatest),
    ...say("enabled", enabled, true),
  };
}

function withinBody({ service, type, user, password, rootPassword }: DatabaseWithin): Body {
  const login = { ...say("user", user, ""), ...say("password", password, "") };
  return { service, type, ...login, ...say("rootPassword", rootPassword, "") };
}

/** `own`: the database that the service is made with. */
export function backupsBody(backups: readonly BackupSpec[], own: string): Body {
  return byName(backups, ({ within, ...one }) => ({
    ...(within === undefined ? {} : withinBody(within)),
    ...say("database", one.database, within === undefined ? own : null),
    ...copiesBody(one),
  }));
}

export function volumeBackupsBody({
  volumeBackups: backups,
  mounts,
}: {
  readonly volumeBackups: readonly VolumeBackupSpec[];
  readonly mounts: readonly MountSpec[];
}): Body {
  const mounted = backups.filter(({ volume }) => volume === null || mountsVolume(mounts, volume));
  return byName(mounted, (one) => ({ ...say("volume", one.volume), ...volumeCopyBody(one) }));
}

function volumeCopyBody({ turnOff, ...copies }: Omit<VolumeBackupSpec, "volume">): Body {
  return { ...copiesBody(copies), ...say("turnOff", turnOff, false) };
}

/** How a manifest calls a volume of a compose file; null: the file has none of that name on the server. */
function volumeWords(volume: VolumeBackupSpec["volume"], file: ComposeFile | null): Body | null {
  if (volume === null) return null;
  if (typeof volume === "object") return { volume: volume.own };
  if (file === null) return { volume, external: true };
  const known = Object.keys(mapOf(file.volumes));
  const name = known.find((one) => fixedVolumeName(file, one) === volume);
  return name === undefined ? null : { volume: name };
}

/** Of a compose service. `file` null: it is in a repository. */
export function volumeBackupsWithin(
  backups: readonly VolumeBackupSpec[],
  file: ComposeFile | null,
): Body {
  const words = backups.map((one) => [one, volumeWords(one.volume, file)] as const);
  const said = new Map(words.flatMap(([one, volume]) => (volume === null ? [] : [[one, volume]])));
  return byName([...said.keys()], (one) => ({
    ...say("service", one.service),
    ...said.get(one),
    ...volumeCopyBody(one),
  }));
}
