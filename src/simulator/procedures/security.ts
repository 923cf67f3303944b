/** security.*: basic auth. The shared middleware file is read first and written last. */
import { z } from "zod";
import { findApplication, requirePrivilege, requireServiceAccess } from "../access.ts";
import { asBadRequest, fail, notFound } from "../failure.ts";
import { id, mutation, query, type Router } from "../procedure.ts";
import type { SecurityRow } from "../rows.ts";
import { failedInsert } from "../sql.ts";
import { isoNow } from "../time.ts";
import {
  addUser,
  HASH_MS,
  inTransaction,
  readMiddlewares,
  removeUser,
  routerFile,
  writeMiddlewares,
} from "../traefik.ts";
import type { World } from "../world.ts";

const COLUMNS = ["securityId", "username", "password", "createdAt", "applicationId"];

export const securityRouter: Router = {
  create: mutation(
    z.object({ applicationId: z.string(), username: id, password: id }),
    async (input, call) => {
      const { world } = call;
      requirePrivilege(call, "service");
      asBadRequest("", () => findApplication(world, input.applicationId));
      await createSecurity(world, input);
      return true;
    },
  ),
  update: mutation(
    z.object({ securityId: id, username: id, password: id }),
    async (input, call) => {
      const { world } = call;
      const row = findSecurity(world, input.securityId);
      requirePrivilege(call, "service");
      const content = readMiddlewares(world);
      await inTransaction(world, () => {
        const { appName } = findApplication(world, row.applicationId);
        removeUser(content, appName, row);
        row.username = input.username;
        row.password = input.password;
        addUser(content, appName, row);
        writeMiddlewares(world, content);
      });
    },
  ),
  delete: mutation(z.object({ securityId: id }), async (input, call) => {
    const { world } = call;
    const row = findSecurity(world, input.securityId);
    requirePrivilege(call, "service");
    world.tables.security.delete(row.securityId);
    const content = readMiddlewares(world);
    await inTransaction(world, () => {
      const { appName } = findApplication(world, row.applicationId);
      removeUser(content, appName, row);
      writeMiddlewares(world, content);
      if (content[`auth-${appName}`] === undefined) {
        const file = routerFile(world, appName);
        file.middlewares = file.middlewares.filter((name) => name !== `auth-${appName}`);
      }
    });
    return { ...row };
  }),
  one: query(z.object({ securityId: id }), (input, call) => {
    const row = findSecurity(call.world, input.securityId);
    requireServiceAccess(call, row.applicationId);
    return { ...row };
  }),
};

export async function createSecurity(
  world: World,
  input: { applicationId: string; username: string; password: string },
): Promise<void> {
  const { tables, random } = world;
  const row: SecurityRow = {
    securityId: random.id(),
    username: input.username,
    password: input.password,
    createdAt: isoNow(),
    applicationId: input.applicationId,
  };
  for (const other of tables.security.values()) {
    if (other.applicationId === row.applicationId && other.username === row.username)
      throw fail("BAD_REQUEST", failedInsert("security", COLUMNS, { ...row }));
  }
  const { appName } = findApplication(world, row.applicationId);
  tables.security.set(row.securityId, row);
  const content = readMiddlewares(world);
  await inTransaction(
    world,
    () => {
      addUser(content, appName, row);
      writeMiddlewares(world, content);
      const file = routerFile(world, appName);
      if (!file.middlewares.includes(`auth-${appName}`)) file.middlewares.push(`auth-${appName}`);
    },
    HASH_MS,
  );
}

function findSecurity(world: World, securityId: string): SecurityRow {
  const row = world.tables.security.get(securityId);
  if (row === undefined) throw notFound("Security");
  return row;
}
