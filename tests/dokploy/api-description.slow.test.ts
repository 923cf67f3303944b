// The table of everything that Capstan sends is made by letting it send everything; a server's own description is
// compared with it before anything is written to a version that nobody tried.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { format, resolveConfig } from "prettier";
import { describe, expect, test } from "vitest";
import { apiDescription, apiDifferences } from "../../src/dokploy/api-description.ts";
import type { ApiDescription } from "../../src/dokploy/api-description.ts";
import { providerTypes } from "../../src/dokploy/named.ts";
import { sentTable } from "../../src/dokploy/sent-table.ts";
import { judgeVersion, mayDescribeItself } from "../../src/dokploy/versions.ts";
import type { DesiredService } from "../../src/model/desired.ts";
import { childrenOf } from "../../src/model/children.ts";
import { fieldRoots } from "../../src/model/fields.ts";
import { databaseKinds } from "../../src/model/kinds/database-rows.ts";
import { workloadDefaults } from "../../src/model/kinds/workload.ts";
import type { ServiceRef } from "../../src/model/observed.ts";
import { databaseRows } from "../../src/model/kinds/database-rows.ts";
import { composeDatabaseTypes } from "../../src/model/manifest-timed.ts";
import type { ComposeSpec, DatabaseSpec, GitSource } from "../../src/model/specs.ts";
import { namedThings } from "../../src/model/server-names.ts";
import type { Platform } from "../../src/ports.ts";
import { startSimulator } from "../../src/simulator/server.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { until } from "../support/until.ts";
import { createSentCalls } from "./sent-calls.ts";
import { addDestination } from "../support/destination.ts";
import { addNamed, plainGit, sshKeyName } from "../support/git-sources.ts";
import { anyBackup, anySpec, desiredOf, someDestination } from "./specs.ts";
import { atEnd, platformOn } from "./support.ts";

const file = new URL("../../src/dokploy/sent-table.ts", import.meta.url);
const want = { hash: "3f9c0aa1b2c4", attempt: 1 };
const ignores = [[], ...fieldRoots("application").map((root) => [root])];

const backups = fc.sample(fc.tuple(anyBackup), { seed: 7, numRuns: 1 })[0] ?? [];

function databaseOf(service: DesiredService, index: number): DesiredService {
  if (service.kind !== "application") return service;
  const kind = databaseKinds[index % databaseKinds.length]!;
  // Each kind has each value in its turn.
  const round = Math.floor(index / databaseKinds.length);
  const isEven = round % 2 === 0;
  const workload = Object.keys(workloadDefaults).map((name) => [
    name,
    service.spec[name as keyof typeof workloadDefaults],
  ]);
  const spec: DatabaseSpec = {
    ...(Object.fromEntries(workload) as typeof workloadDefaults),
    ...{ database: `db${index}`, user: `u${index}` },
    ...{ password: `pw-${index}`, rootPassword: `root-${index}` },
    externalPort: isEven ? null : 15_432,
    externalGrpcPort: isEven ? null : 15_001,
    externalAdminPort: isEven ? null : 15_000,
    replicaOf: round % 4 < 2 ? null : "http://primary:5001",
    namespaces: isEven,
    backups: databaseRows[kind].hasBackups ? backups : [],
  };
  const ignore = service.ignore.filter((root) => fieldRoots(kind).includes(root));
  return { ...service, kind, key: "db/main", spec, ignore };
}

/** A repository of each kind of source. */
const gits: readonly GitSource[] = [
  { ...plainGit, url: "https://git.example.com/acme/jobs.git" },
  { ...plainGit, url: "git@git.example.com:acme/jobs.git", sshKey: sshKeyName },
  ...providerTypes.map((type) => ({
    ...plainGit,
    ...{ provider: `our ${type}`, repository: "acme/jobs" },
  })),
];

/** A backup of each type: each has a login of its own. */
const timedOfCompose: Pick<ComposeSpec, "schedules" | "backups" | "volumeBackups"> = {
  schedules: [
    {
      ...{ name: "tidy", service: "web", cron: "0 2 * * *", timezone: "UTC", shell: "sh" },
      ...{ command: "./tidy", enabled: true, byHand: false },
    },
  ],
  backups: composeDatabaseTypes.flatMap((type) =>
    backups.map((one) => ({
      ...{ ...one, name: type, prefix: type },
      within: { service: "web", type, user: "u", password: "p", rootPassword: "r" },
    })),
  ),
  volumeBackups: [
    {
      ...{ name: "weekly", service: "web", cron: "0 4 * * 0", destination: someDestination },
      ...{ prefix: "weekly", volume: { own: "data" }, turnOff: true, keepLatest: 3 },
      ...{ enabled: true, byHand: false },
    },
  ],
};

