// A change of a service's server: the old one goes, verified, and a new one is made, unless it holds data.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Plan } from "../../src/model/plan.ts";
import { renderMarkdown } from "../../src/plan/render/markdown.ts";
import { renderTerminal } from "../../src/plan/render/terminal.ts";
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
const outcome = () => scenario.engine().stacks()[0]?.outcome ?? null;
const running = () => runningOn(scenario.simulator);
const push = (web: Web) => scenario.push({ "shop.yaml": serverStack("shop", web) });

async function apply(prune = true): Promise<boolean> {
  return (await scenario.apply({ prune })).ok;
}
async function planNow(): Promise<Plan> {
  await scenario.restart();
  return (await scenario.engine().plan()).plans[0]!;
}
const documentOf = (plan: Plan) => ({
  ...{ revision: "abc", revisionTitle: "", plans: [plan], problems: [], heldPrune: null },
});
const shown = (plan: Plan): string =>
  renderTerminal(documentOf(plan), { colour: false, width: 200 });
async function nothingLeftToDo(): Promise<void> {
  scenario.writes();
  expect(await apply()).toBe(true);
  expect(scenario.writes()).toEqual([]);
}

describe("a service without data", () => {
  beforeEach(async () => {
    await push({ server: "edge" });
    expect(await apply()).toBe(true);
    scenario.writes();
  });

  test("is shown as one thing, with what happens meanwhile", async () => {
    await push({});
    const plan = await planNow();
    const text = shown(plan);
    expect(text).toContain(
      "web  replaced: server edge → dokploy; it does not run until it is healthy there",
    );
    expect(text).toContain("shop  replaces 1");
    expect(text).not.toContain("deletes");
    expect(text).toContain("would replace 1 service; 1 stack would be changed");
    expect(text).not.toContain("--prune");
    const markdown = renderMarkdown(documentOf(plan));
    expect(markdown).toContain("🔀 `web` **replaced**: server edge → dokploy");
    expect(plan.actions[0]).toMatchObject({ type: "delete-service", risk: "replace" });
    expect(plan.conflict).toBeNull();
  });

  test.each([true, false])(
    "W1 O6 is removed and made anew, also where nothing is pruned (prune: %s)",
    async (prune) => {
      const [old] = apps();
      await push({});
      expect(await apply(prune)).toBe(true);
      expect(running()).toEqual({ "shop-web": "dokploy" });
      expect(apps()).toHaveLength(1);
      expect(apps()[0]).toMatchObject({ serverId: null, applicationStatus: "done" });
      expect(apps()[0]?.applicationId).not.toBe(old?.applicationId);
      // One domain, of the new one.
      expect([...state().domains.values()].map(({ applicationId }) => applicationId)).toEqual([
        apps()[0]?.applicationId,
      ]);
      const written = scenario.writes();
      expect(written.indexOf("application.delete")).toBeLessThan(
        written.indexOf("application.create"),
      );
      expect(written.filter((one) => one === "application.deploy")).toHaveLength(1);
      await nothingLeftToDo();
    },
  );

  test("goes from one server to another, and back", async () => {
    state().addServer({ name: "far" });
    await push({ server: "far" });
    expect(await apply()).toBe(true);
    expect(running()).toEqual({ "shop-web": "far" });
    await push({ server: "edge" });
    expect(await apply()).toBe(true);
    expect(running()).toEqual({ "shop-web": "edge" });
    await nothingLeftToDo();
  });

  test("W6 a change of nothing but the way in which Git says it does nothing", async () => {
    await push({ stackServer: "edge" });
    expect((await planNow()).actions).toEqual([]);
    await nothingLeftToDo();
  });

  test("O6 every service of many may move at once: none of it is pruning", async () => {
    const names = ["a", "b", "c", "d", "e"];
    const all = (server: string | null) =>
      Object.fromEntries(names.map((name) => [`${name}.yaml`, serverStack(name, { server })]));
    await scenario.push(all("edge"));
    expect(await apply()).toBe(true);
    await scenario.push(all(null));
    expect(await apply()).toBe(true);
    const moved = names.map((name) => [`${name}-web`, "dokploy"]);
    expect(running()).toEqual({ "shop-web": "edge", ...Object.fromEntries(moved) });
  });

  test("R3 waits for the old server, and a person may remove it there in Dokploy", async () => {
    state().setServer(edge.serverId, { reach: "refused" });
    await push({});
    expect(await apply()).toBe(false);
    expect(outcome()).toMatchObject({ kind: "waiting", reason: "server" });
    expect(JSON.stringify(outcome())).toContain("the server edge does not answer");
    expect(scenario.writes()).toEqual([]);
    expect(running()).toEqual({ "shop-web": "edge" });
    // It is dead for good: somebody removes its application in Dokploy, and the server.
    const [row] = apps();
    state().applications.delete(row!.applicationId);
    state().swarmServices.clear();
    state().servers.delete(edge.serverId);
    expect(await apply()).toBe(true);
    expect(running()).toEqual({ "shop-web": "dokploy" });
  });

  test("R3 waits for the new server", async () => {
    const far = state().addServer({ name: "far" });
    state().setServer(far.serverId, { reach: "refused" });
    await push({ server: "far" });
    expect(await apply()).toBe(false);
    expect(JSON.stringify(outcome())).toContain("the server far does not answer");
    expect(running()).toEqual({ "shop-web": "edge" });
    expect(scenario.writes()).toEqual([]);
  });

  test("O3 what runs on where it was is told with where that is", async () => {
    await push({});
    // Dokploy answers that it is deleted, whatever became of the command.
    const [row] = apps();
    const services = state().swarmServices;
    const remove = services.delete.bind(services);
    services.delete = (name) => name !== row!.appName && remove(name);
    await scenario.restart();
    scenario.engine().start();
    const said = await until("it is told", () => {
      const text = JSON.stringify(outcome());
      return text.includes("still running although deleted") ? text : null;
    });
    expect(said).toContain('"kind":"failed"');
    expect(said).toContain(`docker service rm ${row!.appName}\` on the server edge`);
    remove(row!.appName);
    await until("all is well", () => outcome()?.kind === "converged");
  });

  test("W9 waits for a deployment that is under way there", async () => {
    scenario.simulator.faults.image("nginx:slow", "slow");
    await push({ server: "edge", image: "nginx:slow" });
    await scenario.restart();
    scenario.engine().start();
    await until("it deploys", () => state().queue.active.length > 0);
    const [old] = apps();
    let wasDeletedMeanwhile = false;
    await push({ image: "nginx:2" });
    await until("the old one is gone", () => {
      const isGone = !state().applications.has(old!.applicationId);
      const isDeploying = state().queue.active.some(
        ({ data }) => data.applicationId === old!.applicationId,
      );
      wasDeletedMeanwhile ||= isGone && isDeploying;
      return isGone;
    });
    expect(wasDeletedMeanwhile).toBe(false);
    await until("it runs elsewhere", () => running()["shop-web"] === "dokploy");
    await until("all is well", () => outcome()?.kind === "converged");
    expect(running()).toEqual({ "shop-web": "dokploy" });
  });

  test("H4 a rollback moves nothing back", async () => {
    const careful = (web: Web) =>
      serverStack("shop", web).replace("timeout: 20s", "timeout: 20s, onFailure: rollback");
    await scenario.push({ "shop.yaml": careful({ server: "edge" }) });
    expect(await apply()).toBe(true);
    await scenario.push({ "shop.yaml": careful({ image: "acme/crash:1" }) });
    expect(await apply()).toBe(false);
    expect(running()).toEqual({ "shop-web": "dokploy" });
    expect(apps()[0]?.dockerImage).toBe("nginx:1");
    await scenario.push({ "shop.yaml": careful({ image: "nginx:3" }) });
    expect(await apply()).toBe(true);
    expect(running()).toEqual({ "shop-web": "dokploy" });
  });
});

