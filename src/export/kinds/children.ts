// What a manifest says of the children of services.
import type {
  BackupSpec,
  DomainSpec,
  MountSpec,
  PortSpec,
  RedirectSpec,
  ScheduleSpec,
  VolumeBackupSpec,
} from "../../model/specs.ts";
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
  return byName(schedules, ({ cron, timezone, command, shell, enabled }) => ({
    cron,
    ...say("timezone", timezone, "UTC"),
    command,
    ...say("shell", shell, "sh"),
    ...say("enabled", enabled, true),
  }));
}

function copiesBody(copies: Omit<BackupSpec, "database">): Body {
  const { name, cron, destination, prefix, keepLatest, enabled } = copies;
  return {
    ...{ cron, destination },
    ...say("prefix", prefix, name.replaceAll(" ", "-")),
    ...say("keepLatest", keepLatest),
    ...say("enabled", enabled, true),
  };
}

/** `own`: the database that the service is made with. */
export function backupsBody(backups: readonly BackupSpec[], own: string): Body {
  return byName(backups, (one) => ({ ...copiesBody(one), ...say("database", one.database, own) }));
}

export function volumeBackupsBody({
  volumeBackups: backups,
  mounts,
}: {
  readonly volumeBackups: readonly VolumeBackupSpec[];
  readonly mounts: readonly MountSpec[];
}): Body {
  const mounted = backups.filter(({ volume }) => volume === null || mountsVolume(mounts, volume));
  return byName(mounted, (one) => ({
    ...copiesBody(one),
    ...say("volume", one.volume),
    ...say("turnOff", one.turnOff, false),
  }));
}
