/** mounts.*: without a serviceType the mount is lost; a file without a path breaks later ones. */
import { z } from "zod";
import { requireServiceAccess } from "../access.ts";
import { fail, notFound } from "../failure.ts";
import { defined, id, mutation, query, text, type Router } from "../procedure.ts";
import { newMount, type MountOwner, type MountRow } from "../rows.ts";
import { failedInsert } from "../sql.ts";
import { listWhere } from "../state.ts";
import type { World } from "../world.ts";

const OWNERS: Readonly<Record<string, MountOwner>> = {
  application: "applicationId",
  compose: "composeId",
  libsql: "libsqlId",
  mariadb: "mariadbId",
  mongo: "mongoId",
  mysql: "mysqlId",
  postgres: "postgresId",
  redis: "redisId",
};
const serviceType = z.enum([
  "application",
  "postgres",
  "mysql",
  "mariadb",
  "mongo",
  "redis",
  "compose",
  "libsql",
]);
const type = z.enum(["bind", "volume", "file"]);

export const mountsRouter: Router = {
  create: mutation(
    z.object({
      type,
      hostPath: text,
      volumeName: text,
      content: text,
      mountPath: id,
      filePath: text,
      serviceType: serviceType.optional(),
      serviceId: id,
    }),
    ({ serviceId, ...input }, call) => {
      requireServiceAccess(call, serviceId);
      return insertMount(call.world, serviceId, input);
    },
  ),
  update: mutation(
    z.object({
      mountId: id,
      type: type.optional(),
      hostPath: text,
      volumeName: text,
      filePath: text,
      content: text,
      serviceType: serviceType.optional(),
      mountPath: id.optional(),
      applicationId: text,
      composeId: text,
    }),
    ({ mountId, ...changes }, call) => {
      const row = findMount(call.world, mountId);
      // Read by another connection while the change is not committed: the answer is the old row.
      const before = mountView(call.world, row);
      Object.assign(row, defined(changes));
      return before;
    },
  ),
  remove: mutation(z.object({ mountId: id }), (input, call) => {
    const row = findMount(call.world, input.mountId);
    call.world.tables.mounts.delete(row.mountId);
    return { ...row };
  }),
  one: query(z.object({ mountId: id }), (input, call) =>
    mountView(call.world, findMount(call.world, input.mountId)),
  ),
  listByServiceId: query(z.object({ serviceType: id, serviceId: id }), (input, call) => {
    requireServiceAccess(call, input.serviceId);
    const owner = OWNERS[input.serviceType];
    const { tables } = call.world;
    const exists =
      tables.applications.has(input.serviceId) ||
      tables.compose.has(input.serviceId) ||
      tables.postgres.has(input.serviceId);
    if (!exists && input.serviceType === "application") throw notFound("Application");
    if (owner === undefined || !exists) {
      throw fail(
        "UNAUTHORIZED",
        "You are not authorized to access this service or it does not exist",
      );
    }
    return listWhere(tables.mounts, (row) => row[owner] === input.serviceId).map((row) => ({
      ...row,
    }));
  }),
};

type MountInput = Omit<Parameters<typeof newMount>[1], "serviceType"> & {
  serviceType?: string | undefined;
};

export function insertMount(world: World, serviceId: string, input: MountInput): MountRow {
  const { tables, random } = world;
  const owner = input.serviceType === undefined ? undefined : OWNERS[input.serviceType];
  const row = newMount(random, {
    ...input,
    serviceType: input.serviceType ?? "application",
    ...(owner !== undefined && { [owner]: serviceId }),
  });
  const known = { applicationId: tables.applications, composeId: tables.compose };
  const unknown =
    owner === "applicationId" || owner === "composeId" ? !known[owner].has(serviceId) : false;
  if (unknown) {
    const given = { mountId: row.mountId, ...defined(input), [owner ?? ""]: serviceId };
    throw fail("BAD_REQUEST", `Error ${failedInsert("mount", Object.keys(row), given)}`);
  }
  const broken = listWhere(
    tables.mounts,
    (other) =>
      other.applicationId === serviceId && other.type === "file" && (other.filePath ?? "") === "",
  );
  // The row is stored before the file is written, and stays when that fails.
  tables.mounts.set(row.mountId, row);
  if (row.type === "file" && row.applicationId !== null && broken.length > 0) {
    const appName = tables.applications.get(serviceId)?.appName ?? "";
    throw fail(
      "BAD_REQUEST",
      `Error Error creating the mount EEXIST: file already exists, mkdir '/etc/dokploy/applications/${appName}/files'`,
    );
  }
  return { ...row };
}

function findMount(world: World, mountId: string): MountRow {
  const row = world.tables.mounts.get(mountId);
  if (row === undefined) throw notFound("Mount");
  return row;
}

function mountView(world: World, row: MountRow): object {
  const { tables } = world;
  const service = (
    found: { serverId: string | null; appName: string; environmentId: string } | undefined,
  ): object | null => {
    if (found === undefined) return null;
    const project = tables.environments.get(found.environmentId)?.projectId ?? "";
    const organizationId = tables.projects.get(project)?.organizationId ?? null;
    return {
      serverId: found.serverId,
      appName: found.appName,
      environment: { project: { organizationId } },
    };
  };
  return {
    ...row,
    application: service(tables.applications.get(row.applicationId ?? "")),
    compose: service(tables.compose.get(row.composeId ?? "")),
    libsql: null,
    mariadb: null,
    mongo: null,
    mysql: null,
    postgres: service(tables.postgres.get(row.postgresId ?? "")),
    redis: null,
  };
}
