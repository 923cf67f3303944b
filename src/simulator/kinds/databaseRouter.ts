/** The procedures of one kind of database: what is stored. What is run is in databaseRun.ts. */
import { z } from "zod";
import {
  findDatabase,
  findEnvironment,
  requireOrganization,
  requirePrivilege,
  requireServerAccess,
  requireServiceAccess,
} from "../access.ts";
import { cascadeService } from "../cascade.ts";
import { fail } from "../failure.ts";
import { id, mutation, query, type Router } from "../procedure.ts";
import { status } from "../procedures/serviceSchemas.ts";
import { columnsOf, updateRow } from "../procedures/serviceUpdate.ts";
import { noDocker, reach } from "../remote.ts";
import { newMount } from "../rows.ts";
import { failedUpdate } from "../sql.ts";
import { databaseView } from "../views.ts";
import type { Call, World } from "../world.ts";
import { createInput, updateInput, withId } from "./databaseInputs.ts";
import type { DatabaseKind, DatabaseRow, NewDatabase } from "./databaseRow.ts";
import { runRouter } from "./databaseRun.ts";
import { DATABASES } from "./databases.ts";
import { blankDatabase, databaseId, newDatabase } from "./newDatabase.ts";
import { SERVICES } from "./services.ts";

export function databaseRouter(kind: DatabaseKind): Router {
  const byId = withId(kind, {});
  const { createAnswers, title, updateError } = DATABASES[kind];
  const requireOwn = (call: Call, row: DatabaseRow, verb: "access" | "delete"): void =>
    requireOrganization(call, row.environmentId, `You are not authorized to ${verb} this ${title}`);
  return {
    ...runRouter(kind),
    create: mutation(createInput(kind), (input, call) => {
      const row = create(call, kind, input);
      return createAnswers === "true" ? true : { ...row };
    }),
    one: query(byId, (input, call) => {
      requireServiceAccess(call, input.id);
      const row = findDatabase(call.world, kind, input.id);
      requireOwn(call, row, "access");
      return databaseView(call.world, kind, row);
    }),
    update: mutation(updateInput(kind), ({ id: key, ...changes }, call) => {
      requirePrivilege(call, "service");
      if (!store(call.world, kind, key, changes)) throw fail("BAD_REQUEST", updateError);
      return true;
    }),
    saveEnvironment: mutation(withId(kind, { env: z.string().nullable() }), (input, call) => {
      requireServiceAccess(call, input.id);
      const row = call.world.tables[kind].get(input.id);
      if (row === undefined) throw fail("BAD_REQUEST", "Error adding environment variables");
      row.env = input.env;
      return true;
    }),
    changeStatus: mutation(withId(kind, { applicationStatus: status }), (input, call) => {
      requireServiceAccess(call, input.id);
      const row = findDatabase(call.world, kind, input.id);
      const before = databaseView(call.world, kind, row);
      row.applicationStatus = input.applicationStatus;
      return before;
    }),
    move: mutation(withId(kind, { targetEnvironmentId: id }), (input, call) => {
      requirePrivilege(call, "service");
      const { tables } = call.world;
      const row = tables[kind].get(input.id);
      if (row === undefined) throw fail("INTERNAL_SERVER_ERROR", `Failed to move ${kind}`);
      const set = { environmentId: input.targetEnvironmentId };
      if (!tables.environments.has(set.environmentId)) {
        const key = { column: SERVICES[kind].id, value: input.id };
        throw fail("INTERNAL_SERVER_ERROR", failedUpdate(kind, columnsOf(row), set, key));
      }
      Object.assign(row, set);
      return { ...row };
    }),
    remove: mutation(byId, async (input, call) => {
      requirePrivilege(call, "service");
      const { tables } = call.world;
      const row = findDatabase(call.world, kind, input.id);
      requireOwn(call, row, "delete");
      const answer = databaseView(call.world, kind, row);
      // What docker refuses is not noticed: the row goes, and the service belongs to nobody.
      await reach(call.world, row.serverId);
      if (noDocker(call.world, row.serverId) === null) tables.swarmServices.delete(row.appName);
      cascadeService(tables, kind, input.id);
      return answer;
    }),
  };
}

function create(call: Call, kind: DatabaseKind, input: NewDatabase): DatabaseRow {
  const { world } = call;
  findEnvironment(world, input.environmentId);
  requirePrivilege(call, "service");
  requireOrganization(call, input.environmentId, "You are not authorized to access this project");
  requireServerAccess(call, input.serverId);
  const row = addDatabase(world, kind, input);
  call.actor.accessedServices.push(databaseId(kind, row));
  return row;
}

/** The row, and the mount of the volume that holds its data. */
export function addDatabase(world: World, kind: DatabaseKind, given: NewDatabase): DatabaseRow {
  const row = newDatabase(world.random, kind, given);
  const id = databaseId(kind, row);
  world.tables[kind].set(id, row);
  const mount = newMount(world.random, {
    type: "volume",
    volumeName: `${row.appName}-data`,
    mountPath: DATABASES[kind].mountPath(row.dockerImage),
    serviceType: kind,
    [SERVICES[kind].id]: id,
  });
  world.tables.mounts.set(mount.mountId, mount);
  return row;
}

function store(
  world: World,
  kind: DatabaseKind,
  id: string,
  changes: Record<string, unknown>,
): boolean {
  return updateRow(world, {
    table: kind,
    key: { column: SERVICES[kind].id, value: id },
    row: world.tables[kind].get(id),
    sample: blankDatabase(world.scratch, kind),
    changes,
  });
}
