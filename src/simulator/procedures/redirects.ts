/** redirects.*: written into the same shared file as basic auth, which can overwrite them. */
import { z } from "zod";
import { findApplication, requirePrivilege, requireServiceAccess } from "../access.ts";
import { fail, notFound } from "../failure.ts";
import { coercedBoolean, id, mutation, query, type Router } from "../procedure.ts";
import type { RedirectRow } from "../rows.ts";
import { isoNow } from "../time.ts";
import {
  inTransaction,
  readMiddlewares,
  redirectMiddleware,
  redirectName,
  routerFile,
  writeMiddlewares,
} from "../traefik.ts";
import type { World } from "../world.ts";

const shape = { regex: id, replacement: id, permanent: z.boolean() };

export const redirectsRouter: Router = {
  create: mutation(z.object({ ...shape, applicationId: z.string() }), async (input, call) => {
    requirePrivilege(call, "service");
    await createRedirect(call.world, input);
    return true;
  }),
  update: mutation(
    z.object({ redirectId: id, ...shape, permanent: coercedBoolean }),
    ({ redirectId, ...changes }, call) => {
      const { world } = call;
      const row = findRedirect(world, redirectId);
      requirePrivilege(call, "service");
      Object.assign(row, changes);
      const content = readMiddlewares(world);
      const name = redirectName(findApplication(world, row.applicationId).appName, row);
      if (content[name] !== undefined) content[name] = redirectMiddleware(row);
      writeMiddlewares(world, content);
      return { ...row };
    },
  ),
  delete: mutation(z.object({ redirectId: id }), (input, call) => {
    const { world } = call;
    const row = findRedirect(world, input.redirectId);
    requirePrivilege(call, "service");
    world.tables.redirects.delete(row.redirectId);
    const { appName } = findApplication(world, row.applicationId);
    const name = redirectName(appName, row);
    const content = readMiddlewares(world);
    Reflect.deleteProperty(content, name);
    writeMiddlewares(world, content);
    const file = routerFile(world, appName);
    file.middlewares = file.middlewares.filter((one) => one !== name);
    return { ...row };
  }),
  one: query(z.object({ redirectId: id }), (input, call) => {
    const row = findRedirect(call.world, input.redirectId);
    requireServiceAccess(call, row.applicationId);
    return { ...row };
  }),
};

export async function createRedirect(
  world: World,
  input: { applicationId: string; regex: string; replacement: string; permanent: boolean },
): Promise<void> {
  const { tables, random } = world;
  const application = tables.applications.get(input.applicationId);
  if (application === undefined) throw fail("BAD_REQUEST", "Error creating this redirect");
  tables.serials.redirect++;
  const row: RedirectRow = {
    redirectId: random.id(),
    regex: input.regex,
    replacement: input.replacement,
    permanent: input.permanent,
    uniqueConfigKey: tables.serials.redirect,
    createdAt: isoNow(),
    applicationId: input.applicationId,
  };
  tables.redirects.set(row.redirectId, row);
  await inTransaction(world, () => {
    // Read and written in one go, unlike basic auth, which overwrites it with what it read before.
    const content = readMiddlewares(world);
    const name = redirectName(application.appName, row);
    content[name] = redirectMiddleware(row);
    writeMiddlewares(world, content);
    routerFile(world, application.appName).middlewares.push(name);
  });
}

function findRedirect(world: World, redirectId: string): RedirectRow {
  const row = world.tables.redirects.get(redirectId);
  if (row === undefined) throw notFound("Redirect");
  return row;
}
