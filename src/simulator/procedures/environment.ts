/** environment.*: `update` answers 400 for everything that is wrong, not-found included. */
import { z } from "zod";
import { serviceKinds } from "../../model/observed.ts";
import {
  findEnvironment,
  isMember,
  requireEnvironmentAccess,
  requirePrivilege,
} from "../access.ts";
import { cascadeEnvironment } from "../cascade.ts";
import { asBadRequest, fail } from "../failure.ts";
import { SERVICES } from "../kinds/services.ts";
import { defined, id, limit, mutation, offset, query, type Router } from "../procedure.ts";
import { ENVIRONMENT_COLUMNS, newEnvironment, type EnvironmentRow } from "../rows.ts";
import { listWhere } from "../state.ts";
import { failedInsert, failedUpdate, hasNul } from "../sql.ts";
import { contains, search } from "../views.ts";
import type { Call, World } from "../world.ts";
import { environmentOfProject, environmentView } from "./environmentViews.ts";

export const environmentRouter: Router = {
  create: mutation(
    z.object({ name: id, description: z.string().optional(), projectId: id }),
    (input, call) => {
      requirePrivilege(call, "environment");
      if (input.name === "production")
        throw fail("BAD_REQUEST", "You cannot create a environment with the name 'production'");
      return createEnvironment(call, input);
    },
  ),
  one: query(z.object({ environmentId: id }), (input, call) => {
    const row = findEnvironment(call.world, input.environmentId);
    requireOwn(call, row);
    if (isMember(call) && !call.actor.accessedEnvironments.includes(row.environmentId))
      throw fail("FORBIDDEN", "You are not allowed to access this environment");
    return environmentView(call.world, row);
  }),
  byProjectId: query(z.object({ projectId: z.string() }), (input, call) => {
    const rows = listWhere(
      call.world.tables.environments,
      (row) =>
        row.projectId === input.projectId &&
        (!isMember(call) || call.actor.accessedEnvironments.includes(row.environmentId)),
    );
    return rows.map((row) => environmentOfProject(call.world, row));
  }),
  update: mutation(
    z.object({
      environmentId: id,
      name: id.optional(),
      description: z.string().optional(),
      projectId: z.string().optional(),
      env: z.string().optional(),
    }),
    ({ environmentId, ...changes }, call) =>
      asBadRequest("Error updating the environment: ", () => {
        requireEnvironmentAccess(call, environmentId);
        const row = findEnvironment(call.world, environmentId);
        if (row.isDefault && changes.name !== undefined)
          throw fail("BAD_REQUEST", "You cannot rename the default environment");
        requireOwn(call, row);
        const set = defined(changes);
        if (Object.keys(set).length === 0) throw fail("INTERNAL_SERVER_ERROR", "No values to set");
        const unknown =
          set.projectId !== undefined && !call.world.tables.projects.has(set.projectId);
        if (unknown || hasNul(set)) {
          const key = { column: "environmentId", value: environmentId };
          const message = failedUpdate("environment", ENVIRONMENT_COLUMNS, set, key);
          throw fail("INTERNAL_SERVER_ERROR", message);
        }
        Object.assign(row, set);
        return { ...row };
      }),
  ),
  remove: mutation(z.object({ environmentId: id }), (input, call) => {
    const { world } = call;
    const row = findEnvironment(world, input.environmentId);
    requireOwn(call, row);
    if (row.isDefault) throw fail("BAD_REQUEST", "You cannot delete the default environment");
    requirePrivilege(call, "environment");
    if (hasServices(world, row.environmentId)) {
      throw fail(
        "BAD_REQUEST",
        "Cannot delete environment: it has active services. Delete all services first.",
      );
    }
    cascadeEnvironment(world.tables, row.environmentId);
    return { ...row };
  }),
  search: query(
    z.object({
      q: z.string().optional(),
      name: z.string().optional(),
      description: z.string().optional(),
      projectId: z.string().optional(),
      limit,
      offset,
    }),
    (input, call) => {
      const { tables } = call.world;
      const rows = listWhere(
        tables.environments,
        (row) =>
          tables.projects.get(row.projectId)?.organizationId === tables.organizationId &&
          (input.projectId === undefined || row.projectId === input.projectId) &&
          contains(input.q, row.name, row.description) &&
          contains(input.name, row.name) &&
          contains(input.description, row.description),
      );
      const found = search(rows, input);
      return { items: found.items.map((row) => ({ ...row })), total: found.total };
    },
  ),
};

function createEnvironment(
  call: Call,
  input: { name: string; projectId: string; description?: string | undefined },
): EnvironmentRow {
  const { tables, random } = call.world;
  const row = newEnvironment(random, {
    name: input.name,
    projectId: input.projectId,
    description: input.description ?? null,
  });
  const { environmentId, name, createdAt, projectId } = row;
  const given = {
    environmentId,
    name,
    ...(input.description !== undefined && { description: input.description }),
    createdAt,
    projectId,
  };
  if (!tables.projects.has(projectId) || hasNul(given)) {
    const statement = failedInsert("environment", ENVIRONMENT_COLUMNS, given);
    throw fail("BAD_REQUEST", `Error creating the environment: ${statement}`);
  }
  tables.environments.set(environmentId, row);
  call.actor.accessedEnvironments.push(environmentId);
  return { ...row };
}

function requireOwn(call: Call, row: EnvironmentRow): void {
  const { tables } = call.world;
  if (tables.projects.get(row.projectId)?.organizationId !== tables.organizationId)
    throw fail("FORBIDDEN", "You are not allowed to access this environment");
}

function hasServices(world: World, environmentId: string): boolean {
  const inside = (row: { environmentId: string }): boolean => row.environmentId === environmentId;
  return serviceKinds.some((kind) => [...SERVICES[kind].rows(world.tables).values()].some(inside));
}
