// Several `capstan run` as people start them for a stand-by: one repository, one simulator and one database, each with a
// state folder of its own, and ways to the simulator and the database that can be cut.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hashToken } from "../../src/lib/api-token.ts";
import { startSimulator } from "../../src/simulator/server.ts";
import type { Simulator } from "../../src/simulator/server.ts";
import { startCapstan } from "./capstan-process.ts";
import type { CapstanProcess } from "./capstan-process.ts";
import { startCutProxy } from "./cut-proxy.ts";
import type { CutProxy } from "./cut-proxy.ts";
import { startFakeGitea } from "./fake-gitea.ts";
import type { FakeGitea } from "./fake-gitea.ts";
import { createTestRepository } from "./git.ts";
import type { TestRepository } from "./git.ts";
import { createTestDatabase } from "./postgres.ts";
import type { TestDatabase } from "./postgres.ts";
import { until } from "./until.ts";
import { watchWrites } from "./write-watch.ts";
import type { WriteWatch } from "./write-watch.ts";

export interface Replica extends CapstanProcess {
  readonly name: string;
  readonly toDatabase: CutProxy;
  readonly toDokploy: CutProxy;
  /** An answer of its API as JSON; null while it does not answer. */
  get(path: string): Promise<Record<string, unknown> | null>;
  post(path: string, body?: unknown): Promise<{ readonly status: number; readonly json: unknown }>;
  /** Whether it leads; null while it does not answer. */
  leads(): Promise<boolean | null>;
}

export interface ReplicasOptions {
  /** Instead of the one that all tests share: without a database at its end. */
  readonly serverUrl?: string;
  /** At the end of DATABASE_URL: `?sslmode=verify-full`. */
  readonly addressEnd?: string;
}

export interface Replicas {
  readonly host: FakeGitea;
  readonly simulator: Simulator;
  readonly repository: TestRepository;
  readonly database: TestDatabase;
  /** Of the simulator. */
  readonly writes: WriteWatch;
  start(name: string, environment?: Readonly<Record<string, string>>): Promise<Replica>;
  close(): Promise<void>;
}

export const leaseTtlMs = 5_000;
export const apiToken = "operator-token-of-tests-0123456789";

export async function startReplicas({
  serverUrl,
  addressEnd = "",
}: ReplicasOptions = {}): Promise<Replicas> {
  const simulator = await startSimulator({ timeScale: 0.05 });
  const writes = watchWrites(simulator);
  const repository = await createTestRepository();
  const folder = await mkdtemp(join(tmpdir(), "capstan-replicas-"));
  const database = await createTestDatabase(serverUrl);
  const { url } = database;
  const host = await startFakeGitea({ folder: repository.url });
  const started: Replica[] = [];
  const headers = { authorization: `Bearer ${apiToken}`, "content-type": "application/json" };

  async function start(
    name: string,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Replica> {
    const toDatabase = await startCutProxy(Number(new URL(url).port));
    const toDokploy = await startCutProxy(Number(new URL(simulator.url).port));
    const apiKey = `key-of-${name}-0123456789`;
    simulator.state.addKey({ key: apiKey, role: "owner" });
    const child = startCapstan(["run"], {
      folder,
      environment: {
        DOKPLOY_URL: `http://127.0.0.1:${toDokploy.port}`,
        DOKPLOY_API_TOKEN: apiKey,
        DATABASE_URL: `${url.replace(/:\d+\//, `:${toDatabase.port}/`)}${addressEnd}`,
        GIT_URL: repository.url,
        GIT_BRANCH: repository.branch,
        FORGE: "gitea",
        FORGE_URL: host.url,
        FORGE_TOKEN: "gitea-token-0123456789",
        FORGE_REPOSITORY: host.repository,
        API_TOKENS: `ops:operator:${hashToken(apiToken)}`,
        HOST_CHECK_INTERVAL: "off",
        STATE_DIR: `state-${name}`,
        HOST: "127.0.0.1",
        PORT: "0",
        POLL_SCHEDULE: "* * * * * *",
        RESYNC_INTERVAL: "1s",
        LEASE_TTL: `${leaseTtlMs}ms`,
        ...environment,
      },
    });
    writes.knows(apiKey, child.pid);
    const ask = async (path: string, init: RequestInit = {}): Promise<Response | null> => {
      const signal = AbortSignal.timeout(40_000);
      return fetch(`${await child.address()}${path}`, { ...init, headers, signal }).catch(
        () => null,
      );
    };
    const replica: Replica = {
      ...child,
      ...{ name, toDatabase, toDokploy },
      async get(path) {
        const answer = await ask(path);
        return answer?.ok === true ? ((await answer.json()) as Record<string, unknown>) : null;
      },
      async post(path, body = {}) {
        const answer = await ask(path, { method: "POST", body: JSON.stringify(body) });
        if (answer === null) return { status: 0, json: null };
        return { status: answer.status, json: (await answer.json()) as unknown };
      },
      async leads() {
        const answer = await ask("/health");
        if (answer === null) return null;
        const health = (await answer.json()) as { readonly standby?: true };
        return health.standby !== true;
      },
    };
    started.push(replica);
    await child.address();
    return replica;
  }

  return {
    ...{ simulator, repository, database, host, writes, start },
    async close() {
      for (const one of started) {
        one.signal("SIGCONT");
        await one.close();
        await one.toDatabase.close();
        await one.toDokploy.close();
      }
      await simulator.close();
      await host.close();
      await repository.remove();
      await database.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function stackFile(name: string, image: string): string {
  return `apiVersion: capstan/v1
kind: Stack
metadata: { name: ${name} }
spec: { applications: { web: { image: "${image}", rollout: { stableFor: 50ms } } } }
`;
}

/** Resolves when this one says that a stack is ready. */
export async function untilReady(one: Replica, stack: string, withinMs = 60_000): Promise<void> {
  await until(
    `${stack} is ready, as ${one.name} says`,
    async () => (await one.get(`/api/v1/stacks/${stack}`))?.ready === true,
    withinMs,
  );
}

/** Of each of several Dokploys, whether this process waits for another one; empty while it does not answer. */
export async function waitsFor(one: Replica): Promise<Record<string, boolean>> {
  const overview = await one.get("/api/v1/overview");
  const dokploys = (overview?.dokploys ?? []) as { name: string; waitsFor: string | null }[];
  return Object.fromEntries(dokploys.map(({ name, waitsFor: what }) => [name, what !== null]));
}
