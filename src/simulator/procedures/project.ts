/** project.*: the two cheap lists, and rows that go without taking what runs with them. */
import { z } from "zod";
import { findProject, requirePrivilege, requireProjectAccess } from "../access.ts";
import { cascadeProject } from "../cascade.ts";
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
import { failedInsert, failedUpdate, hasNul } from "../sql.ts";
import { contains, search } from "../views.ts";
import type { Call } from "../world.ts";
import {
  homeStats,
  listAll,
  listForPermissions,
  projectView,
  visibleProjects,
} from "./projectViews.ts";

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

/** Also how Dokploy's pages create one, so without any check of who asks. */
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
