// A compose service or a database of the simulated server against what Git says: in Dokploy's own columns. What runs by
// the clock is the same for every kind.
import { parse } from "yaml";
import { parseEnvText } from "../../../src/model/env-text.ts";
import { formatWant, parseMarker } from "../../../src/model/marker.ts";
import type { DesiredService, DesiredStack } from "../../../src/model/desired.ts";
import type { VolumeBackupSpec } from "../../../src/model/specs.ts";
import type { ServiceKind } from "../../../src/model/observed.ts";
import { SERVICES } from "../../../src/simulator/kinds/services.ts";
import type { ServiceRow } from "../../../src/simulator/kinds/services.ts";
import type { Simulator } from "../../../src/simulator/server.ts";
import { runningOf } from "../../support/world-picture.ts";
import { domainOf, lookAtDeployments, mountOf } from "./application.ts";
import { keyOrder, lookAtMarker, sorted } from "./expected.ts";
import type { Expected, Say } from "./expected.ts";

type State = Simulator["state"];

interface Looked {
  readonly say: Say;
  readonly state: State;
  readonly row: ServiceRow;
  readonly where: string;
}

/** The rows of a table that belong to one service. */
function childrenOf<T extends object>(rows: Map<string, T>, kind: ServiceKind, row: object): T[] {
  const { id } = SERVICES[kind];
  const owner = (row as Record<string, unknown>)[id];
  return [...rows.values()].filter((one) => (one as Record<string, unknown>)[id] === owner);
}

/** What docker calls a volume. */
function volumeOn(volume: VolumeBackupSpec["volume"], appName: string): string {
  if (typeof volume === "string") return volume;
  return volume === null ? `${appName}-data` : `${appName}_${volume.own}`;
}

/** What Dokploy does by the clock for a service of any kind. */
export function lookAtTimed(
  { say, state, row, where }: Looked,
  { kind, spec }: DesiredService,
): void {
  const destination = (id: string): string | undefined => state.destinations.get(id)?.name;
  const of = <T extends object>(rows: Map<string, T>): T[] => childrenOf(rows, kind, row);
  const schedules = of(state.schedules).map((one) => [one.name, one.cronExpression, one.command]);
  const wanted = "schedules" in spec ? spec.schedules : [];
  const expected = wanted.map(({ name, cron, command }) => [name, cron, command]);
  say(where, "schedules", sorted(schedules), sorted(expected));
  const backups = of(state.backups).map((one) => [
    ...[one.prefix, one.schedule, one.database, destination(one.destinationId)],
    ...(kind === "compose" ? [one.serviceName, one.databaseType] : []),
  ]);
  const dumps = "backups" in spec ? spec.backups : [];
  const stored = dumps.map((one) => [
    ...[one.prefix, one.cron, one.database, one.destination],
    ...(one.within === undefined ? [] : [one.within.service, one.within.type]),
  ]);
  say(where, "backups", sorted(backups), sorted(stored));
  const volumes = of(state.volumeBackups).map((one) => [
    ...[one.name, one.volumeName, one.cronExpression, destination(one.destinationId)],
  ]);
  const copies = "volumeBackups" in spec ? spec.volumeBackups : [];
  const copied = copies.map((one) => [
    ...[one.name, volumeOn(one.volume, row.appName), one.cron, one.destination],
  ]);
  say(where, "volume backups", sorted(volumes), sorted(copied));
}

