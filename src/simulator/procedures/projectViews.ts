/** What the lists show of projects, in one pass over each table: they must stay cheap when big. */
import { isMember } from "../access.ts";
import type { EnvironmentRow, ProjectRow } from "../rows.ts";
import { listWhere, newestFirst, type Tables } from "../state.ts";
import { groupBy, servicesByEnvironment, tagsByProject, type Services } from "../views.ts";
import type { Call } from "../world.ts";

const NO_DATABASES = { mariadb: [], mongo: [], mysql: [], redis: [], libsql: [] } as const;

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
    applications: (services.applications.get(environmentId) ?? []).map((one) => ({
      applicationId: one.applicationId,
      name: one.name,
      applicationStatus: one.applicationStatus,
    })),
    mariadb: [],
    mongo: [],
    mysql: [],
    postgres: (services.postgres.get(environmentId) ?? []).map((one) =>
      member
        ? {
            postgresId: one.postgresId,
            name: one.name,
            applicationStatus: one.applicationStatus,
          }
        : { postgresId: one.postgresId },
    ),
    redis: [],
    compose: (services.compose.get(environmentId) ?? []).map((one) => ({
      composeId: one.composeId,
      name: one.name,
      composeStatus: one.composeStatus,
    })),
    libsql: [],
  };
}

export function listForPermissions(tables: Tables): unknown[] {
  const own = listWhere(tables.projects, (row) => row.organizationId === tables.organizationId);
  const byProject = groupBy(tables.environments.values(), (row) => row.projectId);
  const inside = servicesByEnvironment(tables, () => true);
  const common = (row: {
    appName: string;
    name: string;
    createdAt: string;
  }): { appName: string; name: string; createdAt: string } => {
    const { appName, name, createdAt } = row;
    return { appName, name, createdAt };
  };
  return newestFirst(own).map((project) => ({
    projectId: project.projectId,
    name: project.name,
    environments: (byProject.get(project.projectId) ?? []).map((row) => ({
      environmentId: row.environmentId,
      name: row.name,
      isDefault: row.isDefault,
      applications: (inside.applications.get(row.environmentId) ?? []).map((one) => ({
        applicationId: one.applicationId,
        ...common(one),
        applicationStatus: one.applicationStatus,
        description: one.description,
        serverId: one.serverId,
      })),
      mariadb: [],
      postgres: (inside.postgres.get(row.environmentId) ?? []).map((one) => ({
        postgresId: one.postgresId,
        ...common(one),
        applicationStatus: one.applicationStatus,
        description: one.description,
        serverId: one.serverId,
      })),
      mysql: [],
      mongo: [],
      redis: [],
      compose: (inside.compose.get(row.environmentId) ?? []).map((one) => ({
        composeId: one.composeId,
        ...common(one),
        composeStatus: one.composeStatus,
        description: one.description,
        serverId: one.serverId,
      })),
      libsql: [],
    })),
  }));
}

export function projectView(call: Call, row: ProjectRow): unknown {
  const { tables } = call.world;
  const member = isMember(call);
  const services = new Set(call.actor.accessedServices);
  const inside = servicesByEnvironment(tables, (one) => !member || services.has(one));
  const common = (one: {
    name: string;
    description: string | null;
    appName: string;
    createdAt: string;
    serverId: string | null;
  }): object => {
    const { name, description, appName, createdAt, serverId } = one;
    return { name, description, appName, createdAt, serverId };
  };
  return {
    ...row,
    environments: listWhere(tables.environments, (one) => one.projectId === row.projectId).map(
      (environment) => ({
        ...environment,
        applications: (inside.applications.get(environment.environmentId) ?? []).map((one) => ({
          ...common(one),
          applicationStatus: one.applicationStatus,
          applicationId: one.applicationId,
          icon: one.icon,
          server: null,
        })),
        compose: (inside.compose.get(environment.environmentId) ?? []).map((one) => ({
          ...common(one),
          composeId: one.composeId,
          composeStatus: one.composeStatus,
          server: null,
        })),
        libsql: NO_DATABASES.libsql,
        mariadb: NO_DATABASES.mariadb,
        mongo: NO_DATABASES.mongo,
        mysql: NO_DATABASES.mysql,
        postgres: (inside.postgres.get(environment.environmentId) ?? []).map((one) => ({
          ...common(one),
          applicationStatus: one.applicationStatus,
          postgresId: one.postgresId,
          server: null,
        })),
        redis: NO_DATABASES.redis,
      }),
    ),
    projectTags: tagsByProject(tables).get(row.projectId) ?? [],
  };
}

export function homeStats(tables: Tables): unknown {
  const statuses = [
    ...[...tables.applications.values()].map((row) => row.applicationStatus),
    ...[...tables.compose.values()].map((row) => row.composeStatus),
  ];
  const count = (...wanted: string[]): number =>
    statuses.filter((status) => wanted.includes(status)).length;
  return {
    projects: tables.projects.size,
    environments: tables.environments.size,
    applications: tables.applications.size,
    compose: tables.compose.size,
    databases: tables.postgres.size,
    services: tables.applications.size + tables.compose.size + tables.postgres.size,
    status: { running: count("done", "running"), error: count("error"), idle: count("idle") },
  };
}
