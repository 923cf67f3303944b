// One stack as the API tells it, from a real repository and the simulator.
import { afterEach, beforeEach, expect, test } from "vitest";
import { dokployPages } from "../../src/dokploy/pages.ts";
import { webLinks } from "../../src/forge/web-links.ts";
import { commitDetail, stackDetail } from "../../src/http/api/shapes/dashboard.ts";
import type { StackDetail } from "../../src/http/api/shapes/dashboard.ts";
import type { TreeNode } from "../../src/http/api/shapes/stack.ts";
import { createScenario, simpleStack, type Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";
import { checkRow, createApiWorld, sha, type ApiWorld } from "./api-support.ts";
import { memoryChecks } from "../support/memory-checks.ts";

let scenario: Scenario;
let world: ApiWorld;
const git = webLinks({ kind: "gitea", url: "https://git.example.com", repository: "acme/stacks" });

beforeEach(async () => {
  scenario = await createScenario({ engine: { pollSchedule: "* * * * * *" } });
});
afterEach(async () => {
  world.close();
  await scenario.close();
});

async function start(manifest: string): Promise<string> {
  const commit = await scenario.push({ "shop.yaml": manifest }, "Open the shop");
  const engine = scenario.engine();
  const links = { ...git, ...dokployPages("https://dokploy.example.com") };
  world = createApiWorld({ engine: engine as never, deps: { links, commits: scenario.commits() } });
  engine.start();
  return commit;
}

async function detail(): Promise<StackDetail> {
  const { json } = await world.request("GET", "/api/v1/stacks/shop");
  return json;
}

const isReady = async (): Promise<StackDetail | null> => {
  const found = await detail();
  return found.state === "ready" ? found : null;
};

function nodesOf(node: TreeNode): readonly TreeNode[] {
  return [node, ...node.children.flatMap(nodesOf)];
}

test("a stack that runs is told whole", async () => {
  const commit = await start(
    simpleStack("shop", {
      extra: "      mounts: [ { type: volume, source: data, target: /data } ]",
    }),
  );
  const found = await until("the shop is ready", isReady);
  expect(stackDetail.parse(found)).toBeDefined();

  expect(found.commit).toMatchObject({
    sha: commit,
    title: "Open the shop",
    url: `https://git.example.com/acme/stacks/commit/${commit}`,
  });
  expect(found.manifest).toMatchObject({
    file: "stacks/shop.yaml",
    text: expect.stringContaining("name: shop"),
    url: expect.stringContaining(`/src/commit/${commit}/stacks/shop.yaml#L`),
  });
  expect(found.revisions).toMatchObject([
    { commit: { sha: commit }, healthy: true, current: true },
  ]);
  expect(found.rollouts).toMatchObject([
    { service: "app/web", name: "web", state: "healthy", attempt: "1", log: [] },
  ]);
  expect(found.rollouts[0]!.phases.map(({ name }) => name)).toContain("queue");
  expect(found.may).toEqual({ operate: true, remove: true });

  const { projectId } = [...scenario.simulator.state.projects.values()][0]!;
  const application = [...scenario.simulator.state.applications.values()][0]!;
  expect(found.dokployUrl).toContain(`/dashboard/project/${projectId}/environment/`);
  const nodes = nodesOf(found.tree!);
  expect(new Set(nodes.map(({ id }) => id)).size).toBe(nodes.length);
  expect(nodes).toMatchObject([
    { id: "project", kind: "project", name: "shop", health: "healthy", change: null },
    { id: "environment/production", kind: "environment" },
    {
      id: "app/web",
      kind: "application",
      detail: "ghcr.io/acme/web:1, 1 of 1 replicas",
      health: "healthy",
      url: `${found.dokployUrl!}/services/application/${application.applicationId}`,
    },
    { id: "app/web/domain/shop.example.com", kind: "domain", url: expect.stringMatching(/^http/) },
    { id: "app/web/mount//data", kind: "mount", name: "/data", detail: "volume shop-data" },
  ]);
});

test("what was removed by hand is not healthy in the tree", async () => {
  await start(simpleStack("shop"));
  await until("the shop is ready", isReady);
  // Nothing heals it before it was looked at.
  await world.request("POST", "/api/v1/stacks/shop/suspend");
  const { state } = scenario.simulator;
  const application = [...state.applications.values()][0]!;
  state.swarmServices.delete(application.appName);
  const web = (found: StackDetail) => nodesOf(found.tree!).find(({ id }) => id === "app/web");
  await until("the shop is not well", async () => web(await detail())?.health !== "healthy");
  await world.request("POST", "/api/v1/stacks/shop/resume");
  await until("it was healed", async () => web(await detail())?.health === "healthy");
});

test("a suspended stack shows what it would change", async () => {
  await start(simpleStack("shop"));
  await until("the shop is ready", isReady);
  await world.request("POST", "/api/v1/stacks/shop/suspend");
  expect((await detail()).stateText).toBe("Suspended");
  await scenario.push({
    "shop.yaml": simpleStack("shop", { image: "ghcr.io/acme/web:2", host: "new.example.com" }),
  });
  const nodes = await until("the change is planned", async () => {
    const { tree } = await detail();
    const found = nodesOf(tree!);
    return found.some(({ change }) => change !== null) ? found : null;
  });
  const changes = Object.fromEntries(nodes.map(({ id, change }) => [id, change]));
  expect(changes).toMatchObject({
    "app/web": "restart",
    "app/web/domain/new.example.com": "create",
    "app/web/domain/shop.example.com": "delete",
  });
  const { json } = await world.request("GET", "/api/v1/stacks/shop/plan");
  expect(json).toMatchObject({ name: "shop", change: "changed" });
  const fields = json.actions.flatMap((one: { changes: unknown[] }) => one.changes);
  expect(fields).toContainEqual({
    path: "image",
    was: "ghcr.io/acme/web:1",
    is: "ghcr.io/acme/web:2",
  });
});

test("a stack that is not on the server yet is a tree of what will be", async () => {
  const engine = scenario.engine();
  await scenario.push({ "shop.yaml": simpleStack("shop", { extra: "  suspend: true" }) });
  world = createApiWorld({ engine: engine as never });
  engine.start();
  const found = await until("it was looked at", async () => {
    const one = await detail();
    return typeof one.lastRun === "string" ? one : null;
  });
  expect(nodesOf(found.tree!).map(({ id, change, health }) => [id, change, health])).toEqual([
    ["project", "create", "none"],
    ["environment/production", null, "none"],
    ["app/web", "create", "none"],
    ["app/web/domain/shop.example.com", "create", "none"],
  ]);
});

test("commits are told with what became of each stack, what needs a person first", async () => {
  const commit = await start(simpleStack("shop"));
  await until("the shop is ready", isReady);
  world.close();
  const checks = memoryChecks();
  const stackRow = (stack: string, state: "success" | "failure") =>
    checkRow({ sha: commit, context: `capstan/stack/${stack}`, stack, state, change: "changed" });
  checks.saveChecks([
    checkRow({ sha }),
    checkRow({ sha: commit, state: "failure", description: "1 of 2 failed" }),
    stackRow("blog", "success"),
    stackRow("shop", "failure"),
    checkRow({ sha: "f".repeat(40), context: "capstan/plan", reason: "planned" }),
  ]);
  const deps = { checks, commits: scenario.commits(), links: { ...git, ...dokployPages("") } };
  world = createApiWorld({ engine: scenario.engine() as never, deps });
  const { json } = await world.request("GET", "/api/v1/commits");
  expect(json.commits).toMatchObject([
    { commit: { sha: commit, title: "Open the shop" }, state: "failure", stacks: 2 },
    { commit: { sha, title: "" }, state: "success", stacks: 0 },
  ]);
  const one = await world.request("GET", `/api/v1/commits/${commit}`);
  expect(commitDetail.parse(one.json)).toBeDefined();
  expect(one.json.checks.map(({ stack }: { stack: string | null }) => stack)).toEqual([
    null,
    "shop",
    "blog",
  ]);
  expect((await world.request("GET", `/api/v1/commits/${"e".repeat(40)}`)).status).toBe(404);
  expect((await world.request("GET", "/api/v1/commits/..%2F..%2Fetc")).status).toBe(404);
});

test("a commit is partly done when one of its stacks was superseded, and says that instead of nothing to do", async () => {
  const commit = await start(simpleStack("shop"));
  world.close();
  const checks = memoryChecks();
  const by = "superseded by 3f9c2ab03f9c; before: stacks/blog.yaml:7:3 unknown key imge";
  const superseded = { state: "neutral", reason: "superseded", description: by } as const;
  const row = (stack: string, more: object) =>
    checkRow({ sha: commit, context: `capstan/stack/${stack}`, stack, ...more });
  checks.saveChecks([
    checkRow({ ...superseded }),
    checkRow({ sha, context: "capstan/stack/blog", stack: "blog", ...superseded }),
    checkRow({ sha: commit, ...superseded }),
    row("shop", { change: "created" }),
    row("blog", superseded),
  ]);
  world = createApiWorld({
    engine: scenario.engine() as never,
    deps: { checks, commits: scenario.commits() },
  });
  const list = await world.request("GET", "/api/v1/commits");
  expect(list.json.commits).toMatchObject([
    { commit: { sha: commit }, stateText: "Partly done" },
    { commit: { sha }, stateText: "Superseded" },
  ]);
  const { json } = await world.request("GET", `/api/v1/commits/${commit}`);
  expect(json).toMatchObject({ stateText: "Partly done" });
  expect(json.checks).toContainEqual(
    expect.objectContaining({ stack: "blog", stateText: "Superseded", description: by }),
  );
  expect(json.checks).toContainEqual(expect.objectContaining({ stack: "shop", stateText: "Done" }));
});

test("a removal that waits is told with exactly what would go, and approved by its digest", async () => {
  await start(simpleStack("shop"));
  await until("the shop is ready", isReady);
  await scenario.push({ "shop.yaml": null, "other.txt": "not a manifest" });
  const { approvals } = await until("the removal waits", async () => {
    const { json } = await world.request("GET", "/api/v1/approvals");
    return json.approvals.length > 0 ? json : null;
  });
  const [application] = scenario.simulator.state.applications.values();
  expect(approvals).toEqual([
    {
      digest: expect.stringMatching(/^[0-9a-f]{12}$/),
      reason: "all stacks that Capstan owns (1) would be removed",
      removals: [
        {
          stack: "shop",
          resources: expect.arrayContaining([
            { kind: "service", id: application!.applicationId, name: "web" },
            expect.objectContaining({ kind: "project", name: "shop" }),
          ]),
        },
      ],
    },
  ]);
  const waiting = await until("its run says so", async () => {
    const found = await detail();
    return found.stateText === "Waiting: approval" ? found : null;
  });
  expect(waiting.approval).toEqual(approvals[0]);
  expect(waiting.manifest).toBeNull();
  const overview = await world.request("GET", "/api/v1/overview");
  expect(overview.json).toMatchObject({ approvals, counts: { waiting: 1 }, attention: 1 });
  const body = JSON.stringify({ digest: approvals[0].digest });
  const { status } = await world.request("POST", "/api/v1/approve-prune", { body });
  expect(status).toBe(202);
  await until("the shop is gone", () => scenario.simulator.state.projects.size === 0);
  const after = await until("nothing waits", async () => {
    const { json } = await world.request("GET", "/api/v1/overview");
    return json.approvals.length === 0 ? json : null;
  });
  expect(after.approvals).toEqual([]);
});