function lookAtCompose(
  { say, state, row, where }: Looked,
  service: Extract<DesiredService, { readonly kind: "compose" }>,
): void {
  const { spec } = service;
  const file = parse(String(row.composeFile), { merge: true }) as {
    services: Record<string, { labels?: Record<string, string>; image?: string }>;
  };
  const want = parseMarker(row.description)?.want ?? null;
  const asked = spec.file.services as Readonly<Record<string, { readonly image?: string }>>;
  const images = (services: Readonly<Record<string, { readonly image?: string }>>): unknown =>
    keyOrder(Object.fromEntries(Object.entries(services).map(([name, one]) => [name, one.image])));
  say(where, "images of its file", images(file.services), images(asked));
  const type = String(row.composeType);
  say(
    where,
    "type, source and deploys by itself",
    [type, row.sourceType, row.autoDeploy],
    [...[spec.type, "raw", false]],
  );
  const runs = runningOf(state, row.appName);
  const wanted = Object.values(asked).map(({ image }) => image);
  say(where, "images that run", sorted(runs.map(({ image }) => image)), sorted(wanted));
  const labels = runs.map(({ label }) => label);
  const expected = labels.map(() => (want === null ? "a want" : formatWant(want)));
  say(where, "labels that run", labels, expected);
  const domains = childrenOf(state.domains, "compose", row).map((one) => ({
    ...domainOf(one),
    service: one.serviceName,
  }));
  const hosts = spec.domains.map(keyOrder);
  say(where, "domains", sorted(domains.map(keyOrder)), sorted(hosts));
  const mounts = childrenOf(state.mounts, "compose", row).map(mountOf);
  say(where, "mounts", sorted(mounts.map(keyOrder)), sorted(spec.mounts.map(keyOrder)));
}

function lookAtDatabase({ say, state, row, where }: Looked, service: DesiredService): void {
  const { spec } = service;
  if (!("password" in spec)) return;
  if (service.kind !== "libsql") say(where, "image", row.dockerImage, spec.image);
  say(where, "password", row.databasePassword, spec.password);
  say(where, "external port", row.externalPort, spec.externalPort);
  const { want } = parseMarker(row.description) ?? { want: null };
  const runs = runningOf(state, row.appName);
  const label = want === null ? "a want" : formatWant(want);
  say(
    where,
    "labels that run",
    runs.map((one) => one.label),
    [label],
  );
  const swarm = state.swarmServices.get(row.appName);
  say(where, "state of its update", swarm?.updateStatus?.State ?? "completed", "completed");
  say(where, "replicas", swarm?.spec.Mode.Replicated.Replicas, 1);
  const env = swarm?.spec.TaskTemplate.ContainerSpec.Env ?? [];
  const missing = Object.entries(spec.env).filter(
    ([key, value]) => !env.includes(`${key}=${value}`),
  );
  say(where, "env that does not run", missing, []);
  const mounts = childrenOf(state.mounts, service.kind, row).map(mountOf);
  const own = { type: "volume" as const, volume: `${row.appName}-data` };
  const others = mounts.filter((one) => one.type !== "volume" || one.volume !== own.volume);
  say(where, "mounts of its data", mounts.length - others.length, 1);
  say(where, "mounts", sorted(others.map(keyOrder)), sorted(spec.mounts.map(keyOrder)));
}

/** The row of a compose service or a database, its children, what runs of it and how often it was deployed. */
export function lookAtService(
  say: Say,
  state: State,
  row: ServiceRow,
  stack: DesiredStack,
  service: DesiredService,
  { configurations, wasTaken = false }: Expected,
): void {
  const where = `${stack.name} ${service.key}`;
  const marker = parseMarker(row.description);
  const id = String(row[SERVICES[service.kind].id]);
  lookAtMarker(say, where, marker, { id, key: service.key, stack: stack.name });
  say(where, "wanted hash", marker?.want?.hash, service.hash.run);
  say(where, "live hash", marker?.live, service.hash.live);
  say(where, "status", row[SERVICES[service.kind].status], "done");
  const env = keyOrder(parseEnvText((row.env as string | null) ?? "").values);
  say(where, "env", env, keyOrder(service.spec.env));
  const looked = { say, state, row, where };
  lookAtTimed(looked, service);
  if (service.kind === "compose") {
    lookAtCompose(looked, service);
    const rows = childrenOf(state.deployments, "compose", row);
    lookAtDeployments(say, where, rows, configurations.get(where) ?? new Set(), wasTaken);
  } else lookAtDatabase(looked, service);
}
