/** What runs of a database: deploy, start, stop, reload, rebuild, its logs and its password. */
import { z } from "zod";
import { findDatabase, requirePrivilege, requireServiceAccess } from "../access.ts";
import { fail, type FailureError } from "../failure.ts";
import { coercedNumber, id, mutation, query, type Router } from "../procedure.ts";
import { databasePassword } from "../procedures/serviceSchemas.ts";
import { logInput, readServiceLog } from "../serviceLog.ts";
import { noDocker, volumeKey } from "../remote.ts";
import { listWhere } from "../state.ts";
import { scale } from "../swarm.ts";
import { isRecordedImage, runningNow } from "../swarmService.ts";
import { databaseView } from "../views.ts";
import type { World } from "../world.ts";
import { deployDatabase } from "./databaseDeploy.ts";
import { withId } from "./databaseInputs.ts";
import type { DatabaseKind, DatabaseRow } from "./databaseRow.ts";
import { DATABASES } from "./databases.ts";
import { databaseId } from "./newDatabase.ts";
import { SERVICES } from "./services.ts";

/** Recorded: each waits until swarm says that the service has converged. */
const STOP_MS = 5_200;
const START_MS = 34_000;
const NO_SERVICE_MS = 100;
/** Dokploy waits this long between removing the service and removing its volumes. */
const REBUILD_MS = 6_000;

export function runRouter(kind: DatabaseKind): Router {
  const byId = withId(kind, {});
  return {
    deploy: mutation(byId, (input, call) => {
      requireServiceAccess(call, input.id);
      return deployDatabase(call.world, kind, findDatabase(call.world, kind, input.id));
    }),
    start: mutation(byId, async (input, call) => {
      requireServiceAccess(call, input.id);
      const row = findDatabase(call.world, kind, input.id);
      const answer = databaseView(call.world, kind, row);
      await start(call.world, row);
      row.applicationStatus = "done";
      return answer;
    }),
    stop: mutation(byId, async (input, call) => {
      requireServiceAccess(call, input.id);
      const row = findDatabase(call.world, kind, input.id);
      const answer = databaseView(call.world, kind, row);
      await stop(call.world, row);
      row.applicationStatus = "idle";
      return answer;
    }),
    // Stop, then start: unlike an application's it applies nothing and brings nothing back.
    reload: mutation(withId(kind, { appName: id }), async (input, call) => {
      requireServiceAccess(call, input.id);
      const row = findDatabase(call.world, kind, input.id);
      await stop(call.world, row);
      row.applicationStatus = "idle";
      await start(call.world, row);
      row.applicationStatus = "done";
      return true;
    }),
    rebuild: mutation(byId, async (input, call) => {
      requireServiceAccess(call, input.id);
      await rebuild(call.world, kind, findDatabase(call.world, kind, input.id));
      return true;
    }),
    ...portsProcedure(kind),
    ...passwordProcedure(kind),
    readLogs: query(withId(kind, logInput), (input, call) => {
      requireServiceAccess(call, input.id);
      const { appName } = findDatabase(call.world, kind, input.id);
      return readServiceLog(call.world, appName, input.tail);
    }),
  };
}

async function stop(world: World, row: DatabaseRow): Promise<void> {
  const service = world.tables.swarmServices.get(row.appName);
  if (service !== undefined) scale(service, 0);
  await world.time.sleep(service === undefined ? NO_SERVICE_MS : STOP_MS);
}

async function start(world: World, row: DatabaseRow): Promise<void> {
  const service = world.tables.swarmServices.get(row.appName);
  if (service === undefined || noDocker(world, row.serverId) !== null) {
    await world.time.sleep(NO_SERVICE_MS);
    throw commandFailed(
      `docker service scale ${row.appName}=1 \n` +
        `${row.appName}: Error response from daemon: service ${row.appName} not found\n`,
    );
  }
  // Always one, whatever the row's replicas are.
  scale(service, 1);
  await world.time.sleep(START_MS);
}

/** Loses the data: removes service and volumes, then deploys; fails where a volume is in use. */
async function rebuild(world: World, kind: DatabaseKind, row: DatabaseRow): Promise<void> {
  const { tables } = world;
  const service = tables.swarmServices.get(row.appName);
  tables.swarmServices.delete(row.appName);
  await world.time.sleep(REBUILD_MS);
  const mine = listWhere(
    tables.mounts,
    (mount) => mount[SERVICES[kind].id] === databaseId(kind, row) && mount.type === "volume",
  );
  for (const { volumeName } of mine) {
    const name = volumeName ?? "";
    // A container that ignores SIGTERM is still there.
    const lingers = service !== undefined && isRecordedImage(service.running.image);
    if (lingers || isMounted(world, name, row)) {
      const holder = `${world.scratch.dockerId()}${world.scratch.dockerId()}`;
      throw commandFailed(
        `docker volume rm ${name} --force\nError response from daemon: remove ${name}: ` +
          `volume is in use - [${holder}]\n`,
      );
    }
    tables.volumes.delete(volumeKey(row.serverId, name));
  }
  await deployDatabase(world, kind, row);
}

