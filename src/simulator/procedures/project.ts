/** project.*: the two cheap lists, and rows that go without taking what runs with them. */
import { z } from "zod";
import { findProject, isMember, requirePrivilege, requireProjectAccess } from "../access.ts";
import { asBadRequest, fail } from "../failure.ts";
import {
  defined,
  id,
  limit,
  mutation,
  nothing,
  offset,
  query,
  text,
  type Router,
} from "../procedure.ts";
import {
  newEnvironment,
  newProject,
  PROJECT_COLUMNS,
  type EnvironmentRow,
  type ProjectRow,
} from "../rows.ts";
import { cascadeProject, listWhere, newestFirst, type Tables } from "../state.ts";
import { failedInsert, failedUpdate, hasNul } from "../sql.ts";
import {
  contains,
  groupBy,
  search,
  servicesByEnvironment,
  tagsByProject,
  type Services,
} from "../views.ts";
import type { Call } from "../world.ts";

const NO_DATABASES = { mariadb: [], mongo: [], mysql: [], redis: [], libsql: [] } as const;

export const projectRouter: Router = {
  all: query(nothing, (_input, call) => listAll(call)),
  allForPermissions: query(nothing, (_input, call) => {
    requirePrivilege(call, "member");
    return listForPermissions(call.world.tables);
  }),
  one: query(z.object({ projectId: id }), (input, call) => {
    requireProjectAccess(call, input.projectId);
    const row = findProject(call.world, input.projectId);
    if (row.organizationId !== call.world.tables.organizationId)
      throw fail("UNAUTHORIZED", "You are not authorized to access this project");
    return projectView(call, row);
  }),
  create: mutation(
    z.object({ name: id, description: text, env: z.string().optional() }),
    (input, call) =>
      asBadRequest("Error creating the project: ", () => {
        requirePrivilege(call, "project");
        return createProject(call, input);
      }),
  ),
  update: mutation(
    z.object({
      projectId: id,
      name: id.optional(),
      description: text,
      createdAt: z.string().optional(),
      organizationId: z.string().optional(),
      env: z.string().optional(),
    }),
    ({ projectId, ...changes }, call) => {
      const row = findProject(call.world, projectId);
      if (row.organizationId !== call.world.tables.organizationId)
        throw fail("UNAUTHORIZED", "You are not authorized to update this project");
      requireProjectAccess(call, projectId);
      const set = defined(changes);
      if (hasNul(set)) {
        const key = { column: "projectId", value: projectId };
        throw fail("INTERNAL_SERVER_ERROR", failedUpdate("project", PROJECT_COLUMNS, set, key));
      }
      Object.assign(row, set);
      return { ...row };
    },
  ),
  remove: mutation(z.object({ projectId: id }), (input, call) => {
    requirePrivilege(call, "project");
    const row = findProject(call.world, input.projectId);
    if (row.organizationId !== call.world.tables.organizationId)
      throw fail("UNAUTHORIZED", "You are not authorized to delete this project");
    // Rows only: what runs, its Traefik files and its logs stay behind.
    cascadeProject(call.world.tables, input.projectId);
    return { ...row };
  }),
  search: query(
    z.object({
      q: z.string().optional(),
      name: z.string().optional(),
      description: z.string().optional(),
      limit,
      offset,
    }),
    (input, call) => {
      const rows = visibleProjects(call).filter(
        (row) =>
          contains(input.q, row.name, row.description) &&
          contains(input.name, row.name) &&
          contains(input.description, row.description),
      );
      const found = search(rows, input);
      return { items: found.items.map((row) => ({ ...row })), total: found.total };
    },
  ),
  homeStats: query(nothing, (_input, call) => homeStats(call.world.tables)),
};

/** Also how Dokploy's pages create one, hence without any check of who asks. */
export function createProject(
  call: Pick<Call, "world"> & Partial<Pick<Call, "actor">>,
  input: { name: string; description?: string | null | undefined; env?: string | undefined },
): { project: ProjectRow; environment: EnvironmentRow } {
  const { tables, random } = call.world;
  const project = newProject(random, {
    name: input.name,
    organizationId: tables.organizationId,
    description: input.description ?? null,
    ...(input.env !== undefined && { env: input.env }),
  });
  const given: Partial<ProjectRow> = { ...project };
  if (input.env === undefined) delete given.env;
  if (input.description === undefined) delete given.description;
  if (hasNul(given)) {
    throw fail("INTERNAL_SERVER_ERROR", failedInsert("project", PROJECT_COLUMNS, given));
  }
  const environment = newEnvironment(random, {
    name: "production",
    description: "Production environment",
    projectId: project.projectId,
    isDefault: true,
  });
  tables.projects.set(project.projectId, project);
  tables.environments.set(environment.environmentId, environment);
  call.actor?.accessedProjects.push(project.projectId);
  call.actor?.accessedEnvironments.push(environment.environmentId);
  return { project: { ...project }, environment: { ...environment } };
}

function visibleProjects(call: Call): ProjectRow[] {
  const { tables } = call.world;
  const allowed = isMember(call) ? new Set(call.actor.accessedProjects) : undefined;
  return listWhere(
    tables.projects,
    (row) => row.organizationId === tables.organizationId && (allowed?.has(row.projectId) ?? true),
  );
}

function listAll(call: Call): unknown[] {
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

function listForPermissions(tables: Tables): unknown[] {
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

function projectView(call: Call, row: ProjectRow): unknown {
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

function homeStats(tables: Tables): unknown {
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
