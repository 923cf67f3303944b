/** application.*: what is stored. What is run is in applicationRun.ts. */
import { z } from "zod";
import {
  findApplication,
  findEnvironment,
  findProject,
  requireOrganization,
  requirePrivilege,
  requireProjectAccess,
  requireServerAccess,
  requireServiceAccess,
} from "../access.ts";
import { fail } from "../failure.ts";
import { id, limit, mutation, offset, query, text, type Router } from "../procedure.ts";
import { newApplication, type ApplicationRow } from "../serviceRows.ts";
import { failedInsert, failedUpdate, hasNul } from "../sql.ts";
import { listWhere } from "../state.ts";
import { applicationView, contains, search } from "../views.ts";
import { save, storeApplication } from "./applicationStore.ts";
import { applicationUpdate, appName, sourceType } from "./serviceSchemas.ts";
import { columnsOf } from "./serviceUpdate.ts";

const byId = z.object({ applicationId: id });

export const applicationRouter: Router = {
  create: mutation(
    z.object({
      name: id,
      appName,
      description: text,
      environmentId: z.string(),
      serverId: text,
      sourceType,
    }),
    async (input, call) => {
      const { world, actor } = call;
      const environment = findEnvironment(world, input.environmentId);
      const project = findProject(world, environment.projectId);
      requireProjectAccess(call, project.projectId);
      requirePrivilege(call, "service");
      if (project.organizationId !== world.tables.organizationId)
        throw fail("UNAUTHORIZED", "You are not authorized to access this project");
      requireServerAccess(call, input.serverId);
      const row = newApplication(world.random, input);
      if (hasNul({ name: row.name, description: row.description })) {
        const given = { applicationId: row.applicationId, ...input, appName: row.appName };
        throw fail("INTERNAL_SERVER_ERROR", failedInsert("application", columnsOf(row), given));
      }
      world.tables.applications.set(row.applicationId, row);
      const answer = { ...row };
      // Read, then written back later: creates that run in parallel lose each other's entry.
      const seen = [...actor.accessedServices];
      await new Promise((resolve) => setImmediate(resolve));
      actor.accessedServices = [...seen, row.applicationId];
      return answer;
    },
  ),
  one: query(byId, (input, call) => {
    requireServiceAccess(call, input.applicationId);
    const row = findApplication(call.world, input.applicationId);
    requireOrganization(
      call,
      row.environmentId,
      "You are not authorized to access this application",
    );
    return {
      ...applicationView(call.world, row),
      hasGitProviderAccess: true,
      unauthorizedProvider: null,
    };
  }),
  update: mutation(applicationUpdate, ({ applicationId, ...changes }, call) => {
    requirePrivilege(call, "service");
    if (!storeApplication(call, applicationId, changes))
      throw fail("BAD_REQUEST", "Error updating application");
    return true;
  }),
  move: mutation(
    z.object({ applicationId: z.string(), targetEnvironmentId: z.string() }),
    (input, call) => {
      requirePrivilege(call, "service");
      const { applications, environments } = call.world.tables;
      const row = applications.get(input.applicationId);
      if (row === undefined) throw fail("INTERNAL_SERVER_ERROR", "Failed to move application");
      const set = { environmentId: input.targetEnvironmentId };
      if (!environments.has(input.targetEnvironmentId)) {
        const key = { column: "applicationId", value: input.applicationId };
        const message = failedUpdate("application", columnsOf(row), set, key);
        throw fail("INTERNAL_SERVER_ERROR", message);
      }
      Object.assign(row, set);
      return { ...row };
    },
  ),
  refreshToken: mutation(byId, (input, call) =>
    save(call, input.applicationId, { refreshToken: call.world.random.id() }),
  ),
  search: query(
    z.object({
      q: z.string().optional(),
      name: z.string().optional(),
      appName: z.string().optional(),
      description: z.string().optional(),
      repository: z.string().optional(),
      owner: z.string().optional(),
      dockerImage: z.string().optional(),
      projectId: z.string().optional(),
      environmentId: z.string().optional(),
      limit,
      offset,
    }),
    (input, call) => {
      const { tables } = call.world;
      const seen = new Set(call.actor.accessedServices);
      const rows = listWhere(tables.applications, (row) => {
        const project = tables.environments.get(row.environmentId)?.projectId;
        return (
          seen.has(row.applicationId) &&
          (input.projectId === undefined || project === input.projectId) &&
          (input.environmentId === undefined || row.environmentId === input.environmentId) &&
          contains(input.q, row.name, row.appName, row.description, row.dockerImage) &&
          contains(input.name, row.name) &&
          contains(input.appName, row.appName) &&
          contains(input.description, row.description) &&
          contains(input.repository, row.repository) &&
          contains(input.owner, row.owner) &&
          contains(input.dockerImage, row.dockerImage)
        );
      });
      const found = search(rows, input);
      return { items: found.items.map(searchItem), total: found.total };
    },
  ),
};

function searchItem(row: ApplicationRow): object {
  const { applicationId, name, appName: app, description, environmentId } = row;
  const { applicationStatus, createdAt } = row;
  return {
    applicationId,
    name,
    appName: app,
    description,
    environmentId,
    applicationStatus,
    sourceType: row.sourceType,
    createdAt,
  };
}
