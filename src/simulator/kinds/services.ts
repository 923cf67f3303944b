/**
 * Every kind of service as lists, mounts and removals see it: its table, its id, its status, and
 * where the answers have it. Complete by the compiler; nothing else in the simulator lists kinds.
 */
import { serviceKinds, type ServiceKind } from "../../model/observed.ts";
import type { MountOwner } from "../rows.ts";
import type { Tables } from "../state.ts";

/** What lists show of a service. */
export interface ServiceRow {
  name: string;
  appName: string;
  description: string | null;
  createdAt: string;
  environmentId: string;
  serverId: string | null;
  [column: string]: unknown;
}

export interface Service {
  readonly id: MountOwner;
  /** Where an environment's lists have its rows. */
  readonly list: string;
  readonly status: "applicationStatus" | "composeStatus";
  readonly isDatabase: boolean;
  readonly rows: (tables: Tables) => Map<string, ServiceRow>;
}

const database = { status: "applicationStatus", isDatabase: true } as const;

export const SERVICES: Readonly<Record<ServiceKind, Service>> = {
  application: {
    id: "applicationId",
    list: "applications",
    status: "applicationStatus",
    isDatabase: false,
    rows: (tables) => tables.applications,
  },
  compose: {
    id: "composeId",
    list: "compose",
    status: "composeStatus",
    isDatabase: false,
    rows: (tables) => tables.compose,
  },
  postgres: {
    ...database,
    id: "postgresId",
    list: "postgres",
    rows: (tables) => tables.postgres,
  },
  mysql: { ...database, id: "mysqlId", list: "mysql", rows: (tables) => tables.mysql },
  mariadb: { ...database, id: "mariadbId", list: "mariadb", rows: (tables) => tables.mariadb },
  mongo: { ...database, id: "mongoId", list: "mongo", rows: (tables) => tables.mongo },
  redis: { ...database, id: "redisId", list: "redis", rows: (tables) => tables.redis },
  libsql: { ...database, id: "libsqlId", list: "libsql", rows: (tables) => tables.libsql },
};

/** The order of most answers; a list that has another says so. */
export const ALPHABETICAL: readonly ServiceKind[] = [...serviceKinds].sort();

/** Refuses, when it is compiled, an order that lacks a kind. */
export function orderOf<const T extends readonly ServiceKind[]>(
  order: ServiceKind extends T[number] ? T : never,
): readonly ServiceKind[] {
  return order;
}

/** What an environment holds, one entry a kind, in the order that the answer has. */
export function listsOf(
  order: readonly ServiceKind[],
  one: (kind: ServiceKind, service: Service) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(order.map((kind) => [SERVICES[kind].list, one(kind, SERVICES[kind])]));
}

export function serviceKind(name: string): ServiceKind | undefined {
  return serviceKinds.find((kind) => kind === name);
}
