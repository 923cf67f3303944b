/** domain.*: no uniqueness anywhere, and a row without an application is nobody's. */
import { z } from "zod";
import { findApplication, requireServiceAccess } from "../access.ts";
import { fail, notFound } from "../failure.ts";
import {
  coercedBoolean,
  coercedNumber,
  defined,
  id,
  mutation,
  query,
  text,
  type Router,
} from "../procedure.ts";
import { noDocker, reach } from "../remote.ts";
import { newDomain, type DomainRow } from "../rows.ts";
import { failedInsert } from "../sql.ts";
import { listWhere } from "../state.ts";
import { applyDomain, inTransaction } from "../traefik.ts";
import type { Call, World } from "../world.ts";

const HOST =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)*[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/;
const host = z
  .string()
  .min(1, { message: "Add a hostname" })
  .refine((value) => value === value.trim(), {
    message: "Domain name cannot have leading or trailing spaces",
  })
  .refine((value) => HOST.test(value), {
    message:
      "Invalid domain name. Use only letters, numbers, hyphens and dots (e.g. example.com). Underscores are not allowed.",
  });

const shape = {
  host,
  path: z.string().min(1).nullable().optional(),
  port: coercedNumber
    .min(1, { message: "Port must be at least 1" })
    .max(65535, { message: "Port must be 65535 or below" })
    .nullable()
    .optional(),
  customEntrypoint: text,
  https: coercedBoolean.optional(),
  certificateType: z.enum(["letsencrypt", "none", "custom"]).optional(),
  customCertResolver: text,
  serviceName: text,
  domainType: z.enum(["compose", "application", "preview"]).nullable().optional(),
  internalPath: text,
  stripPath: coercedBoolean.optional(),
  middlewares: z.array(z.string()).nullable().optional(),
  forwardAuthEnabled: coercedBoolean.optional(),
};

export const domainRouter: Router = {
  create: mutation(
    z.object({ ...shape, applicationId: text, composeId: text, previewDeploymentId: text }),
    async (input, call) => {
      const service = input.applicationId ?? input.composeId;
      if (service !== undefined && service !== null) requireServiceAccess(call, service);
      // On another server its file is written over ssh; what fails there takes the row back.
      await requireReached(call.world, input.applicationId);
      return inTransaction(call.world, () => insertDomain(call.world, input));
    },
  ),
  update: mutation(
    z.object({ ...shape, enabled: coercedBoolean.optional(), domainId: z.string() }),
    ({ domainId, ...changes }, call) => {
      const row = findDomain(call.world, domainId);
      checkAccess(call, row);
      Object.assign(row, defined(changes));
      publish(call.world, row);
      return { ...row };
    },
  ),
  toggleEnable: mutation(z.object({ domainId: id }), (input, call) => {
    const row = findDomain(call.world, input.domainId);
    checkAccess(call, row);
    row.enabled = !row.enabled;
    publish(call.world, row);
    return { ...row, requiresRedeploy: row.domainType === "compose" };
  }),
  one: query(z.object({ domainId: id }), (input, call) => {
    const row = findDomain(call.world, input.domainId);
    checkAccess(call, row);
    return withApplication(call.world, row);
  }),
  delete: mutation(z.object({ domainId: id }), (input, call) => {
    const { world } = call;
    const row = findDomain(world, input.domainId);
    checkAccess(call, row);
    world.tables.domains.delete(row.domainId);
    const application = world.tables.applications.get(row.applicationId ?? "");
    if (application !== undefined)
      world.tables.routerFiles.get(application.appName)?.domains.delete(row.uniqueConfigKey);
    return { ...row };
  }),
  byApplicationId: query(z.object({ applicationId: id }), (input, call) => {
    requireServiceAccess(call, input.applicationId);
    const mine = (row: DomainRow): boolean => row.applicationId === input.applicationId;
    return listWhere(call.world.tables.domains, mine).map((row) =>
      withApplication(call.world, row),
    );
  }),
  byComposeId: query(z.object({ composeId: id }), (input, call) => {
    requireServiceAccess(call, input.composeId);
    const compose = call.world.tables.compose.get(input.composeId);
    const nested =
      compose === undefined
        ? null
        : { composeId: compose.composeId, appName: compose.appName, name: compose.name };
    return listWhere(call.world.tables.domains, (row) => row.composeId === input.composeId).map(
      (row) => ({ ...row, compose: nested }),
    );
  }),
  generateDomain: mutation(
    z.object({ appName: z.string(), serverId: z.string().optional() }),
    (input, call) => `${input.appName}-${call.world.random.suffix()}-127-0-0-1.sslip.io`,
  ),
  validateDomain: mutation(
    z.object({ domain: z.string(), serverIp: z.string().optional() }),
    (input) => ({ isValid: false, error: `queryA ENOTFOUND ${input.domain}` }),
  ),
};

async function requireReached(world: World, applicationId: string | null | undefined) {
  const serverId = world.tables.applications.get(applicationId ?? "")?.serverId ?? null;
  if (serverId === null) return;
  await reach(world, serverId);
  const message = noDocker(world, serverId);
  if (message !== null) throw fail("BAD_REQUEST", message);
}

type DomainInput = Parameters<typeof newDomain>[2];

/** In Dokploy's page the same happens; a copied project's domains go this way too. */
export function insertDomain(world: World, input: DomainInput): DomainRow {
  const { tables, random } = world;
  tables.serials.domain++;
  const row = newDomain(random, tables.serials.domain, input);
  const unknown =
    (row.applicationId !== null && !tables.applications.has(row.applicationId)) ||
    (row.composeId !== null && !tables.compose.has(row.composeId));
  if (unknown) {
    const { domainId, createdAt } = row;
    const given = { domainId, createdAt, ...defined(input) };
    throw fail("BAD_REQUEST", failedInsert("domain", Object.keys(row), ordered(row, given)));
  }
  tables.domains.set(row.domainId, row);
  publish(world, row);
  return { ...row };
}

/** Parameters of the leaked statement come in the order of the columns. */
function ordered(row: object, given: Record<string, unknown>): Record<string, unknown> {
  const names = Object.keys(row).filter((name) => name in given);
  return Object.fromEntries(names.map((name) => [name, given[name]]));
}

/** Applications serve a domain at once; compose only after a deployment. */
function publish(world: World, row: DomainRow): void {
  const application = world.tables.applications.get(row.applicationId ?? "");
  if (application !== undefined) applyDomain(world, application.appName, row);
}

function findDomain(world: World, domainId: string): DomainRow {
  const row = world.tables.domains.get(domainId);
  if (row === undefined) throw notFound("Domain");
  return row;
}

function checkAccess(call: Call, row: DomainRow): void {
  const service = row.applicationId ?? row.composeId;
  if (service !== null) requireServiceAccess(call, service);
}

function withApplication(world: World, row: DomainRow): object {
  const found = row.applicationId === null ? undefined : findApplication(world, row.applicationId);
  const application =
    found === undefined
      ? null
      : { applicationId: found.applicationId, appName: found.appName, name: found.name };
  return { ...row, application };
}
