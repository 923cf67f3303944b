// Services on other servers of a Dokploy: made there, looked at there, left alone while their server does not answer, and
// made anew elsewhere when Git says so. The simulator keeps the swarm of each server apart, as ssh does.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseMarker } from "../../src/model/marker.ts";
import type { ServerRow } from "../../src/simulator/remoteRows.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { runningOn, serverStack } from "../support/server-stack.ts";
import type { Web } from "../support/server-stack.ts";
import { until } from "../support/until.ts";

let scenario: Scenario;
let edge: ServerRow;
beforeEach(async () => {
  scenario = await createFastScenario();
  edge = scenario.simulator.state.addServer({ name: "edge" });
});
afterEach(() => scenario.close());

const state = () => scenario.simulator.state;
const apps = () => [...state().applications.values()];
const app = (stack = "shop") => apps().find((row) => row.appName.startsWith(`${stack}-`))!;
const outcome = (stack = "shop") =>
  scenario
    .engine()
    .stacks()
    .find(({ name }) => name === stack)?.outcome;

const push = (web: Web, name = "shop") =>
  scenario.push({ [`${name}.yaml`]: serverStack(name, web) });

const running = () => runningOn(scenario.simulator);

async function apply(): Promise<boolean> {
  return (await scenario.apply()).ok;
}

async function nothingLeftToDo(): Promise<void> {
  scenario.writes();
  expect(await apply()).toBe(true);
  expect(scenario.writes()).toEqual([]);
}

function requestsOf(): readonly string[] {
  const entries = [...scenario.simulator.log.entries];
  scenario.simulator.log.clear();
  return entries.map(({ procedures }) => procedures.join(","));
}

describe("a service on another server", () => {
  test.each<[string, Web, string]>([
    ["says so itself", { server: "edge" }, "edge"],
    ["has it of its stack", { stackServer: "edge" }, "edge"],
    ["says something else than its stack", { stackServer: "edge", server: "dokploy" }, "dokploy"],
  ])("H1 W1 that %s is made, found healthy and left alone", async (_, web, where) => {
    await push(web);
    expect(await apply()).toBe(true);
    expect(running()).toEqual({ "shop-web": where });
    const marker = parseMarker(app().description)!;
    expect(marker.done).toEqual(marker.want);
    await nothingLeftToDo();
    // As people see it.
    const server = where === "dokploy" ? null : where;
    expect(scenario.engine().services("shop")).toMatchObject([
      { service: "app/web", server, running: 1 },
    ]);
    const tree = JSON.stringify(scenario.engine().tree("shop"));
    expect(tree.includes("on edge")).toBe(where === "edge");
  });

  test("R1 costs one request for the lists and one for its server, however many there are", async () => {
    const far = state().addServer({ name: "far" });
    await scenario.push({
      "a.yaml": serverStack("a", { server: "edge" }),
      "b.yaml": serverStack("b", { server: "edge" }),
      "c.yaml": serverStack("c", { server: far.name }),
      "d.yaml": serverStack("d"),
    });
    expect(await apply()).toBe(true);
    requestsOf();
    scenario.engine().start();
    const isList = (procedures: string): boolean => procedures.includes("project.all");
    await until("resyncs", () => scenario.simulator.log.count("project.all") > 5);
    const seen = requestsOf();
    const lists = seen.flatMap((one, index) => (isList(one) ? [index] : []));
    // From the second list on, each is followed by a look at each of the two servers, and by nothing else.
    const between = lists.slice(1, -1).map((from, at) => seen.slice(from, lists[at + 2]));
    expect(between.length).toBeGreaterThan(2);
    for (const [list = "", ...looks] of between) {
      expect(list.split(",")).toContain("server.withSSHKey");
      expect(looks).toEqual(Array(2).fill("swarm.getNodeApps,swarm.getNodes"));
    }
  });

  test("H3 stopped, scaled or removed there by hand is put right", async () => {
    await push({ server: "edge" });
    await apply();
    state().removeSwarmService(app().appName);
    expect(await apply()).toBe(true);
    expect(running()).toEqual({ "shop-web": "edge" });
    state().scaleSwarmService(app().appName, 3);
    expect(await apply()).toBe(true);
    const service = state().swarmServices.get(app().appName)!;
    expect(service.spec.Mode.Replicated.Replicas).toBe(1);
    await nothingLeftToDo();
  });

  test("H1 that crashes there is told with its reason", async () => {
    await push({ server: "edge", image: "acme/crash:1" });
    expect(await apply()).toBe(false);
    expect(JSON.stringify(outcome())).toContain("non-zero exit (2)");
  });

  test("O3 is removed from there when it leaves Git", async () => {
    await push({ server: "edge" });
    await push({}, "blog");
    await apply();
    await scenario.push({ "shop.yaml": null });
    expect(await apply()).toBe(true);
    expect(running()).toEqual({ "blog-web": "dokploy" });
    expect(apps()).toHaveLength(1);
    expect(state().projects.size).toBe(1);
  });

  test("databases and compose services run there too, each found by its own docker", async () => {
    await scenario.push({
      "shop.yaml": [
        "apiVersion: capstan/v1",
        "kind: Stack",
        "metadata: { name: shop }",
        "spec:",
        "  server: edge",
        "  databases:",
        "    main: { type: postgres, image: postgres:17, database: a, user: a, password: secret-1, rollout: { stableFor: 0s } }",
        "  compose:",
        "    queue:",
        "      content: |",
        "        services:",
        "          worker: { image: acme/worker:1 }",
        "      rollout: { stableFor: 0s }",
        "    jobs:",
        "      type: stack",
        "      content: |",
        "        services:",
        "          cron: { image: acme/cron:1 }",
        "      rollout: { stableFor: 0s }",
        "",
      ].join("\n"),
    });
    expect(await apply()).toBe(true);
    expect(Object.values(running())).toEqual(["edge", "edge"]);
    expect([...state().composeProjects.values()].map(({ serverId }) => serverId)).toContain(
      edge.serverId,
    );
    await nothingLeftToDo();
    // Somebody removes the containers of one.
    for (const project of state().composeProjects.values()) project.containers = [];
    expect(await apply()).toBe(true);
    const containers = [...state().composeProjects.values()].flatMap((one) => one.containers);
    expect(containers).toHaveLength(1);
  });
});