describe("a service that holds data", () => {
  const mounts = ["mounts: [ { type: volume, source: data, target: /data } ]"];

  test("is refused with what to do instead, before anything is written", async () => {
    await push({ server: "edge", extra: mounts });
    expect(await apply()).toBe(true);
    scenario.writes();
    await push({ extra: mounts });
    expect(await apply()).toBe(false);
    expect(outcome()).toMatchObject({
      reason: "conflict",
      message: expect.stringContaining(
        "app/web server: cannot be moved from the server edge to Dokploy's own host: the volume shop-data holds its data there",
      ) as string,
    });
    expect(scenario.writes()).toEqual([]);
    // What is there counts, not only what Git says now.
    await push({});
    expect(await apply()).toBe(false);
    expect(JSON.stringify(outcome())).toContain("the volume shop-data holds its data there");
    expect(running()).toEqual({ "shop-web": "edge" });
  });

  test("O7 begins without it when a person says so, and the data stay where they were", async () => {
    await push({ server: "edge", extra: mounts });
    expect(await apply()).toBe(true);
    await push({ extra: [...mounts, "allowDataLoss: true"] });
    const text = shown(await planNow());
    expect(text).toContain("replaced, and loses its data");
    expect(text).toContain("its volume shop-data stays on the server edge");
    expect(await apply()).toBe(true);
    expect(running()).toEqual({ "shop-web": "dokploy" });
    expect([...state().volumes].sort()).toEqual([`${edge.serverId}:shop-data`, "shop-data"].sort());
    await nothingLeftToDo();
  });

  test.each([
    [
      "a database",
      "databases",
      "    main: { type: postgres, image: postgres:17, database: a, user: a, password: secret-1, SERVER rollout: { stableFor: 0s } }",
    ],
    [
      "a compose service with volumes of its own",
      "compose",
      "    main: { content: \"services: { a: { image: nginx:1, volumes: ['d:/d'] } }\\nvolumes: { d: {} }\", SERVER rollout: { stableFor: 0s } }",
    ],
  ])("as %s is refused", async (_, section, line) => {
    const text = (server: string): string =>
      [
        "apiVersion: capstan/v1",
        "kind: Stack",
        "metadata: { name: shop }",
        "spec:",
        `  ${section}:`,
        line.replace("SERVER ", server),
        "",
      ].join("\n");
    await scenario.push({ "shop.yaml": text("server: edge,") });
    expect(await apply()).toBe(true);
    scenario.writes();
    await scenario.push({ "shop.yaml": text("") });
    expect(await apply()).toBe(false);
    expect(JSON.stringify(outcome())).toContain("cannot be moved from the server edge");
    expect(scenario.writes()).toEqual([]);
    await scenario.push({ "shop.yaml": text("allowDataLoss: true, ") });
    expect(await apply()).toBe(true);
    await nothingLeftToDo();
  });
});
