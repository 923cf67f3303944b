// What the plan and the engine know of each kind of service. One row a kind, complete by the compiler.
import type { ServiceKind, SwarmService } from "../observed.ts";
import type { Configured, ManagedKind, SpecOf } from "../specs.ts";
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

/** Whether Capstan makes and changes services of a kind; it leaves the other kinds of a server alone. */
export function isManaged(kind: string): kind is ManagedKind {
  return Object.hasOwn(kinds, kind);
}

/** For people; of a kind that is not managed its own name. */
export function kindTitle(kind: ServiceKind): string {
  return isManaged(kind) ? kinds[kind].title : kind;
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

/** Its names on `dokploy-network`. */
export function aliasesOf({ kind, spec }: Configured): readonly string[] {
  return kindOf(kind).aliases(spec);
}

/** What it runs, in few words: its image. */
export function runsOf({ kind, spec }: Configured): string {
  return kindOf(kind).runs(spec);
}

/** The changes to one service that would lose data. `have` is of the same kind. */
export function dataLosses(want: Configured, have: Configured["spec"]): readonly DataLoss[] {
  return kindOf(want.kind).losses(want.spec, have);
}
