/** postgres.*: stored like an application, deployed while the caller waits. */
import { z } from "zod";
import {
  findEnvironment,
  findPostgres,
  requireOrganization,
  requirePrivilege,
  requireServiceAccess,
} from "../access.ts";
import { resolveEnv } from "../env.ts";
import { fail } from "../failure.ts";
import { id, mutation, query, text, type Router } from "../procedure.ts";
import { newMount } from "../rows.ts";
import { newPostgres, type PostgresRow } from "../serviceRows.ts";
import { cascadePostgres, listWhere } from "../state.ts";
import { applySpec } from "../swarm.ts";
import { buildSpec } from "../swarmSpec.ts";
import { postgresView } from "../views.ts";
import { behaviourOf, type World } from "../world.ts";
import { appName, databasePassword, postgresUpdate } from "./serviceSchemas.ts";
import { updateRow } from "./serviceUpdate.ts";

const byId = z.object({ postgresId: id });

export const postgresRouter: Router = {
  create: mutation(
    z.object({
      name: id,
      appName,
      databaseName: id,
      databaseUser: id,
      databasePassword,
      dockerImage: z.string().default("postgres:18"),
      environmentId: z.string(),
      description: text,
      serverId: text,
    }),
    (input, call) => {
      const { world } = call;
      findEnvironment(world, input.environmentId);
      requirePrivilege(call, "service");
      requireOrganization(
        call,
        input.environmentId,
        "You are not authorized to access this project",
      );
      const row = newPostgres(world.random, input);
      world.tables.postgres.set(row.postgresId, row);
      call.actor.accessedServices.push(row.postgresId);
      const mount = newMount(world.random, {
        type: "volume",
        volumeName: `${row.appName}-data`,
        mountPath: row.dockerImage.includes(":18")
          ? "/var/lib/postgresql/18/docker"
          : "/var/lib/postgresql/data",
        serviceType: "postgres",
        postgresId: row.postgresId,
      });
      world.tables.mounts.set(mount.mountId, mount);
      return { ...row };
    },
  ),
  one: query(byId, (input, call) => {
    requireServiceAccess(call, input.postgresId);
    const row = findPostgres(call.world, input.postgresId);
    requireOrganization(call, row.environmentId, "You are not authorized to access this Postgres");
    return postgresView(call.world, row);
  }),
  update: mutation(postgresUpdate, ({ postgresId, ...changes }, call) => {
    requirePrivilege(call, "service");
    const { world } = call;
    const changed = updateRow(world, {
      table: "postgres",
      key: { column: "postgresId", value: postgresId },
      row: world.tables.postgres.get(postgresId),
      sample: newPostgres(world.scratch, {
        name: "",
        environmentId: "",
        databaseName: "",
        databaseUser: "",
        databasePassword: "",
        dockerImage: "",
      }),
      changes,
    });
    if (!changed) throw fail("BAD_REQUEST", "Error updating Postgres");
    return true;
  }),
  saveEnvironment: mutation(
    z.object({ postgresId: z.string(), env: text }).required(),
    (input, call) => {
      requireServiceAccess(call, input.postgresId);
      const row = call.world.tables.postgres.get(input.postgresId);
      if (row === undefined) throw fail("BAD_REQUEST", "Error adding environment variables");
      row.env = input.env;
      return true;
    },
  ),
  saveExternalPort: mutation(
    z.object({ postgresId: z.string(), externalPort: z.coerce.number().nullable() }),
    async (input, call) => {
      requirePrivilege(call, "service");
      const row = findPostgres(call.world, input.postgresId);
      row.externalPort = input.externalPort;
      const before = postgresView(call.world, row);
      await deployPostgres(call.world, row);
      return before;
    },
  ),
  deploy: mutation(byId, async (input, call) => {
    requireServiceAccess(call, input.postgresId);
    return deployPostgres(call.world, findPostgres(call.world, input.postgresId));
  }),
  remove: mutation(byId, (input, call) => {
    requirePrivilege(call, "service");
    const row = findPostgres(call.world, input.postgresId);
    const answer = postgresView(call.world, row);
    call.world.tables.swarmServices.delete(row.appName);
    cascadePostgres(call.world.tables, row.postgresId);
    return answer;
  }),
};

/** Answers only when it is over, with docker's own text when it failed. */
async function deployPostgres(world: World, row: PostgresRow): Promise<unknown> {
  const answer = postgresView(world, row);
  row.applicationStatus = "running";
  await world.time.sleep(world.deployMs);
  const problem = startPostgres(world, row);
  row.applicationStatus = problem === undefined ? "done" : "error";
  if (problem !== undefined)
    throw fail("INTERNAL_SERVER_ERROR", `Error on deploy postgresError: ${problem}`);
  return answer;
}

function startPostgres(world: World, row: PostgresRow): string | undefined {
  const { tables } = world;
  if (tables.dockerDown !== "off") return "connect ENOENT /var/run/docker.sock";
  if (behaviourOf(world, row.dockerImage) === "missing") {
    return (
      'Error response from daemon: Get "https://registry.example/v2/": ' +
      "dial tcp: lookup registry.example on 192.0.2.53:53: no such host\n"
    );
  }
  const environment = tables.environments.get(row.environmentId);
  const project = tables.projects.get(environment?.projectId ?? "");
  const own = [
    `POSTGRES_DB="${row.databaseName}"`,
    `POSTGRES_USER="${row.databaseUser}"`,
    `POSTGRES_PASSWORD="${row.databasePassword}"`,
    row.env ?? "",
  ].join("\n");
  const env = resolveEnv(own, project?.env ?? "", environment?.env ?? "");
  if (!env.ok) return env.message;
  const mounts = listWhere(tables.mounts, (mount) => mount.postgresId === row.postgresId);
  const ports =
    row.externalPort === null
      ? []
      : [
          {
            portId: "",
            publishedPort: row.externalPort,
            publishMode: "host" as const,
            targetPort: 5432,
            protocol: "tcp" as const,
            applicationId: "",
          },
        ];
  const built = buildSpec({
    row: structuredClone(row),
    image: row.dockerImage,
    env: env.env,
    mounts,
    ports,
    networkId: world.networkId,
  });
  if (!built.ok) return built.message;
  // Databases stop first, so that two never write to one volume.
  built.spec.UpdateConfig.Order = "stop-first";
  applySpec(world, built.spec);
  return undefined;
}