describe("the name of a server", () => {
  test("that Dokploy does not have is an error with the known ones, at its place", async () => {
    await push({ server: "egde" });
    expect(await apply()).toBe(false);
    expect(outcome()).toMatchObject({
      reason: "conflict",
      message:
        "stacks/shop.yaml:8:15 app/web server: Dokploy has no server egde to deploy to: it has edge",
    });
    expect(state().projects.size).toBe(0);
  });

  test("that Dokploy has twice is an error, and is taken when one is renamed", async () => {
    const other = state().addServer({ name: "edge" });
    await push({ server: "edge" });
    expect(await apply()).toBe(false);
    expect(outcome()).toMatchObject({
      message:
        "stacks/shop.yaml:8:15 app/web server: Dokploy has 2 servers of the name edge: rename all but one",
    });
    state().servers.get(other.serverId)!.row.name = "other";
    expect(await apply()).toBe(true);
    expect(app().serverId).toBe(edge.serverId);
  });

  test("W6 may change in Dokploy and in Git together, and nothing is done", async () => {
    await push({ server: "edge" });
    await apply();
    state().servers.get(edge.serverId)!.row.name = "border";
    await push({ server: "border" });
    await nothingLeftToDo();
  });

  test("of a server that builds, or has no ssh key, is none to deploy to", async () => {
    state().addServer({ name: "builder", serverType: "build" });
    await push({ server: "builder" });
    expect(await apply()).toBe(false);
    expect(JSON.stringify(outcome())).toContain("no server builder to deploy to");
  });

  test("R3 that cannot be read stops the stacks that name one, and no other", async () => {
    await push({ server: "edge" });
    await push({}, "blog");
    await apply();
    // Not as Capstan knows it.
    state().servers.get(edge.serverId)!.row.name = null as never;
    await push({ image: "nginx:2" }, "blog");
    await scenario.apply();
    expect(outcome("blog")?.kind).toBe("converged");
    expect(running()).toEqual({ "shop-web": edge.serverId, "blog-web": "dokploy" });
    expect(JSON.stringify(outcome())).toContain("its list of servers cannot be read");
  });
});

