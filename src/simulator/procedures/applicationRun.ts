/** application.*: deploying, starting, stopping and deleting. */
import { z } from "zod";
import {
  findApplication,
  requireOrganization,
  requirePrivilege,
  requireServiceAccess,
} from "../access.ts";
import { cascadeService } from "../cascade.ts";
import { startService, takeSnapshot } from "../deployJob.ts";
import { fail } from "../failure.ts";
import { id, mutation, query, type Router } from "../procedure.ts";
import { dropWaiting, enqueue } from "../queue.ts";
import { noDocker, reach } from "../remote.ts";
import { logInput, readServiceLog } from "../serviceLog.ts";
import { scale } from "../swarm.ts";
import { forgetApplication } from "../traefik.ts";
import { applicationView } from "../views.ts";
import type { Call } from "../world.ts";
import { appName } from "./serviceSchemas.ts";

const byId = z.object({ applicationId: id });
const deployment = byId.extend({
  title: z.string().optional(),
  description: z.string().optional(),
});

/** Recorded: both wait until swarm says that the service has converged. */
const STOP_MS = 5350;
const START_MS = 6000;
const NO_SERVICE_MS = 100;
const DELETE_MS = 150;

export const applicationRunRouter: Router = {
  deploy: mutation(deployment, (input, call) => {
    requireServiceAccess(call, input.applicationId);
    queueDeployment(call, input, "deploy", "Manual deployment");
  }),
  redeploy: mutation(deployment, (input, call) => {
    requireServiceAccess(call, input.applicationId);
    queueDeployment(call, input, "redeploy", "Rebuild deployment");
  }),
  reload: mutation(z.object({ appName, applicationId: z.string() }).required(), (input, call) => {
    requireServiceAccess(call, input.applicationId);
    const row = findApplication(call.world, input.applicationId);
    const started = startService(call.world, takeSnapshot(call.world, row), imageOf(row));
    row.applicationStatus = started.ok ? "done" : "error";
    if (!started.ok) throw fail("INTERNAL_SERVER_ERROR", "Error reloading application");
    return true;
  }),
  start: mutation(byId, async (input, call) => {
    requireServiceAccess(call, input.applicationId);
    const { world } = call;
    const row = findApplication(world, input.applicationId);
    const answer = applicationView(world, row);
    const service = world.tables.swarmServices.get(row.appName);
    if (service === undefined || noDocker(world, row.serverId) !== null) {
      await world.time.sleep(NO_SERVICE_MS);
      throw fail(
        "INTERNAL_SERVER_ERROR",
        `Command execution failed: Command failed: docker service scale ${row.appName}=1 \n` +
          `${row.appName}: Error response from daemon: service ${row.appName} not found\n`,
      );
    }
    // Always one, whatever the application's replicas are.
    scale(service, 1);
    await world.time.sleep(START_MS);
    row.applicationStatus = "done";
    return answer;
  }),
  stop: mutation(byId, async (input, call) => {
    requireServiceAccess(call, input.applicationId);
    const { world } = call;
    const row = findApplication(world, input.applicationId);
    const answer = applicationView(world, row);
    const service = world.tables.swarmServices.get(row.appName);
    if (service !== undefined) scale(service, 0);
    await world.time.sleep(service === undefined ? NO_SERVICE_MS : STOP_MS);
    row.applicationStatus = "idle";
    return answer;
  }),
  delete: mutation(byId, async (input, call) => {
    requirePrivilege(call, "service");
    const { world } = call;
    const row = findApplication(world, input.applicationId);
    requireOrganization(
      call,
      row.environmentId,
      "You are not authorized to delete this application",
    );
    const answer = applicationView(world, row);
    cascadeService(world.tables, "application", row.applicationId);
    dropWaiting(world, (data) => data.applicationId === row.applicationId);
    forgetApplication(world, row.appName);
    await world.time.sleep(DELETE_MS);
    await reach(world, row.serverId);
    // A job that runs goes on and creates the service again, which then belongs to nobody; so does one on a server
    // that cannot be reached.
    if (row.serverId === null || noDocker(world, row.serverId) === null)
      world.tables.swarmServices.delete(row.appName);
    return answer;
  }),
  markRunning: mutation(byId, (input, call) => {
    requireServiceAccess(call, input.applicationId);
    const row = findApplication(call.world, input.applicationId);
    row.applicationStatus = "running";
  }),
  cancelDeployment: mutation(byId, (input, call) => {
    requireServiceAccess(call, input.applicationId);
    findApplication(call.world, input.applicationId);
    throw fail("BAD_REQUEST", "Deployment cancellation only available in cloud version");
  }),
  cleanQueues: mutation(byId, (input, call) => {
    requireServiceAccess(call, input.applicationId);
    dropWaiting(call.world, (data) => data.applicationId === input.applicationId);
  }),
  killBuild: mutation(byId, (input, call) => {
    requireServiceAccess(call, input.applicationId);
    findApplication(call.world, input.applicationId);
    for (const end of call.world.builds) end();
  }),
  readLogs: query(byId.extend(logInput), (input, call) => {
    requireServiceAccess(call, input.applicationId);
    const row = findApplication(call.world, input.applicationId);
    requireOrganization(
      call,
      row.environmentId,
      "You are not authorized to access this application",
    );
    return readServiceLog(call.world, row.appName, input.tail);
  }),
  readAppMonitoring: query(z.object({ appName: id }), () => null),
};

function imageOf(row: { sourceType: string; dockerImage: string | null; appName: string }): string {
  return row.sourceType === "docker" ? (row.dockerImage ?? "") : `${row.appName}:latest`;
}

function queueDeployment(
  call: Call,
  input: { applicationId: string; title?: string | undefined; description?: string | undefined },
  type: "deploy" | "redeploy",
  defaultTitle: string,
): void {
  const { serverId } = findApplication(call.world, input.applicationId);
  enqueue(call.world, {
    applicationId: input.applicationId,
    titleLog: input.title === undefined || input.title === "" ? defaultTitle : input.title,
    descriptionLog: input.description ?? "",
    type,
    applicationType: "application",
    server: serverId !== null,
    serverId: serverId ?? undefined,
  });
}
