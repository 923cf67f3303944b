/** mounts.*: without a serviceType the mount is lost; a file without a path breaks later ones. */
import { z } from "zod";
import { serviceKinds } from "../../model/observed.ts";
import { requireServiceAccess } from "../access.ts";
import { fail, notFound } from "../failure.ts";
import { ALPHABETICAL, serviceKind, SERVICES } from "../kinds/services.ts";
import { defined, id, mutation, query, text, type Router } from "../procedure.ts";
import { newMount, type MountRow } from "../rows.ts";
import { failedInsert } from "../sql.ts";
import { listWhere } from "../state.ts";
import type { World } from "../world.ts";

const serviceType = z.enum(serviceKinds);
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
    const { tables } = call.world;
    const kind = serviceKind(input.serviceType);
    const exists = serviceKinds.some((one) => SERVICES[one].rows(tables).has(input.serviceId));
    if (!exists && kind === "application") throw notFound("Application");
    if (kind === undefined || !exists) {
      throw fail(
        "UNAUTHORIZED",
        "You are not authorized to access this service or it does not exist",
      );
    }
    const owner = SERVICES[kind].id;
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
  const kind = serviceKind(input.serviceType ?? "");
  const owner = kind === undefined ? undefined : SERVICES[kind].id;
  const row = newMount(random, {
    ...input,
    serviceType: input.serviceType ?? "application",
    ...(owner !== undefined && { [owner]: serviceId }),
  });
  const unknown = kind !== undefined && !SERVICES[kind].rows(tables).has(serviceId);
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
    ...Object.fromEntries(
      ALPHABETICAL.map((kind) => {
        const { id: owner, rows } = SERVICES[kind];
        return [kind, service(rows(tables).get(row[owner] ?? ""))];
      }),
    ),
  };
}