/** Compose services that leave a field each to people. */
function composeServices(base: DesiredService): readonly DesiredService[] {
  const domain = { host: "q.example.com", path: "/", port: 80, https: true, service: "web" };
  const rest = { stripPath: false, internalPath: "/", middlewares: [], entrypoint: null };
  const ignores = [[], ...fieldRoots("compose").map((root) => [root])];
  const sources: readonly (GitSource | null)[] = [...gits, ...ignores.map(() => null)];
  // The last of them run a file of their own.
  return sources.map((git, index) => ({
    ...base,
    kind: "compose",
    key: "compose/queue",
    ignore: git === null ? (ignores[index - gits.length] ?? []) : [],
    spec: {
      type: index % 2 === 0 ? "docker-compose" : "stack",
      git,
      file: git === null ? { services: { web: { image: `nginx:${index}` } } } : {},
      env: { A: String(index) },
      isolated: index % 2 === 0,
      mounts: [{ type: "file", content: "x", target: "/app.conf" }],
      domains: [{ ...domain, ...rest, certificate: "none" }],
      ...timedOfCompose,
    },
  }));
}

/** Makes a service, writes it, reads it and writes another configuration over it. */
async function send(
  platform: Platform,
  environmentId: string,
  [first, second]: readonly [DesiredService, DesiredService],
  serverId: string | null = null,
): Promise<ServiceRef> {
  const given = { environmentId, description: "d", serverId };
  const { id } = await platform.createService(first, given);
  const ref = { kind: first.kind, id };
  for (const child of childrenOf(first.spec)) await platform.createChild(ref, child);
  const description = "configured";
  await platform.configureService(id, { desired: first, observed: null, description, want });
  const observed = (await platform.details([{ ...ref, apart: true }])).get(id) ?? null;
  await platform.configureService(id, { desired: second, observed, description, want });
  for (const child of observed?.children ?? []) {
    await platform.updateChild(ref, child.id, child);
    await platform.deleteChild(child.id, child.kind);
  }
  return ref;
}

async function sendEverything(platform: Platform, serverId: string): Promise<void> {
  await platform.check(true);
  const project = await platform.createProject({ name: "p", description: "", variables: {} });
  await platform.updateProject(project.id, { name: "q", description: "", variables: { A: "1" } });
  const staging = await platform.createEnvironment(project.id, "staging");
  const specs = fc.sample(anySpec, { seed: 7, numRuns: 90 });
  const all = specs.map((spec, index) => desiredOf(spec, ignores[index % ignores.length]));
  const services: ServiceRef[] = [];
  for (const [index, desired] of all.entries()) {
    const next = all[(index + 1) % all.length] ?? desired;
    const { environmentId } = project;
    services.push(await send(platform, environmentId, [desired, next]));
    const after = index + databaseKinds.length;
    const databases = [databaseOf(desired, index), databaseOf(next, after)] as const;
    services.push(await send(platform, environmentId, databases));
    if (index > databaseKinds.length) continue;
    // Each kind also on another server.
    services.push(await send(platform, environmentId, databases, serverId));
    if (index === 0) services.push(await send(platform, environmentId, [desired, next], serverId));
  }
  const compose = composeServices(all[0]!);
  for (const [index, desired] of compose.entries()) {
    const pair = [desired, compose[index + 1] ?? desired] as const;
    services.push(await send(platform, project.environmentId, pair));
    services.push(await send(platform, project.environmentId, pair, serverId));
  }
  const chosen = [...new Map(services.map((ref) => [ref.kind, ref])).values()];
  const onServer = services.filter(({ kind }) => kind === "application" || kind === "compose");
  for (const ref of onServer.slice(-2 * compose.length)) {
    await platform.deploy(ref, { title: "t", description: "d" }, 60_000);
  }
  for (const ref of chosen) {
    await platform.moveService(ref, staging.id);
    await platform.deploy(ref, { title: "t", description: "d" }, 60_000);
    await platform.serviceLog(ref, 5).catch(() => []);
  }
  const more = { named: new Set(["edge"]), also: new Set([serverId]) };
  await until("services of the other server run", async () => {
    const seen = (await platform.list(Infinity, more)).remote?.get(serverId);
    return (seen?.size ?? 0) > 1;
  });
  const { rows, swarm, remote } = await platform.observeRollouts(services);
  const there = [...(remote?.get(serverId)?.values() ?? [])];
  expect(there).not.toEqual([]);
  await platform.liveServices([...(swarm?.values() ?? []), ...there].map(({ id }) => id));
  for (const { appName } of there) await platform.tasks(appName);
  const row = [...rows.values()].flat()[0];
  if (row !== undefined) await platform.buildLog(row.deploymentId, 5).catch(() => []);
  await platform.tasks("p-web");
  await platform.lastTask("p-web");
  // Only jobs are stopped, which are applications.
  for (const ref of chosen) if (ref.kind === "application") await platform.stopService(ref);
  for (const { appName, parts } of swarm?.values() ?? []) {
    if (parts !== undefined) await platform.tasks(appName);
  }
  for (const ref of services) {
    if (ref.kind === "compose") await platform.serviceLog(ref, 5).catch(() => []);
  }
  await platform.existing(services);
  await platform.list();
  await platform.names(namedThings);
  for (const type of providerTypes) await platform.branches(`our ${type}`, "acme/jobs");
  await platform.writeDescriptions([
    { kind: "project", id: project.id, description: "x" },
    ...services.map(({ kind, id }) => ({ kind, id, description: "x" })),
  ]);
  await platform.hasProject(project.id);
  await platform.servicesIn(project.id);
  for (const ref of services) await platform.deleteService(ref);
  await platform.deleteEnvironment(staging.id);
  await platform.deleteProject(project.id);
}

