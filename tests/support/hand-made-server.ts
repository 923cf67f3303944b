// Fills a simulator as people do it in Dokploy's pages: projects with odd names, services of all kinds that run and that
// Capstan never saw, and around them things that no manifest can say.
import fc from "fast-check";
import { stringify } from "yaml";
import { createDokploy } from "../../src/dokploy/platform.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { silentLogger } from "../../src/lib/logger.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import { childrenOf } from "../../src/model/children.ts";
import type { DesiredService } from "../../src/model/desired.ts";
import { databaseKinds, isDatabase } from "../../src/model/kinds/database-rows.ts";
import type { ComposeSpec, Configured, DatabaseSpec } from "../../src/model/specs.ts";
import type { Simulator } from "../../src/simulator/server.ts";
import { anySpec, desiredOf, someDestination } from "../dokploy/specs.ts";
import { arbitraryCompose } from "./arbitrary-compose.ts";
import { arbitraryDatabase } from "./arbitrary-database.ts";
import { addDestination } from "./destination.ts";
import { addNamed } from "./git-sources.ts";

export interface HandMade {
  readonly name: string;
  readonly environment: string;
  readonly configured: Configured;
  readonly description: string | null;
  readonly isRunning: boolean;
  /** A setting that Dokploy's pages give to new services. */
  readonly autoDeploy: boolean;
  readonly byHand: boolean;
  /** What no manifest can say. */
  readonly strange: "mode" | "healthcheck" | "drop" | null;
}

export interface HandMadeProject {
  readonly name: string;
  readonly description: string;
  readonly env: string;
  readonly services: readonly HandMade[];
}

const aCompose = fc
  .constantFrom("docker-compose" as const, "stack" as const)
  .chain((type) => arbitraryCompose(type))
  .map((spec): ComposeSpec => {
    const { git, file } = spec;
    // Where the file is elsewhere, the simulator would have to clone it.
    const services = git === null ? file : { services: { web: { image: "nginx:1" } } };
    const defined = { ...services, volumes: { data: {}, media: { name: "shared" } } };
    return { ...spec, git: null, file: defined, domains: spec.domains.slice(0, 1) };
  })
  .map((spec): Configured => ({ kind: "compose", spec }));

const aDatabase = fc
  .constantFrom(...databaseKinds)
  .chain((kind) =>
    arbitraryDatabase(kind).map((spec: DatabaseSpec): Configured => ({ kind, spec })),
  );

const anApplication = anySpec.map((spec): Configured => ({ kind: "application", spec }));

const aService: fc.Arbitrary<HandMade> = fc.record({
  name: fc.constantFrom(
    "web",
    "Web Shop",
    "api",
    "My API (new)",
    "データ",
    "db",
    "worker 2",
    "a.b",
  ),
  environment: fc.constantFrom("production", "production", "production", "staging", "My env"),
  configured: fc.oneof(
    { weight: 3, arbitrary: anApplication },
    { weight: 3, arbitrary: aDatabase },
    { weight: 2, arbitrary: aCompose },
  ),
  description: fc.constantFrom(null, "", "Made by hand", "Two\nlines"),
  isRunning: fc.constantFrom(true, true, true, true, false),
  autoDeploy: fc.boolean(),
  byHand: fc.boolean(),
  strange: fc.constantFrom(
    null,
    null,
    null,
    null,
    "mode" as const,
    "healthcheck" as const,
    "drop" as const,
  ),
});

export const aProject: fc.Arbitrary<HandMadeProject> = fc.record({
  name: fc.constantFrom("shop", "My Shop", "Ünïcode", "a".repeat(60), "test-1"),
  description: fc.constantFrom("", "Somebody's project", "It has\ntwo lines"),
  env: fc.constantFrom("TZ=UTC", "TZ=Europe/Amsterdam", "# of the team\nTZ=UTC\n\nTOKEN='a b c'\n"),
  services: fc.array(aService, { minLength: 1, maxLength: 4 }),
});

