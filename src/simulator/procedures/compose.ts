/** compose.*: as rows in the lists and with a deployment; its containers are not simulated. */
import { z } from "zod";
import {
  findCompose,
  findEnvironment,
  requireOrganization,
  requirePrivilege,
  requireServiceAccess,
} from "../access.ts";
import { cascadeService } from "../cascade.ts";
import { fail } from "../failure.ts";
import {
  coercedBoolean,
  id,
  limit,
  mutation,
  offset,
  query,
  text,
  type Router,
} from "../procedure.ts";
import { dropWaiting, enqueue } from "../queue.ts";
import { newCompose } from "../serviceRows.ts";
import { listWhere } from "../state.ts";
import { composeView, contains, search } from "../views.ts";
import type { Call } from "../world.ts";
import { appName, composeUpdate } from "./serviceSchemas.ts";
import { updateRow } from "./serviceUpdate.ts";

const byId = z.object({ composeId: id });
/** Recorded: `docker compose down` waits for the containers. */
const DELETE_MS = 10_600;
const STOP_MS = 10_350;
const START_MS = 560;

export const composeRouter: Router = {
  create: mutation(
    z.object({
      name: id,
      description: text,
      environmentId: z.string(),
      composeType: z.enum(["docker-compose", "stack"]).optional(),
      appName,
      serverId: text,
      composeFile: z.string().optional(),
      sourceType: z.enum(["git", "github", "gitlab", "bitbucket", "gitea", "raw"]).optional(),
    }),
    (input, call) => {
      findEnvironment(call.world, input.environmentId);
      requirePrivilege(call, "service");
      requireOrganization(
        call,
        input.environmentId,
        "You are not authorized to access this project",
      );
      const row = newCompose(call.world.random, input);
      call.world.tables.compose.set(row.composeId, row);
      call.actor.accessedServices.push(row.composeId);
      return { ...row };
    },
  ),
  one: query(byId, (input, call) => {
    requireServiceAccess(call, input.composeId);
    const row = findCompose(call.world, input.composeId);
    requireOrganization(call, row.environmentId, "You are not authorized to access this compose");
    return {
      ...composeView(call.world, row),
      hasGitProviderAccess: true,
      unauthorizedProvider: null,
    };
  }),
  update: mutation(composeUpdate, ({ composeId, ...changes }, call) => {
    requirePrivilege(call, "service");
    const row = call.world.tables.compose.get(composeId);
    const sample = newCompose(call.world.scratch, { name: "", environmentId: "" });
    const key = { column: "composeId", value: composeId };
    // The id itself is among the values that are set, so an update without any other is accepted.
    const set = { composeId, ...changes };
    const changed = updateRow(call.world, { table: "compose", key, row, sample, changes: set });
    return changed && row !== undefined ? { ...row } : undefined;
  }),
  saveEnvironment: mutation(
    z.object({
      composeId: z.string(),
      env: z.string().nullable(),
      createEnvFile: coercedBoolean.optional(),
    }),
    (input, call) => {
      requireServiceAccess(call, input.composeId);
      const row = call.world.tables.compose.get(input.composeId);
      if (row === undefined) throw fail("BAD_REQUEST", "Error adding environment variables");
      row.env = input.env;
      return true;
    },
  ),
  deploy: mutation(
    byId.extend({ title: z.string().optional(), description: z.string().optional() }),
    (input, call) => {
      requireServiceAccess(call, input.composeId);
      findCompose(call.world, input.composeId);
      enqueue(call.world, {
        composeId: input.composeId,
        titleLog: input.title ?? "Manual deployment",
        descriptionLog: input.description ?? "",
        type: "deploy",
        applicationType: "compose",
        server: false,
      });
      return { success: true, message: "Deployment queued", composeId: input.composeId };
    },
  ),
  start: mutation(byId, async (input, call) => {
    requireServiceAccess(call, input.composeId);
    const row = findCompose(call.world, input.composeId);
    await call.world.time.sleep(START_MS);
    row.composeStatus = "done";
    return true;
  }),
  stop: mutation(byId, async (input, call) => {
    requireServiceAccess(call, input.composeId);
    const row = findCompose(call.world, input.composeId);
    await call.world.time.sleep(STOP_MS);
    row.composeStatus = "idle";
    return true;
  }),
  delete: mutation(byId.extend({ deleteVolumes: coercedBoolean.optional() }), removeCompose),
  search: query(z.object({ q: z.string().optional(), limit, offset }), (input, call) => {
    const rows = listWhere(call.world.tables.compose, (row) =>
      contains(input.q, row.name, row.appName, row.description),
    );
    const found = search(rows, input);
    return {
      items: found.items.map((row) => ({
        composeId: row.composeId,
        name: row.name,
        appName: row.appName,
        description: row.description,
        environmentId: row.environmentId,
        composeStatus: row.composeStatus,
        sourceType: row.sourceType,
        createdAt: row.createdAt,
      })),
      total: found.total,
    };
  }),
};

async function removeCompose(input: { composeId: string }, call: Call): Promise<unknown> {
  requirePrivilege(call, "service");
  const { world } = call;
  const row = findCompose(world, input.composeId);
  const answer = composeView(world, row);
  cascadeService(world.tables, "compose", row.composeId);
  dropWaiting(world, (data) => data.composeId === row.composeId);
  await world.time.sleep(DELETE_MS);
  return answer;
}
