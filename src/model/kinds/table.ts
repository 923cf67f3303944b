// What the plan and the engine know of each kind of service. One row a kind, complete by the compiler.
import type { DriftChange } from "../cause.ts";
import type { HostAccess } from "../host-access.ts";
import type { ObservedService, ServiceKind, SwarmService } from "../observed.ts";
import type { Configured, GitSource, ManagedKind, SpecOf } from "../specs.ts";
import { application } from "./application.ts";
import { compose } from "./compose.ts";
import { databaseKind } from "./database.ts";
import type { DataLoss, Kind } from "./kind.ts";

export const kinds: { readonly [K in ManagedKind]: Kind<SpecOf[K]> } = {
  application,
  compose,
  postgres: databaseKind("postgres"),
  mysql: databaseKind("mysql"),
  mariadb: databaseKind("mariadb"),
  mongo: databaseKind("mongo"),
  redis: databaseKind("redis"),
  libsql: databaseKind("libsql"),
};

export const managedKinds = Object.keys(kinds) as readonly ManagedKind[];

/** For people: `application`, `postgres database`. */
export function kindTitle(kind: ServiceKind): string {
  return kinds[kind].title;
}

/** Whether a service of this kind runs as parts of its own, and not as one service of the swarm. */
export function runsInParts(kind: ServiceKind): boolean {
  return kinds[kind].runsAs === "parts";
}

/** The row of a kind; the caller passes it only specs of that kind. */
export function kindOf(kind: ManagedKind): Kind<Configured["spec"]> {
  return kinds[kind] as unknown as Kind<Configured["spec"]>;
}

type Asked = Configured & { readonly ignore: readonly string[] };

/** How many containers must run of it; null: as many as what runs itself wants. */
export function replicasOf(asked: Asked): number | null {
  return kindOf(asked.kind).replicas(asked);
}

/** What runs of it, counted as its kind counts; undefined where the lists show nothing. */
export function runningOf(
  asked: Asked,
  swarm: ReadonlyMap<string, SwarmService>,
  appName: string,
): SwarmService | undefined {
  const found = swarm.get(appName);
  return found === undefined ? undefined : kindOf(asked.kind).count(asked, found);
}

/**
 * How what runs of it is not as Git asks for it; null when it is. `live`: counted by `runningOf`; `status`: Dokploy's
 * word for the service.
 */
export function driftOf(
  asked: Asked,
  live: SwarmService,
  status: ObservedService["status"],
): DriftChange | null {
  return kindOf(asked.kind).drift(asked, live, status);
}

/** Its names on `dokploy-network`. */
export function aliasesOf({ kind, spec }: Configured): readonly string[] {
  return kindOf(kind).aliases(spec);
}

/** What it runs, in few words: its image. */
export function runsOf({ kind, spec }: Configured): string {
  return kindOf(kind).runs(spec);
}

/** The one image that it runs; null: it runs many. */
export function imageOf({ kind, spec }: Configured): string | null {
  return kindOf(kind).image(spec);
}

/** The repository from which Dokploy gets it with each deployment; null: it is in the configuration. */
export function sourceOf({ kind, spec }: Configured): GitSource | null {
  return kindOf(kind).source(spec);
}

/** Whether what runs of it carries the label `capstan.want`; otherwise its deployment's row is all that proves it. */
export function carriesLabel({ kind, spec }: Configured): boolean {
  return kindOf(kind).carriesLabel(spec);
}

export function isFromGit(configured: Configured): boolean {
  return sourceOf(configured) !== null;
}

/** What of it reaches the host that it runs on: its folders and ports, rights over it. */
export function hostAccessOf({ kind, spec }: Configured): readonly HostAccess[] {
  return kindOf(kind).hostAccess(spec);
}

/** The volumes that stay on the server when it goes, by their names there. */
export function volumesOf({ kind, spec }: Configured, appName: string): readonly string[] {
  return kindOf(kind).volumes(spec, appName);
}

/** All volumes that hold data of it, by their names on its server; sorted. */
export function dataOf({ kind, spec }: Configured, appName: string): readonly string[] {
  return [...new Set(kindOf(kind).data(spec, appName))].sort();
}

/** The changes to one service that would lose data. `have` is of the same kind. */
export function dataLosses(want: Configured, have: Configured["spec"]): readonly DataLoss[] {
  return kindOf(want.kind).losses(want.spec, have);
}