/** Hosts and ports of which a server has one each. */
function apart(configured: Configured, number: number): Configured {
  const { spec } = configured;
  // What leads nowhere would not have been deployed.
  const env = Object.entries(spec.env).filter(([, value]) => !/\$\{\{(?!project\.TZ)/.test(value));
  const lists: Record<string, unknown> = { env: Object.fromEntries(env) };
  if ("domains" in spec) {
    lists.domains = spec.domains.map((one, index) => ({
      ...one,
      host: `h${number}-${index}.example.com`,
    }));
  }
  if ("ports" in spec) {
    lists.ports = spec.ports.map((one, index) => ({
      ...one,
      published: 20_000 + number * 4 + index,
    }));
  }
  if ("externalPort" in spec) {
    const port = (at: number): number => 40_000 + number * 3 + at;
    for (const [at, field] of ["externalPort", "externalGrpcPort", "externalAdminPort"].entries()) {
      const has = (spec as unknown as Record<string, unknown>)[field] !== null;
      lists[field] = has ? port(at) : null;
    }
  }
  return { ...configured, spec: { ...spec, ...lists } } as Configured;
}

export interface Filled {
  close(): Promise<void>;
}

/** Makes them all, and has what is to run run. */
export async function fillByHand(
  simulator: Simulator,
  projects: readonly HandMadeProject[],
): Promise<void> {
  const { state } = simulator;
  for (const name of [someDestination, "other"]) addDestination(simulator, name);
  addNamed(simulator);
  const platform = createDokploy({
    url: simulator.url,
    apiKey: simulator.apiKey,
    clock: systemClock,
    random: () => 0.5,
    logger: silentLogger,
    redactor: createRedactor(),
  });
  let number = 0;
  const want = { hash: "0".repeat(12), attempt: 1 };
  try {
    for (const [index, project] of projects.entries()) {
      const name = index % 10 === 9 ? project.name : `${project.name} ${index}`;
      const made = state.addProject({ ...project, name });
      const environments = new Map([["production", made.environment.environmentId]]);
      for (const one of project.services) {
        number += 1;
        let environmentId = environments.get(one.environment);
        if (environmentId === undefined) {
          const { projectId } = made.project;
          environmentId = (await platform.createEnvironment(projectId, one.environment)).id;
          environments.set(one.environment, environmentId);
        }
        await makeOne(simulator, platform, one, environmentId, number);
      }
    }
  } finally {
    await platform.close();
  }

  async function makeOne(
    { state: rows }: Simulator,
    server: typeof platform,
    one: HandMade,
    environmentId: string,
    count: number,
  ): Promise<void> {
    const configured = apart(one.configured, count);
    const { kind } = configured;
    const desired = {
      ...desiredOf({} as never),
      ...configured,
      ...{ name: one.name, appName: `made-${count}`, description: "" },
    } as DesiredService;
    const { id } = await server.createService(desired, { environmentId, description: "" });
    const written = { desired, observed: null, description: one.description ?? "", want };
    await server.configureService(id, written);
    for (const child of childrenOf(configured.spec)) await server.createChild({ kind, id }, child);
    if (kind === "compose") {
      const row = rows.compose.get(id)!;
      const text = stringify(configured.spec.file);
      Object.assign(row, {
        composeFile: `# Somebody's own file\n${text}`,
        ...{ description: one.description, autoDeploy: one.autoDeploy },
      });
      if (one.byHand) unmark(rows, id);
      if (one.strange === "mode") row.command = "docker compose up";
      if (one.isRunning) await deployed(rows, server, id);
      return;
    }
    const table = kind === "application" ? rows.applications : rows[kind];
    const row = table.get(id) as unknown as Record<string, unknown>;
    Object.assign(row, { description: one.description, labelsSwarm: null });
    if (kind === "application") strangeness(row, one);
    if (one.byHand) unmark(rows, id);
    if (!one.isRunning) return;
    if (isDatabase(kind)) rows.runDatabase(kind, id);
    else rows.runApplication(id);
  }

  function strangeness(row: Record<string, unknown>, one: HandMade): void {
    row.autoDeploy = one.autoDeploy;
    if (one.byHand) row.watchPaths = ["apps/web/**", "*.json"];
    if (one.strange === "mode") row.isPreviewDeploymentsActive = true;
    if (one.strange === "healthcheck") {
      row.healthCheckSwarm = { Test: ["CMD", "true"], StartInterval: 5 };
    }
    if (one.strange === "drop") row.sourceType = "drop";
  }

  /** Rows that people make carry no name of Capstan's. */
  function unmark({ schedules, volumeBackups, backups }: Simulator["state"], id: string): void {
    const isOf = (row: object): boolean => Object.values(row).includes(id);
    for (const row of [...schedules.values(), ...volumeBackups.values()]) {
      if (isOf(row)) row.appName = "cron-bypass-x1y2z3";
    }
    for (const row of backups.values()) {
      if (!isOf(row)) continue;
      if (row.backupType === "database") row.serviceName = null;
      else {
        const { [row.databaseType]: own } = row.metadata as Readonly<Record<string, unknown>>;
        row.metadata = { [row.databaseType]: own };
      }
    }
  }

  async function deployed(
    { compose }: Simulator["state"],
    server: typeof platform,
    id: string,
  ): Promise<void> {
    const words = { title: "by hand", description: "" };
    await server.deploy({ kind: "compose", id }, words, 60_000);
    const isOver = (): boolean => ["done", "error"].includes(compose.get(id)!.composeStatus);
    for (let tries = 0; !isOver() && tries < 2_000; tries += 1) {
      await systemClock.sleep(5);
    }
  }
}

/** Everything that the server holds, but descriptions: those may have a marker more. */
export function worldOf({ state }: Simulator): string {
  const tables = [
    ...[state.projects, state.environments, state.applications, state.compose],
    ...databaseKinds.map((kind) => state[kind]),
    ...[state.domains, state.mounts, state.ports, state.redirects, state.security],
    ...[state.schedules, state.backups, state.volumeBackups, state.deployments],
  ];
  const rows = tables.map((table) => [...table.values()]);
  const running = [...state.swarmServices.values()].map(({ appName, spec }) => ({ appName, spec }));
  return JSON.stringify([rows, running], (key, value: unknown) =>
    key === "description" ? undefined : value,
  );
}