test("the table has every procedure and field that the adapter sends, with their types", async () => {
  const repositories = {
    at: () => Promise.resolve({ hash: "0".repeat(40), title: "t" }),
    branches: () => Promise.resolve([]),
    paths: ["acme/jobs"],
  };
  const simulator = await startSimulator({ timeScale: 0.001, repositories });
  atEnd(() => simulator.close());
  const calls = createSentCalls();
  const { apiKey } = simulator;
  addDestination(simulator, someDestination);
  addNamed(simulator);
  const { serverId } = simulator.state.addServer({ name: "edge" });
  const given = { apiKey, http: calls.http, clock: systemClock };
  await sendEverything(platformOn(simulator.url, given), serverId);
  const source = [
    "// Everything that Capstan sends to Dokploy. Made by `tests/dokploy/api-description.slow.test.ts` from the adapter's own",
    "// requests (`npx vitest run --config vitest.slow.config.ts tests/dokploy/api-description.slow.test.ts -u` writes it anew); not to be edited by hand.",
    'import type { SentTable } from "./api-description.ts";',
    "",
    `export const sentTable: SentTable = ${JSON.stringify(calls.table(), null, 2)};`,
    "",
  ].join("\n");
  const options = await resolveConfig(file.pathname);
  const text = await format(source, { ...options, filepath: file.pathname });
  await expect(text).toMatchFileSnapshot(file.pathname);
});

/** A server's description of the procedures that Capstan calls, as v0.30.2 has it. */
const recorded = apiDescription.parse(
  JSON.parse(readFileSync(new URL("cases/openapi-0.30.2.json", import.meta.url), "utf8")),
);

function changed(change: (paths: Record<string, unknown>) => void): ApiDescription {
  const copy = structuredClone(recorded) as { paths: Record<string, unknown> };
  change(copy.paths);
  return apiDescription.parse(copy);
}
const body = (paths: Record<string, unknown>, name: string) =>
  (
    paths[`/${name}`] as {
      post: {
        requestBody: {
          content: Record<
            string,
            { schema: { properties: Record<string, unknown>; required: string[] } }
          >;
        };
      };
    }
  ).post.requestBody.content["application/json"]!.schema;

describe("a description", () => {
  test("of the version that Capstan was tried with differs in nothing", () => {
    expect(apiDifferences(sentTable, recorded)).toEqual([]);
  });

  test("without a procedure, a field, a type or a value is told so, and with a new requirement too", () => {
    const description = changed((paths) => {
      delete paths["/port.create"];
      delete body(paths, "application.update").properties.labelsSwarm;
      body(paths, "application.update").properties.env = { type: "array" };
      body(paths, "mounts.create").properties.type = { type: "string", enum: ["bind", "file"] };
      body(paths, "project.create").required.push("organizationId");
    });
    expect(apiDifferences(sentTable, description)).toEqual([
      "application.update no longer takes a string as env",
      "application.update no longer takes labelsSwarm",
      "mounts.create no longer takes the value volume as type",
      "there is no port.create",
      "project.create requires organizationId",
    ]);
  });

  test("that allows more than before differs in nothing", () => {
    const description = changed((paths) => {
      body(paths, "application.update").properties.brandNew = { type: "string" };
      paths["/something.new"] = {};
    });
    expect(apiDifferences(sentTable, description)).toEqual([]);
  });
});

describe("a version", () => {
  test.each([
    ["v0.30.2", false, true],
    ["0.30.2", true, true],
    ["v0.30.3", true, true],
    ["v0.31.0", true, true],
    ["v0.29.14", true, true],
    ["v0.29.13", false, false],
    ["v0.28.0", false, false],
    ["v1.0.0", false, false],
    ["canary", false, false],
    ["v0.31.0-beta.1", false, false],
  ])(
    "%s may describe itself: asked %s, writes with an equal description %s",
    (version, _, writes) => {
      expect(judgeVersion(version, null, []).supported).toBe(writes);
      expect(judgeVersion(version, version, null).supported).toBe(true);
    },
  );

  test("that differs, or says nothing of itself, is named with what to do", () => {
    expect(mayDescribeItself("v0.31.0")).toBe(true);
    expect(judgeVersion("v0.31.0", null, ["there is no port.create"])).toMatchObject({
      supported: false,
      verdict:
        "its API differs from what Capstan sends (there is no port.create), so Capstan writes nothing to it; set DOKPLOY_ACCEPT_VERSION=0.31.0 to allow writes",
    });
    expect(judgeVersion("v0.31.0", null, null).supported).toBe(false);
  });
});
