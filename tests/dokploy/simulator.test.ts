// The adapter against the simulated Dokploy over HTTP, with batches and where they are refused.
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { systemClock } from "../../src/lib/clock.ts";
import { applicationOf, defaultSpec, domainAt } from "../support/kinds.ts";
import { flatten } from "../../src/model/fields.ts";
import { databaseKinds } from "../../src/model/kinds/database-rows.ts";
import type { ApplicationSpec, Configured } from "../../src/model/specs.ts";
import { childrenOf } from "../../src/model/children.ts";
import type { Child } from "../../src/model/children.ts";
import type { Platform } from "../../src/ports.ts";
import { startSimulator } from "../../src/simulator/server.ts";
import type { Simulator } from "../../src/simulator/server.ts";
import { addDestination } from "../support/destination.ts";
import { addNamed } from "../support/git-sources.ts";
import { arbitraryCompose } from "../support/arbitrary-compose.ts";
import { arbitraryDatabase } from "../support/arbitrary-database.ts";
import { anySpec, desiredOf, someDestination } from "./specs.ts";
import { app, apps, atEnd, failureOf, platformOn, whole } from "./support.ts";

const patience = { timeout: 60_000, interval: 10 };

async function start(options: { readonly batches?: boolean } = {}) {
  const simulator = await startSimulator({ timeScale: 0.01 });
  addDestination(simulator, someDestination);
  addNamed(simulator);
  atEnd(() => simulator.close());
  if (options.batches === false) simulator.faults.add({ kind: "batchRefused", times: "always" });
  const platform = platformOn(simulator.url, { apiKey: simulator.apiKey });
  return { simulator, platform };
}

async function makeApplication(platform: Platform, name = "shop") {
  const project = await platform.createProject({
    name,
    description: "d",
    variables: { TZ: "UTC" },
  });
  const desired = { ...desiredOf(spec), appName: `${name}-web` };
  const { environmentId } = project;
  const application = await platform.createService(desired, {
    environmentId,
    description: "fresh",
  });
  return { project, application };
}

const want = { hash: "3f9c0aa1b2c4", attempt: 1 };
const spec: ApplicationSpec = {
  ...defaultSpec,
  image: "nginx:1",
  aliases: ["shop-web"],
  env: { A: "it's", B: "${{project.TZ}}", C: "two\nlines" },
};

const domainOf = (host: string): Child => ({
  kind: "domain",
  spec: domainAt(host),
});

