// A whole Capstan for scenario tests: a real Git repository, the Dokploy simulator over HTTP, and an
// engine between them with quick clocks. Everything ends with `close`.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDokploy } from "../../src/dokploy/platform.ts";
import type { DokployOptions } from "../../src/dokploy/platform.ts";
import { createEngine } from "../../src/engine/loop/create.ts";
import type { Engine, EngineOptions, PassResult } from "../../src/engine/engine.ts";
import type { PassOptions } from "../../src/engine/run/run.ts";
import { createBranches } from "../../src/git/branches.ts";
import { createGitSource } from "../../src/git/git-source.ts";
import { systemClock } from "../../src/lib/clock.ts";
import type { Clock } from "../../src/lib/clock.ts";
import { createHasher } from "../../src/lib/digest.ts";
import { httpClient } from "../../src/lib/http.ts";
import type { HttpClient } from "../../src/lib/http.ts";
import { silentLogger } from "../../src/lib/logger.ts";
import type { Logger } from "../../src/lib/logger.ts";
import { createMoments } from "../../src/lib/moment.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import type { Redactor } from "../../src/lib/redact.ts";
import type { Branches, Commits, Platform, Source } from "../../src/ports.ts";
import type { Registry } from "../../src/ports-registry.ts";
import type { Secrets } from "../../src/ports-secrets.ts";
import type { Dns, NameServers } from "../../src/ports-dns.ts";
import type { HostProbe } from "../../src/ports-hosts.ts";
import type { Store } from "../../src/ports-store.ts";
import { startSimulator } from "../../src/simulator/server.ts";
import type { Simulator, SimulatorOptions } from "../../src/simulator/server.ts";
import { createTestRepository } from "./git.ts";
import type { TestRepository } from "./git.ts";
import { freeLock, memorySecrets, memoryStore } from "./memory.ts";
import { openTestStore } from "./shared-store.ts";

type LeaseOf = NonNullable<DokployOptions["lease"]>;

export interface ScenarioOptions {
  readonly simulator?: SimulatorOptions;
  readonly engine?: Partial<EngineOptions>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly logger?: Logger;
  readonly wrapPlatform?: (platform: Platform) => Platform;
  /** The engine's and the adapters' time; the simulator has its own. */
  readonly clock?: Clock;
  /** Puts something between Capstan and the simulator; the address to use instead. */
  readonly through?: (simulatorUrl: string) => Promise<string>;
  /** Instead of one in memory: the store of a state folder. */
  readonly openStore?: (stateDir: string) => Store;
  /** Instead of git: where branches of other repositories point. */
  readonly branches?: Branches;
  /** Where tags of images point. */
  readonly registry?: Registry;
  /** Instead of the repository: where stacks are read from, made anew with each engine. */
  readonly source?: () => Source;
  /** What the Dokploy adapter sends its requests with. */
  readonly http?: HttpClient;
  /** Guards the server with a lease, as another host than that of other scenarios. */
  readonly lease?: { readonly host: string; readonly ttlMs: number };
  /** Instead of those in memory: made anew with each engine, as a process does. */
  readonly openSecrets?: (redactor: Redactor) => Secrets;
  /** Where DNS records are kept. */
  readonly dns?: Dns;
  /** How hosts are asked as people reach them; `engine.hosts` says where. */
  readonly hosts?: { readonly hostProbe: HostProbe; readonly nameServers: NameServers };
  /** Of another scenario, whose server and repository this one shares: it is another machine. */
  readonly beside?: Pick<Scenario, "simulator" | "repository">;
}

export interface Scenario {
  readonly simulator: Simulator;
  readonly repository: TestRepository;
  readonly secrets: Map<string, string>;
  readonly redactor: Redactor;
  /** The engine of now; `restart` makes another one with the same store. */
  engine(): Engine;
  restart(changes?: Partial<EngineOptions>): Promise<void>;
  /** What the repository tells of its commits. */
  commits(): Commits;
  /** The store of now. */
  store(): Store;
  /** Restarts with an empty store. */
  loseStore(): Promise<void>;
  /** Commits files below `stacks/`; null removes one. A loop that runs is told, as a hook would. */
  push(files: Readonly<Record<string, string | null>>, message?: string): Promise<string>;
  /** One pass of a new engine over the newest commit. */
  apply(options?: Partial<PassOptions>): Promise<PassResult>;
  /** The requests that wrote something since the last call. */
  writes(): readonly string[];
  close(): Promise<void>;
}

export const quickEngine: EngineOptions = {
  instance: "default",
  stacksPath: "stacks",
  variables: { STACK_DOMAIN_SUFFIX: "ai.example.com", STACK_IMAGE: "ghcr.io/acme/opencode:1" },
  reservedNames: [],
  dryRun: false,
  workers: 20,
  // A push wakes it, and each resync looks: a poll in the tests' short times would only cost.
  pollSchedule: "0 0 1 1 *",
  resyncIntervalMs: 500,
  deepCheckIntervalMs: 60_000,
  followIntervalMs: 500,
  secretsLookMs: 100,
  rolloutTickMs: 15,
  lookAgainMs: 400,
  traefikAddress: null,
};

