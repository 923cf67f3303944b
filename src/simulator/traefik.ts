/**
 * Writes to domains, basic auth and redirects: each holds a database connection while it works on
 * files that it read before. Two at once lose each other's entries in the shared middleware file;
 * ten at once take all connections and the server never answers again.
 */
import type { DomainRow, RedirectRow, SecurityRow } from "./rows.ts";
import type { Middleware, RouterFile } from "./state.ts";
import type { World } from "./world.ts";

/** As many as the pool of the real server has. */
const POOL = 10;
/** Basic auth hashes a password between reading the shared file and writing it. */
export const HASH_MS = 4;
/** A transaction ends when no other has begun for this long: requests sent together do meet. */
const QUIET_MS = 10;

/** Runs `work` while holding a connection; never returns once the pool was exhausted. */
export async function inTransaction<T>(world: World, work: () => T, hashMs = 0): Promise<T> {
  const { pool } = world;
  pool.open++;
  pool.lastBegan = Date.now();
  if (pool.open >= POOL) world.tables.hung = true;
  while (Date.now() - pool.lastBegan < QUIET_MS) {
    await world.time.sleepReal(QUIET_MS);
    // What has arrived meanwhile begins before anybody decides that all is quiet.
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (hashMs > 0) await world.time.sleepReal(hashMs);
  // Another pool: the process that this ran in is gone.
  if (world.tables.hung || pool !== world.pool) return new Promise<never>(() => undefined);
  pool.open--;
  return work();
}

export function readMiddlewares(world: World): Record<string, Middleware> {
  return structuredClone(world.tables.middlewareFile);
}

export function writeMiddlewares(world: World, content: Record<string, Middleware>): void {
  world.tables.middlewareFile = content;
}

export function routerFile(world: World, appName: string): RouterFile {
  const existing = world.tables.routerFiles.get(appName);
  if (existing !== undefined) return existing;
  const created: RouterFile = { domains: new Map(), middlewares: [] };
  world.tables.routerFiles.set(appName, created);
  return created;
}

export function applyDomain(world: World, appName: string, domain: DomainRow): void {
  const file = routerFile(world, appName);
  if (!domain.enabled) file.domains.delete(domain.uniqueConfigKey);
  else {
    const { host, path, port } = domain;
    file.domains.set(domain.uniqueConfigKey, { host, path, port });
  }
}

export function addUser(
  content: Record<string, Middleware>,
  appName: string,
  row: SecurityRow,
): void {
  const name = `auth-${appName}`;
  const current = content[name];
  const users = current !== undefined && "basicAuth" in current ? current.basicAuth.users : [];
  content[name] = { basicAuth: { removeHeader: true, users: [...users, `${row.username}:$2b$`] } };
}

export function removeUser(
  content: Record<string, Middleware>,
  appName: string,
  row: SecurityRow,
): void {
  const name = `auth-${appName}`;
  const current = content[name];
  if (current === undefined || !("basicAuth" in current)) return;
  const users = current.basicAuth.users.filter((user) => user.split(":")[0] !== row.username);
  if (users.length === 0) Reflect.deleteProperty(content, name);
  else content[name] = { basicAuth: { removeHeader: true, users } };
}

export function redirectName(appName: string, row: RedirectRow): string {
  return `redirect-${appName}-${row.uniqueConfigKey}`;
}

export function redirectMiddleware(row: RedirectRow): Middleware {
  const { regex, replacement, permanent } = row;
  return { redirectRegex: { regex, replacement, permanent } };
}

/** `application.delete` takes the application's own file and its entries of the shared one. */
export function forgetApplication(world: World, appName: string): void {
  world.tables.routerFiles.delete(appName);
  const content = readMiddlewares(world);
  for (const name of Object.keys(content)) {
    if (name === `auth-${appName}` || name.startsWith(`redirect-${appName}-`))
      Reflect.deleteProperty(content, name);
  }
  writeMiddlewares(world, content);
}
