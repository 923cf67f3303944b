// A real PostgreSQL for tests, where one is installed (Debian's package `postgresql`): one for all files of a run, with
// a database of its own for each that asks. With CI=true one that is not installed is a failure.
import { fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import pg from "pg";

const versions = "/usr/lib/postgresql";
const variable = "CAPSTAN_TEST_POSTGRES";

/** The folder of its programs; null where it is not installed. */
export function findPostgres(
  env: NodeJS.ProcessEnv = process.env,
  exists: (path: string) => boolean = existsSync,
): string | null {
  const found = exists(versions) ? readdirSync(versions).sort().reverse() : [];
  const folder = found
    .map((version) => join(versions, version, "bin"))
    .find((bin) => exists(join(bin, "postgres")) && exists(join(bin, "initdb")));
  if (folder !== undefined) return folder;
  if (env.CI === "true")
    throw new Error("no PostgreSQL is installed here: apt-get install postgresql");
  return null;
}

export const postgresPrograms = findPostgres();

/** Once for all workers: what starts it when the first of them asks. */
export default async function setup(): Promise<() => Promise<void>> {
  if (postgresPrograms === null) {
    process.stdout.write("tests with PostgreSQL are skipped: apt-get install postgresql\n");
    return async () => undefined;
  }
  const folder = await mkdtemp(join(tmpdir(), "capstan-postgres-runner-"));
  const socket = join(folder, "socket");
  const path = fileURLToPath(new URL("postgres-runner.ts", import.meta.url));
  const runner = fork(path, [socket, postgresPrograms]);
  await once(runner, "message");
  process.env[variable] = socket;
  return async () => {
    const ended = once(runner, "exit");
    runner.disconnect();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
}

let asked: Promise<string> | null = null;

/** Without a database at its end. */
async function serverUrl(): Promise<string> {
  const socket = process.env[variable];
  if (socket === undefined) throw new Error("PostgreSQL is not installed");
  const answer = JSON.parse(await text(connect(socket))) as { url?: string; error?: string };
  if (answer.url === undefined) throw new Error(answer.error);
  return answer.url;
}

export interface TestDatabase {
  readonly url: string;
  readonly query: (
    sql: string,
    values?: readonly unknown[],
  ) => Promise<readonly Record<string, unknown>[]>;
  readonly remove: () => Promise<void>;
}

async function ask(url: string, sql: string, values: readonly unknown[] = []) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql, [...values]);
    return rows;
  } finally {
    await client.end();
  }
}

/** A new, empty database; `on`: another server than the one that all tests share. */
export async function createTestDatabase(on?: string): Promise<TestDatabase> {
  const server = on ?? (await (asked ??= serverUrl()));
  const name = `t_${randomBytes(6).toString("hex")}`;
  await ask(`${server}/postgres`, `CREATE DATABASE ${name}`);
  const url = `${server}/${name}`;
  return {
    url,
    query: (sql, values) => ask(url, sql, values),
    async remove() {
      await ask(`${server}/postgres`, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

let common: Promise<TestDatabase> | null = null;

/** One for all tests of this worker that have scopes of their own; it goes with the server. */
export function commonDatabase(): Promise<TestDatabase> {
  return (common ??= createTestDatabase());
}

/** No other test has it. */
export function newScope(): string {
  return `scope-${randomBytes(6).toString("hex")}`;
}
