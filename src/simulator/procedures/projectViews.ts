/** What the lists show of projects, in one pass over each table: they must stay cheap when big. */
import { serviceKinds, type ServiceKind } from "../../model/observed.ts";
import { isMember } from "../access.ts";
import {
  ALPHABETICAL,
  listsOf,
  orderOf,
  SERVICES,
  type Service,
  type ServiceRow,
} from "../kinds/services.ts";
import type { EnvironmentRow, ProjectRow } from "../rows.ts";
import { listWhere, newestFirst, type Tables } from "../state.ts";
import { groupBy, servicesByEnvironment, tagsByProject, type Services } from "../views.ts";
import type { Call } from "../world.ts";

export const LISTED = orderOf([
  "application",
  "mariadb",
  "mongo",
  "mysql",
  "postgres",
  "redis",
  "compose",
  "libsql",
]);
const FOR_PERMISSIONS = orderOf([
  "application",
  "mariadb",
  "postgres",
  "mysql",
  "mongo",
  "redis",
  "compose",
  "libsql",
]);

export function visibleProjects(call: Call): ProjectRow[] {
  const { tables } = call.world;
  const allowed = isMember(call) ? new Set(call.actor.accessedProjects) : undefined;
  return listWhere(
    tables.projects,
    (row) => row.organizationId === tables.organizationId && (allowed?.has(row.projectId) ?? true),
  );
}

export function listAll(call: Call): unknown[] {
  const { tables } = call.world;
  const projects = newestFirst(visibleProjects(call));
  if (projects.length === 0) return [];
  const member = isMember(call);
  const services = new Set(call.actor.accessedServices);
  const environments = new Set(call.actor.accessedEnvironments);
  const byProject = groupBy(tables.environments.values(), (row) => row.projectId);
  const inside = servicesByEnvironment(tables, (one) => !member || services.has(one));
  const tags = tagsByProject(tables);
  return projects.map((project) => ({
    ...project,
    environments: (byProject.get(project.projectId) ?? [])
      .filter((row) => !member || environments.has(row.environmentId))
      .map((row) => listedEnvironment(row, inside, member)),
    projectTags: tags.get(project.projectId) ?? [],
  }));
}

function listedEnvironment(row: EnvironmentRow, services: Services, member: boolean): unknown {
  const { name, environmentId, isDefault } = row;
  return {
    name,
    environmentId,
    isDefault,
    ...listsOf(LISTED, (kind, { id, status, isDatabase }) =>
      (services[kind].get(environmentId) ?? []).map((one) =>
        // Of databases an owner's list shows nothing but the id.
        isDatabase && !member
          ? { [id]: one[id] }
          : { [id]: one[id], name: one.name, [status]: one[status] },
      ),
    ),
  };
}

export function listForPermissions(tables: Tables): unknown[] {
  const own = listWhere(tables.projects, (row) => row.organizationId === tables.organizationId);
  const byProject = groupBy(tables.environments.values(), (row) => row.projectId);
  const inside = servicesByEnvironment(tables, () => true);
  return newestFirst(own).map((project) => ({
    projectId: project.projectId,
    name: project.name,
    environments: (byProject.get(project.projectId) ?? []).map((row) => ({
      environmentId: row.environmentId,
      name: row.name,
      isDefault: row.isDefault,
      ...listsOf(FOR_PERMISSIONS, (kind, { id, status }) =>
        (inside[kind].get(row.environmentId) ?? []).map((one) => ({
          [id]: one[id],
          appName: one.appName,
          name: one.name,
          createdAt: one.createdAt,
          [status]: one[status],
          description: one.description,
          serverId: one.serverId,
        })),
      ),
    })),
  }));
}

export function projectView(call: Call, row: ProjectRow): unknown {
  const { tables } = call.world;
  const member = isMember(call);
  const services = new Set(call.actor.accessedServices);
  const inside = servicesByEnvironment(tables, (one) => !member || services.has(one));
  return {
    ...row,
    environments: listWhere(tables.environments, (one) => one.projectId === row.projectId).map(
      (environment) => ({
        ...environment,
        ...listsOf(ALPHABETICAL, (kind, service) =>
          (inside[kind].get(environment.environmentId) ?? []).map((one) => ({
            ...common(one),
            ...ownOf(kind, service, one),
            server: null,
          })),
        ),
      }),
    ),
    projectTags: tagsByProject(tables).get(row.projectId) ?? [],
  };
}

export function common({ name, description, appName, createdAt, serverId }: ServiceRow): object {
  return { name, description, appName, createdAt, serverId };
}

/** The order of these differs from kind to kind. */
export function ownOf(kind: ServiceKind, { id, status }: Service, one: ServiceRow): object {
  if (kind === "compose") return { [id]: one[id], [status]: one[status] };
  const own = { [status]: one[status], [id]: one[id] };
  return kind === "application" ? { ...own, icon: one.icon } : own;
}

export function homeStats(tables: Tables): unknown {
  const rowsOf = (kind: ServiceKind): ServiceRow[] => [...SERVICES[kind].rows(tables).values()];
  const statuses = serviceKinds.flatMap((kind) =>
    rowsOf(kind).map((row) => row[SERVICES[kind].status]),
  );
  const count = (wanted: string): number => statuses.filter((one) => one === wanted).length;
  const size = (test: (service: Service) => boolean): number =>
    serviceKinds.filter((kind) => test(SERVICES[kind])).flatMap(rowsOf).length;
  return {
    projects: tables.projects.size,
    environments: tables.environments.size,
    applications: tables.applications.size,
    compose: tables.compose.size,
    databases: size(({ isDatabase }) => isDatabase),
    services: size(() => true),
    // Not recorded: as Dokploy's source has it, what is being deployed counts as idle.
    status: {
      running: count("done"),
      error: count("error"),
      idle: statuses.length - count("done") - count("error"),
    },
  };
}
