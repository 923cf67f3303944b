/** compose.*: rows, deployments through the queue, and what starts, stops and removes what runs. */
import { z } from "zod";
import { containerNow, startContainers, stopContainers } from "../compose/containers.ts";
import { convert } from "../compose/convert.ts";
import { takeDown } from "../compose/deploy.ts";
import { parseFile, writeFile } from "../compose/file.ts";
import {
  findCompose,
  findEnvironment,
  requireOrganization,
  requirePrivilege,
  requireServerAccess,
  requireServiceAccess,
} from "../access.ts";
import { cascadeService } from "../cascade.ts";
import { fail, notFound } from "../failure.ts";
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
import { noDocker, reach, volumeKey } from "../remote.ts";
import { newCompose } from "../serviceRows.ts";
import { stackTasks } from "../compose/stackTasks.ts";
import { logInput, readServiceLog } from "../serviceLog.ts";
import { listWhere } from "../state.ts";
import { composeView, contains, search } from "../views.ts";
import type { Call, World } from "../world.ts";
import { appName, composeUpdate } from "./serviceSchemas.ts";
import { updateRow } from "./serviceUpdate.ts";

const byId = z.object({ composeId: id });
const titled = byId.extend({ title: z.string().optional(), description: z.string().optional() });
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
      requireServerAccess(call, input.serverId);
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
  deploy: mutation(titled, (input, call) => queued(call, input, "deploy")),
  redeploy: mutation(titled, (input, call) => queued(call, input, "redeploy")),
  start: mutation(byId, async (input, call) => {
    requireServiceAccess(call, input.composeId);
    const row = findCompose(call.world, input.composeId);
    await call.world.time.sleep(START_MS);
    // Of a stack nothing is started.
    startContainers(call.world.tables.composeProjects.get(row.appName)?.containers ?? []);
    row.composeStatus = "done";
    return true;
  }),
  stop: mutation(byId, async (input, call) => {
    requireServiceAccess(call, input.composeId);
    const row = findCompose(call.world, input.composeId);
    if (row.composeType === "stack") takeDown(call.world, row);
    else {
      await call.world.time.sleep(STOP_MS);
      stopContainers(call.world.tables.composeProjects.get(row.appName)?.containers ?? []);
    }
    row.composeStatus = "idle";
    return true;
  }),
  // Not recorded: as Dokploy's source of v0.30.2 answers.
  move: mutation(byId.extend({ targetEnvironmentId: z.string() }), (input, call) => {
    requirePrivilege(call, "service");
    const row = findCompose(call.world, input.composeId);
    findEnvironment(call.world, input.targetEnvironmentId);
    row.environmentId = input.targetEnvironmentId;
    return { ...row };
  }),
  loadServices: query(
    byId.extend({ type: z.enum(["fetch", "cache"]).default("cache") }),
    (input, call) => {
      requireServiceAccess(call, input.composeId);
      const row = findCompose(call.world, input.composeId);
      const written = call.world.tables.composeProjects.get(row.appName)?.file ?? "";
      const file = parseFile(input.type === "fetch" ? row.composeFile : written);
      if (file?.services === undefined) throw notFound("Services");
      return Object.keys(file.services);
    },
  ),
  getConvertedCompose: query(byId, (input, call) => {
    requireServiceAccess(call, input.composeId);
    return writeFile(convert(call.world, findCompose(call.world, input.composeId)));
  }),
  // Not recorded: as Dokploy's source of v0.30.2 answers.
  readLogs: query(
    byId.extend({ ...logInput, containerId: z.string().min(1) }),
    ({ composeId, containerId, tail }, call) => {
      requireServiceAccess(call, composeId);
      const { world } = call;
      const row = findCompose(world, composeId);
      const { containers } = world.tables.composeProjects.get(row.appName) ?? { containers: [] };
      const container = containers.find(({ id: own }) => own.startsWith(containerId));
      if (container === undefined) return readStackLog(world, row.appName, containerId, tail);
      const { exitCode, restarts } = containerNow(world, container);
      const count = Math.min(tail, restarts === 0 && exitCode === 0 ? 0 : Math.max(1, restarts));
      const time = new Date(container.since).toISOString();
      return `${time} simulated: ${container.name} ends with code ${exitCode}\n`.repeat(count);
    },
  ),
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

function queued(
  call: Call,
  input: z.output<typeof titled>,
  type: "deploy" | "redeploy",
): { success: true; message: string; composeId: string } {
  const { composeId, title, description = "" } = input;
  requireServiceAccess(call, composeId);
  const { serverId } = findCompose(call.world, composeId);
  const isFirst = type === "deploy";
  enqueue(call.world, {
    composeId,
    titleLog: title ?? (isFirst ? "Manual deployment" : "Rebuild deployment"),
    descriptionLog: description,
    type,
    applicationType: "compose",
    server: serverId !== null,
    serverId: serverId ?? undefined,
  });
  const message = isFirst ? "Deployment queued" : "Redeployment queued";
  return { success: true, message, composeId };
}

function readStackLog(world: World, appName: string, containerId: string, tail: number): string {
  const service = stackTasks(world, appName).find((task) => task.containerId === containerId);
  return service === undefined ? "" : readServiceLog(world, service.appName, tail);
}

async function removeCompose(
  input: { composeId: string; deleteVolumes?: boolean | undefined },
  call: Call,
): Promise<unknown> {
  requirePrivilege(call, "service");
  const { world } = call;
  const { tables } = world;
  const row = findCompose(world, input.composeId);
  const answer = composeView(world, row);
  cascadeService(tables, "compose", row.composeId);
  dropWaiting(world, (data) => data.composeId === row.composeId);
  if (row.composeType !== "stack") await world.time.sleep(DELETE_MS);
  await reach(world, row.serverId);
  takeDown(world, row);
  if (row.serverId === null || noDocker(world, row.serverId) === null)
    tables.composeProjects.delete(row.appName);
  if (input.deleteVolumes === true) {
    for (const volume of [...tables.volumes])
      if (volume.startsWith(volumeKey(row.serverId, `${row.appName}_`)))
        tables.volumes.delete(volume);
  }
  return answer;
}