describe("a server that does not answer", () => {
  beforeEach(async () => {
    await push({ server: "edge" });
    await push({}, "blog");
    expect(await apply()).toBe(true);
    scenario.writes();
  });

  test.each(["refused", "silent"] as const)(
    "R3 (%s) stops nothing of others, and nothing of it is made, deployed or judged",
    async (reach) => {
      state().setServer(edge.serverId, { reach });
      await push({ server: "edge", image: "nginx:2" });
      await push({ image: "nginx:2" }, "blog");
      await push({ server: "edge" }, "new");
      expect(await apply()).toBe(false);
      expect(outcome("blog")?.kind).toBe("converged");
      for (const name of ["shop", "new"]) {
        expect(outcome(name)).toMatchObject({
          kind: "waiting",
          reason: "server",
          message: "app/web waits: the server edge does not answer",
        });
      }
      expect(app().dockerImage).toBe("nginx:1");
      expect(state().swarmServices.size).toBe(2);
      state().setServer(edge.serverId, { reach: "up" });
      expect(await apply()).toBe(true);
      expect(running()).toEqual({ "shop-web": "edge", "blog-web": "dokploy", "new-web": "edge" });
      await nothingLeftToDo();
    },
  );

  test("R3 is no reason to deploy what it runs once more, nor to call it gone", async () => {
    state().setServer(edge.serverId, { reach: "refused" });
    await scenario.apply();
    expect(scenario.writes()).toEqual([]);
    expect(outcome()).toMatchObject({
      kind: "waiting",
      reason: "swarm",
      message: "in sync; whether it is healthy is not known: the server edge does not answer",
    });
    const health = scenario
      .engine()
      .stacks()
      .find(({ name }) => name === "shop")!.conditions;
    expect(health.find(({ type }) => type === "Healthy")?.status).toBe("Unknown");
    expect(outcome("blog")?.kind).toBe("converged");
  });

  test("R3 and is gone from Dokploy, stops the stacks that name it and no other", async () => {
    state().servers.delete(edge.serverId);
    await push({ image: "nginx:2" }, "blog");
    await scenario.apply();
    expect(outcome("blog")?.kind).toBe("converged");
    expect(outcome()).toMatchObject({
      reason: "conflict",
      message:
        "stacks/shop.yaml:8:15 app/web server: Dokploy has no server edge to deploy to: it has none beside its own host",
    });
    expect(state().swarmServices.size).toBe(2);
    expect(app("shop").applicationStatus).toBe("done");
    // Its manifest may ask for another place; what stood there is a person's to remove.
    await push({});
    expect(await apply()).toBe(false);
    expect(outcome()).toMatchObject({ kind: "waiting", reason: "server" });
    expect(apps()).toHaveLength(2);
  });

  test("is told once while it lasts, and seen again without a restart", async () => {
    const engine = () => scenario.engine();
    state().setServer(edge.serverId, { reach: "refused" });
    await scenario.restart();
    engine().start();
    const told = () =>
      engine()
        .events()
        .filter(({ message }) => message.startsWith("the server edge has not answered"));
    await until("it is told", () => told().length > 0);
    expect(engine().state().swarmError).toContain("the server edge has not answered");
    await until("some lists later", () => scenario.simulator.log.count("project.all") > 5);
    expect(told()).toHaveLength(1);
    state().setServer(edge.serverId, { reach: "up" });
    await until("it is seen again", () => outcome()?.kind === "converged");
    expect(engine().state().swarmError).toBeNull();
  });

  test("O3 keeps what left Git until its absence can be verified", async () => {
    state().setServer(edge.serverId, { reach: "refused" });
    await scenario.push({ "shop.yaml": null });
    expect(await apply()).toBe(false);
    expect(outcome()).toMatchObject({
      reason: "server",
      message: "app/web is not removed yet: the server edge does not answer",
    });
    expect(scenario.writes()).toEqual([]);
    state().setServer(edge.serverId, { reach: "up" });
    expect(await apply()).toBe(true);
    expect(running()).toEqual({ "blog-web": "dokploy" });
    expect(state().projects.size).toBe(1);
  });

  test("W7b that goes while something is rolled out there lets no time pass and fails nothing", async () => {
    scenario.simulator.faults.image("nginx:slow", "slow");
    await push({ server: "edge", image: "nginx:slow" });
    await scenario.restart();
    scenario.engine().start();
    await until("it deploys", () => state().queue.active.length > 0);
    await until("it runs", () => state().queue.active.length === 0);
    state().setServer(edge.serverId, { reach: "refused" });
    const rolling = () => JSON.stringify(outcome());
    await until("it is not seen any more", () =>
      /not (?:answered|known)|does not answer/.test(rolling()),
    );
    state().setServer(edge.serverId, { reach: "up" });
    await until("it is healthy", () => outcome()?.kind === "converged");
    expect(scenario.simulator.log.count("application.deploy")).toBe(1);
  });
});
