/** port.*: duplicates are accepted; a deployment applies them. */
import { z } from "zod";
import { requirePrivilege, requireServiceAccess } from "../access.ts";
import { fail, notFound } from "../failure.ts";
import { coercedNumber, id, mutation, query, type Router } from "../procedure.ts";
import type { PortRow } from "../rows.ts";
import type { World } from "../world.ts";

const shape = {
  publishedPort: coercedNumber,
  publishMode: z.enum(["ingress", "host"]).default("ingress"),
  targetPort: coercedNumber,
  protocol: z.enum(["tcp", "udp"]).default("tcp"),
};

export const portRouter: Router = {
  create: mutation(z.object({ ...shape, applicationId: id }), (input, call) => {
    const { tables, random } = call.world;
    const whole = Number.isInteger(input.publishedPort) && Number.isInteger(input.targetPort);
    const allowed = call.actor.role !== "member";
    // Whatever is wrong, the answer is this one.
    if (!allowed || !whole || !tables.applications.has(input.applicationId))
      throw fail("BAD_REQUEST", "Error input: Inserting port");
    const row: PortRow = {
      portId: random.id(),
      publishedPort: input.publishedPort,
      publishMode: input.publishMode,
      targetPort: input.targetPort,
      protocol: input.protocol,
      applicationId: input.applicationId,
    };
    tables.ports.set(row.portId, row);
    return { ...row };
  }),
  update: mutation(z.object({ portId: id, ...shape }), ({ portId, ...changes }, call) => {
    const row = findPort(call.world, portId);
    requirePrivilege(call, "service");
    Object.assign(row, changes);
    return { ...row };
  }),
  delete: mutation(z.object({ portId: id }), (input, call) => {
    const row = findPort(call.world, input.portId);
    requirePrivilege(call, "service");
    call.world.tables.ports.delete(row.portId);
    return { ...row };
  }),
  one: query(z.object({ portId: id }), (input, call) => {
    const row = call.world.tables.ports.get(input.portId);
    if (row === undefined) throw fail("BAD_REQUEST", "Port not found");
    requireServiceAccess(call, row.applicationId);
    return { ...row, application: { applicationId: row.applicationId } };
  }),
};

function findPort(world: World, portId: string): PortRow {
  const row = world.tables.ports.get(portId);
  if (row === undefined) throw notFound("Port");
  return row;
}