export async function createScenario(options: ScenarioOptions = {}): Promise<Scenario> {
  const { beside } = options;
  const simulator =
    beside?.simulator ?? (await startSimulator({ timeScale: 0.05, ...options.simulator }));
  const repository = beside?.repository ?? (await createTestRepository());
  const stateDir = await mkdtemp(join(tmpdir(), "capstan-state-"));
  const openStore = async (): Promise<Store> => (await openTestStore()) ?? memoryStore();
  let store: Store = options.openStore?.(stateDir) ?? (await openStore());
  const secrets = new Map(Object.entries(options.secrets ?? {}));
  const redactor = createRedactor();
  const hasher = createHasher(Buffer.from("a key for tests"));
  const logger = options.logger ?? silentLogger;
  const clock = options.clock ?? systemClock;
  const url = (await options.through?.(simulator.url)) ?? simulator.url;
  let made = 0;
  function leaseOf({ host, ttlMs }: NonNullable<ScenarioOptions["lease"]>): LeaseOf {
    made += 1;
    return {
      ...{ instance: "default", host, ttlMs, by: "capstan run", pid: made, version: "1" },
      writer: `${host}-${made}`,
      memory: { earlier: () => [], save: () => undefined },
      moment: createMoments(),
    };
  }
  let parts: { engine: Engine; platform: Platform; source: Source; commits: Commits } | null = null;
  const started = new WeakSet<Engine>();

  function build(changes: Partial<EngineOptions>): NonNullable<typeof parts> {
    const platform = createDokploy({
      url,
      apiKey: simulator.apiKey,
      clock,
      random: () => 0.5,
      logger,
      redactor,
      ...(options.http === undefined ? {} : { http: options.http }),
      ...(options.lease === undefined ? {} : { lease: leaseOf(options.lease) }),
    });
    const git = createGitSource({
      url: repository.url,
      branch: repository.branch,
      path: "stacks",
      policiesPath: "policies",
      stateDir,
      clock,
      logger,
      credentials: {},
    });
    const source = options.source?.() ?? git;
    const made = createEngine(
      {
        platform: options.wrapPlatform?.(platform) ?? platform,
        source,
        secrets: options.openSecrets?.(redactor) ?? memorySecrets(secrets),
        store,
        lock: freeLock(),
        lease: platform.lease,
        hasher,
        redactor,
        http: httpClient,
        clock,
        random: () => 0.5,
        logger,
        ...(options.registry === undefined ? {} : { registry: options.registry }),
        dns: options.dns ?? null,
        ...options.hosts,
        branches: options.branches ?? createBranches({ own: null, stateDir, logger }),
      },
      { ...quickEngine, ...options.engine, ...changes },
    );
    const engine: Engine = {
      ...made,
      start() {
        started.add(engine);
        made.start();
      },
    };
    return { engine, platform, source, commits: git };
  }
  async function end(): Promise<void> {
    if (parts === null) return;
    const { engine, platform, source } = parts;
    parts = null;
    await engine.stop();
    await source.close();
    await platform.close();
  }
  async function restart(changes: Partial<EngineOptions> = {}): Promise<void> {
    await end();
    parts = build(changes);
  }
  function current(): NonNullable<typeof parts> {
    parts ??= build({});
    return parts;
  }

  return {
    simulator,
    repository,
    secrets,
    redactor,
    engine: () => current().engine,
    commits: () => current().commits,
    store: () => store,
    restart,
    async loseStore() {
      await end();
      await store.handOver();
      store.close();
      store = await openStore();
      await restart();
    },
    async push(files, message) {
      const below = Object.entries(files).map(([path, content]) => [`stacks/${path}`, content]);
      const commit = await repository.push(Object.fromEntries(below), message);
      if (parts !== null && started.has(parts.engine)) parts.engine.poke("a push");
      return commit;
    },
    async apply(passOptions = {}) {
      await restart();
      return current().engine.converge({ prune: true, ...passOptions });
    },
    writes() {
      const written = simulator.log.writes().flatMap((request) => request.procedures);
      simulator.log.clear();
      return written;
    },
    async close() {
      await end();
      await store.handOver();
      store.close();
      if (beside === undefined) {
        await simulator.close();
        await repository.remove();
      }
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

export interface SimpleStack {
  readonly image?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly host?: string | null;
  readonly extra?: string;
}

/** A manifest of one application with one domain that is Ready at once. */
export function simpleStack(name: string, given: SimpleStack = {}): string {
  const host = given.host === undefined ? `${name}.example.com` : given.host;
  const env = Object.entries(given.env ?? { MODE: "live" });
  return [
    "apiVersion: capstan/v1",
    "kind: Stack",
    `metadata: { name: ${name} }`,
    "spec:",
    "  applications:",
    "    web:",
    `      image: ${given.image ?? "ghcr.io/acme/web:1"}`,
    "      rollout: { stableFor: 0s, timeout: 20s }",
    ...(env.length === 0
      ? []
      : ["      env:", ...env.map(([key, value]) => `        ${key}: "${value}"`)]),
    ...(host === null ? [] : [`      domains: [ { host: ${host}, port: 8080 } ]`]),
    ...(given.extra === undefined ? [] : [given.extra]),
    "",
  ].join("\n");
}

/** Files with one such stack for each name. */
export const simpleStacks = (
  names: readonly string[],
  given?: SimpleStack,
): Record<string, string> =>
  Object.fromEntries(names.map((name) => [`${name}.yaml`, simpleStack(name, given)]));