describe.each([{ batches: true }, { batches: false }])("with batches: $batches", (mode) => {
  test("a server's life: made, configured, rolled out, marked, removed", async () => {
    const { platform } = await start(mode);
    const { project, application } = await makeApplication(platform);
    expect(application.appName).toMatch(/^shop-web-\w{6}$/);
    const staging = await platform.createEnvironment(project.id, "staging");

    const before = await platform.list();
    expect(before.projects[0]).toMatchObject({ projectId: project.id, variables: { TZ: "UTC" } });
    expect(before.projects[0]?.environments.map(({ name }) => name).sort()).toEqual([
      "production",
      "staging",
    ]);

    await platform.configureService(application.id, {
      desired: desiredOf(spec),
      observed: null,
      description: "configured",
      want,
    });
    await platform.createChild(app(application.id), domainOf("shop.example.com"));
    const details = (await platform.details(whole(application.id, "nope"))).get(application.id);
    expect((await platform.details(apps("nope"))).get("nope")).toBeNull();
    expect(details).toMatchObject({
      description: "configured",
      sideSettings: [],
    });
    expect(Object.fromEntries(flatten(details!))).toMatchObject({
      image: "nginx:1",
      "env.A": "it's",
      "env.C": "two\nlines",
      "domains.shop.example.com": "port=80 https=false certificate=none",
    });

    await platform.deploy(
      app(application.id),
      { title: "capstan [capstan:3f9c0aa1b2c4.1]", description: "" },
      60_000,
    );
    await vi.waitFor(async () => {
      const { rows } = await platform.observeRollouts(apps(application.id));
      expect(rows.get(application.id)?.map(({ title, status }) => [title, status])).toEqual([
        ["capstan [capstan:3f9c0aa1b2c4.1]", "done"],
      ]);
    }, patience);
    const { swarm } = await platform.list();
    const service = swarm?.get(application.appName);
    expect(service).toMatchObject({ image: "nginx:1", wanted: 1 });
    const live = await platform.liveServices([service!.id, "aaaaaaaaaaaa"]);
    expect([...live]).toEqual([[service!.id, { want: "3f9c0aa1b2c4.1", updateState: null }]]);
    expect((await platform.tasks(application.appName)).every(({ failed }) => !failed)).toBe(true);
    const rollout = await platform.observeRollouts(apps(application.id, "nope"));
    expect(rollout.rows.get("nope")).toEqual([]);
    const row = rollout.rows.get(application.id)?.[0];
    expect((await platform.buildLog(row!.deploymentId, 50)).length).toBeGreaterThan(0);

    await platform.writeDescriptions([
      { kind: "project", id: project.id, description: "p marked" },
      { kind: "application", id: application.id, description: "a marked" },
    ]);
    const marked = (await platform.list()).projects[0];
    expect(marked?.description).toBe("p marked");
    const services = marked?.environments.flatMap((environment) => environment.services);
    expect(services?.map(({ description }) => description)).toEqual(["a marked"]);

    await platform.moveService(app(application.id), staging.id);
    await platform.updateProject(project.id, { name: "shop2", description: "x", variables: {} });
    const moved = (await platform.list()).projects[0];
    expect(moved).toMatchObject({ name: "shop2", variables: {} });
    expect((await failureOf(platform.deleteEnvironment(staging.id))).code).toBe("conflict");

    for (let time = 0; time < 2; time++) {
      await platform.deleteService(app(application.id));
      await platform.deleteEnvironment(staging.id);
      await platform.deleteProject(project.id);
    }
    const after = await platform.list();
    expect(after.projects).toEqual([]);
    expect(after.swarm?.size).toBe(0);
  });

  test("W11 any application that is written is read back as the same, children included", async () => {
    const { platform } = await start(mode);
    await fc.assert(
      fc.asyncProperty(anySpec, async (any) => {
        const { project, application } = await makeApplication(platform);
        for (const child of childrenOf(any)) await platform.createChild(app(application.id), child);
        const configuration = { desired: desiredOf(any), observed: null, description: "d", want };
        await platform.configureService(application.id, configuration);
        const found = (await platform.details(whole(application.id))).get(application.id);
        expect([...flatten(found!)].sort()).toEqual([...flatten(applicationOf(any))].sort());
        expect(found!.foreignFields.size).toBe(0);
        await platform.deleteProject(project.id);
      }),
      { numRuns: 15 },
    );
  });

  const others: fc.Arbitrary<Configured> = fc.oneof(
    ...(["docker-compose", "stack"] as const).map((type) =>
      arbitraryCompose(type).map((spec) => ({ kind: "compose" as const, spec })),
    ),
    ...databaseKinds.map((kind) => arbitraryDatabase(kind).map((spec) => ({ kind, spec }))),
  );

  test("W11 any compose service and any database that is written is read back as the same", async () => {
    const { simulator, platform } = await start(mode);
    addDestination(simulator, "other");
    const input = { description: "d", variables: { TZ: "UTC" } };
    await fc.assert(
      fc.asyncProperty(others, async (any) => {
        const project = await platform.createProject({ name: "shop", ...input });
        const { environmentId } = project;
        const desired = { ...desiredOf(spec), ...any, appName: "shop-any" };
        const { id } = await platform.createService(desired, { environmentId, description: "d" });
        const service = { kind: any.kind, id };
        for (const child of childrenOf(any.spec)) await platform.createChild(service, child);
        const read = async () => (await platform.details([{ ...service, apart: true }])).get(id)!;
        const fresh = await read();
        await platform.configureService(id, { desired, observed: fresh, description: "d", want });
        const found = await read();
        expect([...flatten(found)].sort()).toEqual([...flatten(any)].sort());
        expect([...found.foreignFields]).toEqual([]);
        expect(found.sideSettings).toEqual([]);
        await platform.deleteProject(project.id);
      }),
      { numRuns: 40 },
    );
  });
});

test("R1 the list is one request, and four where batches are refused", async () => {
  const { simulator, platform } = await start();
  await platform.list();
  expect(simulator.log.entries).toHaveLength(1);
  simulator.faults.add({ kind: "batchRefused", times: "always" });
  await platform.list();
  simulator.log.clear();
  await platform.list();
  expect(simulator.log.entries).toHaveLength(4);
});