function isMounted(world: World, volume: string, { serverId }: DatabaseRow): boolean {
  return [...world.tables.swarmServices.values()].some(
    (service) =>
      service.serverId === (serverId ?? null) &&
      service.spec.TaskTemplate.ContainerSpec.Mounts?.some(({ Source }) => Source === volume),
  );
}

/** Each publishes its port and deploys; libsql has three of them and a name of its own. */
function portsProcedure(kind: DatabaseKind): Router {
  const columns = Object.keys(DATABASES[kind].ports);
  const isOne = columns.length === 1;
  const port = isOne ? coercedNumber.nullable() : coercedNumber.nullable().optional();
  const shape = Object.fromEntries(columns.map((column) => [column, port]));
  const save = mutation(withId(kind, shape), async ({ id: key, ...given }, call) => {
    requirePrivilege(call, "service");
    const row = findDatabase(call.world, kind, key);
    for (const wanted of Object.values(given)) {
      const holder = holderOf(call.world, wanted ?? null, row);
      if (holder !== undefined) {
        const message = `Port ${wanted ?? ""} is already in use by container "${holder}"`;
        throw fail("CONFLICT", message);
      }
    }
    const before = databaseView(call.world, kind, row);
    Object.assign(row, given);
    await deployDatabase(call.world, kind, row);
    return before;
  });
  return { [isOne ? "saveExternalPort" : "saveExternalPorts"]: save };
}

function holderOf(
  world: World,
  port: number | null,
  { appName, serverId }: DatabaseRow,
): string | undefined {
  if (port === null) return undefined;
  const there = listWhere(
    world.tables.swarmServices,
    (service) => service.serverId === (serverId ?? null),
  );
  for (const { appName: other, spec } of there)
    if (other !== appName && spec.EndpointSpec.Ports?.some((one) => one.PublishedPort === port))
      return `${other}.1`;
  return undefined;
}

/** The command is run inside the container: nothing but a real database of that kind answers it. */
function passwordProcedure(kind: DatabaseKind): Router {
  const { changePassword, own } = DATABASES[kind];
  if (changePassword === null) return {};
  const hasRoot = "databaseRootPassword" in own;
  const shape = {
    password: databasePassword.min(1),
    type: z.enum(["user", "root"]).default("user"),
  };
  const change = mutation(withId(kind, shape), ({ id: key, password, type }, call) => {
    requirePrivilege(call, "service");
    const { world } = call;
    const row = findDatabase(world, kind, key);
    const { appName } = row;
    const user = hasRoot ? type : "user";
    if (!answers(world, kind, appName)) {
      throw commandFailed(inContainer(appName, changePassword(row, password, user)));
    }
    Object.assign(row, {
      [user === "root" ? "databaseRootPassword" : "databasePassword"]: password,
    });
    return true;
  });
  return { changePassword: change };
}

function answers(world: World, kind: DatabaseKind, appName: string): boolean {
  const service = world.tables.swarmServices.get(appName);
  if (service === undefined || noDocker(world, service.serverId) !== null) return false;
  const runs = runningNow(service, world.time, world.crashAfterMs) > 0;
  return runs && service.running.image.includes(kind);
}

function inContainer(appName: string, command: string): string {
  const tabs = "\t".repeat(4);
  return [
    "",
    `${tabs}CONTAINER_ID=$(docker ps -q --filter "status=running" --filter "label=com.docker.swarm.service.name=${appName}" | head -n 1)`,
    `${tabs}if [ -z "$CONTAINER_ID" ]; then`,
    `${tabs}\techo "No running container found for ${appName}" >&2`,
    `${tabs}\texit 1`,
    `${tabs}fi`,
    `${tabs}docker exec "$CONTAINER_ID" ${command}`,
    "\t".repeat(3),
    "",
  ].join("\n");
}

/** Dokploy answers with the whole command, passwords included. */
function commandFailed(command: string): FailureError {
  return fail("INTERNAL_SERVER_ERROR", `Command execution failed: Command failed: ${command}`);
}
