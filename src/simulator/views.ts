/** Rows put together the way the recorded answers nest them. */
import { serviceKinds, type ServiceKind } from "../model/observed.ts";
import type { DatabaseKind, DatabaseRow } from "./kinds/databaseRow.ts";
import { DATABASES } from "./kinds/databases.ts";
import { SERVICES, type ServiceRow } from "./kinds/services.ts";
import type { EnvironmentRow, ProjectRow } from "./rows.ts";
import type { ApplicationRow, ComposeRow } from "./serviceRows.ts";
import { listWhere, newestFirst, type Tables } from "./state.ts";
import { backupsOf, withoutKeys } from "./timedRows.ts";
import { runsOf } from "./timedRun.ts";
import type { World } from "./world.ts";

/** One pass over a table instead of one a parent: the lists must stay cheap at 10,000 projects. */
export function groupBy<T>(rows: Iterable<T>, key: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const name = key(row);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [row]);
    else group.push(row);
  }
  return groups;
}

/** By kind, and there by environment. */
export type Services = Readonly<Record<ServiceKind, Map<string, ServiceRow[]>>>;

/** Services by environment, only those that `visible` lets through. */
export function servicesByEnvironment(
  tables: Tables,
  visible: (serviceId: string) => boolean,
): Services {
  const byEnvironment = (kind: ServiceKind): [ServiceKind, Map<string, ServiceRow[]>] => {
    const { id, rows } = SERVICES[kind];
    const seen = listWhere(rows(tables), (row) => visible(String(row[id])));
    return [kind, groupBy(seen, (row) => row.environmentId)];
  };
  return Object.fromEntries(serviceKinds.map(byEnvironment)) as Record<
    ServiceKind,
    Map<string, ServiceRow[]>
  >;
}

export function environmentWithProject(
  tables: Tables,
  environmentId: string,
): (EnvironmentRow & { project: ProjectRow | null }) | null {
  const environment = tables.environments.get(environmentId);
  if (environment === undefined) return null;
  const project = tables.projects.get(environment.projectId);
  return { ...environment, project: project === undefined ? null : { ...project } };
}

/** An application with everything that hangs on it; the children come unordered. */
export function applicationView(world: World, row: ApplicationRow): Record<string, unknown> {
  const { tables } = world;
  const mine = (child: { applicationId: string | null }): boolean =>
    child.applicationId === row.applicationId;
  return {
    ...row,
    environment: environmentWithProject(tables, row.environmentId),
    domains: listWhere(tables.domains, mine).map((child) => ({ ...child })),
    deployments: listWhere(tables.deployments, mine).map((child) => ({ ...child })),
    mounts: listWhere(tables.mounts, mine).map((child) => ({ ...child })),
    redirects: listWhere(tables.redirects, mine).map((child) => ({ ...child })),
    security: listWhere(tables.security, mine).map((child) => ({ ...child })),
    ports: listWhere(tables.ports, mine).map((child) => ({ ...child })),
    gitlab: null,
    github: null,
    bitbucket: null,
    gitea: null,
    server: null,
    previewDeployments: [],
    registry: null,
    buildRegistry: null,
    rollbackRegistry: null,
  };
}

export function composeView(world: World, row: ComposeRow): Record<string, unknown> {
  const { tables } = world;
  const mine = (child: { composeId: string | null }): boolean => child.composeId === row.composeId;
  return {
    ...row,
    environment: environmentWithProject(tables, row.environmentId),
    deployments: listWhere(tables.deployments, mine).map((child) => ({ ...child })),
    mounts: listWhere(tables.mounts, mine).map((child) => ({ ...child })),
    domains: listWhere(tables.domains, mine).map((child) => ({ ...child })),
    github: null,
    gitlab: null,
    bitbucket: null,
    gitea: null,
    server: null,
    backups: backupViews(tables, "composeId", row.composeId),
  };
}

export function databaseView(
  world: World,
  kind: DatabaseKind,
  row: DatabaseRow,
): Record<string, unknown> {
  const { tables } = world;
  const { id } = SERVICES[kind];
  const mounts = listWhere(tables.mounts, (mount) => mount[id] === row[id]);
  return {
    ...structuredClone(row),
    environment: environmentWithProject(tables, row.environmentId),
    mounts: mounts.map((child) => ({ ...child })),
    server: null,
    ...(DATABASES[kind].hasBackups && { backups: backupViews(tables, id, row[id]) }),
  };
}

function backupViews(tables: Tables, column: string, id: unknown): object[] {
  return backupsOf(tables.backups.values(), column, id).map((row) => {
    const destination = tables.destinations.get(row.destinationId);
    return {
      ...row,
      destination: destination === undefined ? null : withoutKeys(destination),
      deployments: runsOf(tables, "backupId", row.backupId),
    };
  });
}

export function tagsByProject(tables: Tables): Map<string, unknown[]> {
  const out = new Map<string, unknown[]>();
  for (const link of tables.projectTags) {
    const tag = tables.tags.get(link.tagId);
    const list = out.get(link.projectId) ?? [];
    list.push({ ...link, tag: tag === undefined ? null : { ...tag } });
    out.set(link.projectId, list);
  }
  return out;
}

export function search<T extends { createdAt: string }>(
  rows: Iterable<T>,
  page: { limit: number; offset: number },
): { items: T[]; total: number } {
  const all = newestFirst(rows);
  return { items: all.slice(page.offset, page.offset + page.limit), total: all.length };
}

/** `ilike '%term%'`; an empty term matches everything. */
export function contains(term: string | undefined, ...texts: (string | null)[]): boolean {
  const wanted = term?.trim().toLowerCase() ?? "";
  if (wanted === "") return true;
  return texts.some((one) => one?.toLowerCase().includes(wanted) ?? false);
}