test("R8 twelve domains and twelve logins at once neither hang the server nor lose an entry", async () => {
  const { simulator, platform } = await start();
  const { project } = await makeApplication(platform);
  const ids = Array.from({ length: 12 }, (_, index) => {
    const row = simulator.state.addApplication(project.id, { name: `app${index}` });
    return row.applicationId;
  });
  await Promise.all(
    ids.flatMap((id, index) => [
      platform.createChild(app(id), domainOf(`app${index}.example.com`)),
      platform.createChild(app(id), {
        kind: "basicAuth",
        spec: { username: "ops", password: "secret" },
      }),
    ]),
  );
  const found = await platform.details(whole(...ids));
  for (const application of found.values()) {
    const kinds = application?.children.map(({ kind }) => kind).sort();
    expect(kinds).toEqual(["basicAuth", "domain"]);
  }
  const withAuth = Object.keys(simulator.state.middlewareFile).filter((name) =>
    name.startsWith("auth-"),
  );
  expect(withAuth).toHaveLength(12);
});

function projectsNamed(simulator: Simulator, name: string): number {
  return [...simulator.state.projects.values()].filter((project) => project.name === name).length;
}

test.each(["answerLost", "html502", "reset", "truncated"] as const)(
  "R8 W3 a create that meets %s is uncertain and was sent once",
  async (kind) => {
    const { simulator, platform } = await start();
    simulator.faults.add({ kind, procedure: "project.create", applied: true });
    const call = platform.createProject({ name: "once", description: "", variables: {} });
    expect((await failureOf(call)).code).toBe("uncertain");
    expect(simulator.log.count("project.create")).toBe(1);
    expect(projectsNamed(simulator, "once")).toBeLessThanOrEqual(1);
  },
);

test.each(["truncated", "wrongShape", "junk", "html502", "status500", "reset"] as const)(
  "R3 a list that keeps meeting %s is an error that names no project",
  async (kind) => {
    const { simulator, platform } = await start();
    simulator.state.seed(3);
    simulator.faults.add({ kind, procedure: "project.all", times: "always" });
    const error = await failureOf(platform.list());
    expect(error.code).toBe("unavailable");
  },
);

test("R3 a list is repeated when one answer was bad", async () => {
  const { simulator, platform } = await start();
  simulator.state.seed(3);
  simulator.faults.add({ kind: "truncated", procedure: "project.all", times: 1 });
  expect((await platform.list()).projects).toHaveLength(3);
});

test("R3 a docker that does not answer leaves the projects and no swarm", async () => {
  const { simulator, platform } = await start();
  simulator.state.seed(2);
  simulator.faults.dockerDown(true);
  const snapshot = await platform.list();
  expect(snapshot.projects).toHaveLength(2);
  expect(snapshot.swarm).toBeNull();
});

test("R5 keys: wrong, of a member, used up", async () => {
  const { simulator } = await start();
  simulator.state.addKey({ key: "member-key", role: "member" });
  simulator.state.addKey({ key: "few-key", role: "owner", rateLimit: { max: 10, remaining: 1 } });
  const wrong = platformOn(simulator.url, { apiKey: "wrong-key" });
  expect((await failureOf(wrong.check())).code).toBe("unauthorised");
  expect((await failureOf(wrong.list())).code).toBe("unauthorised");
  const member = platformOn(simulator.url, { apiKey: "member-key" });
  expect((await failureOf(member.check())).code).toBe("forbidden");
  expect((await failureOf(member.list())).code).toBe("forbidden");
  const few = platformOn(simulator.url, { apiKey: "few-key" });
  await few.list();
  expect((await failureOf(few.list())).code).toBe("unauthorised");
});

test("the simulated server passes the check", async () => {
  const { platform } = await start();
  expect(await platform.check()).toMatchObject({
    version: "v0.30.2",
    supported: true,
    role: "owner",
  });
});

test("a crash loop shows in the tasks", async () => {
  const { simulator, platform } = await start();
  const { application } = await makeApplication(platform);
  simulator.faults.image("nginx", "crash");
  await platform.configureService(application.id, {
    desired: desiredOf(spec),
    observed: null,
    description: "d",
    want,
  });
  await platform.deploy(app(application.id), { title: "t", description: "" }, 60_000);
  await vi.waitFor(async () => {
    const tasks = await platform.tasks(application.appName);
    expect(tasks.some(({ failed, error }) => failed && error !== "")).toBe(true);
  }, patience);
});

test("P5 an error text that holds the env does not show it", async () => {
  const { platform } = await start();
  const { application } = await makeApplication(platform);
  const call = platform.moveService(app(application.id), "nope-secret-looking");
  const error = await failureOf(call);
  expect(error.message).not.toMatch(/update "application"|nope-secret-looking/);
});

test("with the real clock a read waits between its tries", async () => {
  const { simulator } = await start();
  const platform = platformOn(simulator.url, { apiKey: simulator.apiKey, clock: systemClock });
  simulator.faults.add({ kind: "reset", procedure: "docker.*", times: 1 });
  expect(await platform.tasks("nothing")).toEqual([]);
});
