// The way of a coding agent through a running controller: propose, plan, merge, follow, explain a failure.
import { afterEach, beforeEach, expect, test } from "vitest";
import { hashToken } from "../../src/lib/api-token.ts";
import { agentOverHttp } from "../support/agent.ts";
import type { Agent } from "../support/agent.ts";
import { openForgeBench } from "../support/forge-bench.ts";
import type { ForgeBench } from "../support/forge-bench.ts";
import { aiTemplate } from "../support/portal-bench.ts";
import { until } from "../support/until.ts";
import type { DesiredStack } from "../../src/model/desired.ts";
import { workloadOf } from "../support/workload.ts";

const imageOf = ({ services }: DesiredStack): string => workloadOf(services[0]!).image;

const tokens = {
  viewer: "token-of-a-viewer",
  deployer: "token-of-a-deployer",
  operator: "token-of-an-operator",
};
const shop = (image: string): string => `apiVersion: capstan/v1
kind: Stack
metadata: { name: shop }
spec:
  applications:
    web:
      image: "${image}"
      env: { KEY: $(secrets.shop) }
      rollout: { stableFor: 1s }
`;
const secretValue = "the-secret-of-the-shop";

let bench: ForgeBench;
const agents: Agent[] = [];
afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.close()));
  await bench.close();
});
beforeEach(async () => {
  bench = await openForgeBench({
    files: { "stacks/templates/ai-stack.yaml": aiTemplate },
    environment: {
      STACK_DOMAIN_SUFFIX: "ai.example.com",
      STACK_IMAGE: "ghcr.io/acme/opencode:1",
      SECRET_SHOP: secretValue,
      API_TOKENS: Object.entries(tokens)
        .map(([role, token]) => `${role}:${role}:${hashToken(token)}`)
        .join(","),
    },
  });
  await until("Git was read", () => bench.controller().engine.loaded() !== null);
});

async function as(role: keyof typeof tokens): Promise<Agent> {
  const agent = await agentOverHttp(bench.controller().address, tokens[role]);
  agents.push(agent);
  return agent;
}

test("a manifest is planned, proposed, merged, followed, and a failure explained", async () => {
  const agent = await as("deployer");
  const manifest = shop("nginx:1.27");
  const planned = await agent.call("plan_stack", { manifest });
  expect(planned.data).toMatchObject({ path: "stacks/shop.yaml", problems: [] });
  expect(planned.data.plans[0]).toMatchObject({ name: "shop", change: "created" });

  const opened = await agent.call("propose_manifest", {
    manifest,
    title: "Run the shop",
    reason: "The shop opens on Monday.",
  });
  const [pull] = bench.gitea.pulls;
  if (pull === undefined) throw new Error("there is no pull request");
  expect(opened.data).toMatchObject({ review: { number: pull.number }, by: "deployer" });
  expect(pull).toMatchObject({ title: "Run the shop", base: "main", state: "open" });
  expect(pull.body).toContain("The shop opens on Monday.");
  // Nothing of it is desired before the merge.
  expect(bench.controller().engine.loaded()?.byName.has("shop")).toBe(false);
  await bench.deliverPull(pull, "opened");
  await until("the plan is commented", () =>
    bench.gitea.comments.some(({ body }) => body.includes("shop")),
  );

  await bench.deliverPush(await bench.gitea.mergePull(pull.number));
  await bench.ready("shop");
  const looked = await agent.call("get_stack", { name: "shop" });
  expect(looked.data).toMatchObject({ name: "shop", ready: true, manifest: { text: manifest } });

  const broken = await agent.call("propose_manifest", { manifest: shop("doesnotexist/nope:1") });
  expect(broken.isError, broken.text).toBe(false);
  await bench.deliverPush(await bench.gitea.mergePull(broken.data.review.number));
  await until("it has failed", () =>
    bench
      .controller()
      .engine.timelines("shop")
      .some(({ state }) => state === "failed"),
  );
  const { data: explained } = await agent.call("explain_failure", { name: "shop" });
  expect(explained.rollouts[0].log.join("\n")).toContain("nope");
  expect(explained.commit.commit.title).not.toBe("");
  expect(explained.events.length).toBeGreaterThan(0);
  expect(JSON.stringify([planned, looked, explained])).not.toContain(secretValue);
});

test("an answer that is cut says so, and a name is no way to another address", async () => {
  const padding = "# a long comment of the shop\n".repeat(3_000);
  await bench.repository.push({ "stacks/shop.yaml": `${shop("nginx:1.27")}${padding}` });
  bench.controller().engine.poke("test");
  await bench.ready("shop");
  const agent = await as("operator");
  const { data } = await agent.call("get_stack", { name: "shop" });
  expect(data.missing.join()).toMatch(/the end of the manifest: 60000 of its \d{5,} characters/);
  for (const name of ["..", "."]) {
    const { isError, text } = await agent.call("get_stack", { name });
    expect([isError, text]).toEqual([true, `there is nothing named ${name}`]);
  }
  const reading = agent.client.readResource({ uri: "capstan://stacks/nobody/manifest" });
  await expect(reading).rejects.toThrow(/nobody/);
});

test("a manifest of the greatest length is planned, a longer one refused with the reason", async () => {
  const agent = await as("deployer");
  const padded = (length: number): string => shop("nginx:1.27").padEnd(length, '# "ä"\n');
  const { data } = await agent.call("plan_stack", { manifest: padded(60_000) });
  expect(data.plans[0]).toMatchObject({ name: "shop", change: "created" });
  const { isError, text } = await agent.call("plan_stack", { manifest: padded(60_001) });
  expect(isError).toBe(true);
  expect(text).toMatch(/60,?000/);
});

test("many calls in one request are refused", async () => {
  const call = (id: number) => ({ jsonrpc: "2.0", id, method: "tools/list" });
  const answer = await fetch(`${bench.controller().address}/mcp`, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${tokens.operator}`,
      "Content-Type": "application/json",
      Accept: "application/json, text/event-stream",
    },
    body: ` ${JSON.stringify([call(1), call(2)])}`,
  });
  expect(answer.status).toBe(400);
  expect(await answer.text()).toContain("one message at a time");
});

test("P6 who may do what is the same for agents as for the API", async () => {
  await bench.repository.push({ "stacks/shop.yaml": shop("nginx:1.27") });
  bench.controller().engine.poke("test");
  await bench.ready("shop");
  const viewer = await as("viewer");
  const [name, manifest] = ["ada", shop("nginx:1.27")];
  for (const [tool, given] of [
    ["deploy_stack", { name }],
    ["plan_stack", { manifest }],
    ["propose_manifest", { manifest }],
    ["remove_stack", { name: "shop" }],
  ] as const) {
    const { isError, text } = await viewer.call(tool, given);
    expect([tool, isError]).toEqual([tool, true]);
    expect(text, tool).toContain("may only look");
  }
  expect(bench.gitea.pulls).toEqual([]);
  expect((await viewer.call("list_stacks")).isError).toBe(false);
  await expect(agentOverHttp(bench.controller().address, "not-a-token")).rejects.toThrow();
  await expect(agentOverHttp(bench.controller().address, null)).rejects.toThrow();
});

test("the tools of the former portal deploy a stack by its name, follow and remove it", async () => {
  // Removing all that there is would wait for an approval.
  const others = ["one", "two"].map((name) => shop("nginx:1").replace("shop }", `${name} }`));
  await bench.repository.push({ "stacks/others.yaml": others.join("---\n") });
  bench.controller().engine.poke("test");
  await bench.ready("two");
  const agent = await as("deployer");
  expect((await agent.call("check_name_availability", { name: "ada" })).data).toMatchObject({
    available: true,
    valid: true,
  });
  const { data: asked } = await agent.call("deploy_stack", { name: "ada" });
  const again = await agent.call("deploy_stack", { name: "ada" });
  expect(again.data.deploymentId).toBe(asked.deploymentId);
  const { deploymentId } = asked;
  await bench.ready("ada");
  const done = await until("it is completed", async () => {
    const { data } = await agent.call("check_deployment_status", { deploymentId });
    return data.status === "completed" ? data : undefined;
  });
  expect(done).toMatchObject({ progress: 100, url: asked.url });
  const { data: listed } = await agent.call("list_deployments");
  expect(listed.deployments).toMatchObject([{ id: deploymentId, url: asked.url, progress: 100 }]);
  const taken = await agent.call("check_name_availability", { name: "ada" });
  expect(taken.data).toMatchObject({ available: false, yours: true });

  const mine = await (await as("viewer")).call("list_deployments");
  expect(mine.data.deployments).toEqual([]);
  const all = await (await as("operator")).call("list_deployments");
  expect(all.data.deployments).toHaveLength(1);

  expect((await agent.call("remove_stack", { name: "ada" })).data).toMatchObject({ stack: "ada" });
  await until("it is gone", () => bench.simulator.state.projects.size === 2);
  expect((await agent.call("list_events", { stack: "ada" })).isError).toBe(false);
  const { data: events } = await (await as("viewer")).call("list_events", { stack: "ada" });
  expect(events.events.length).toBeGreaterThan(3);
});

test("every tool is described whole, and every resource and prompt can be read", async () => {
  await bench.repository.push({ "stacks/shop.yaml": shop("nginx:1.27") });
  bench.controller().engine.poke("test");
  await bench.ready("shop");
  const { client } = await as("operator");
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name).sort()).toEqual([
    "check_deployment_status",
    "check_name_availability",
    "deploy_stack",
    "explain_failure",
    "get_stack",
    "list_deployments",
    "list_events",
    "list_stacks",
    "plan_stack",
    "propose_manifest",
    "remove_stack",
    "test_api_connections",
  ]);
  for (const { name, description, inputSchema, outputSchema, annotations } of tools) {
    expect(description?.length ?? 0, name).toBeGreaterThan(20);
    expect(inputSchema.type, name).toBe("object");
    expect(outputSchema?.type, name).toBe("object");
    expect(annotations?.readOnlyHint, name).toBeTypeOf("boolean");
  }
  const changing = tools.filter(({ annotations }) => annotations?.readOnlyHint === false);
  expect(changing.map(({ name, annotations }) => [name, annotations?.destructiveHint])).toEqual([
    ["deploy_stack", false],
    ["propose_manifest", false],
    ["remove_stack", true],
  ]);

  const { resources } = await client.listResources();
  expect(resources.map(({ uri }) => uri)).toEqual(
    expect.arrayContaining(["capstan://schemas/stack", "capstan://stacks/shop/manifest"]),
  );
  for (const { uri } of resources) {
    const { contents } = await client.readResource({ uri });
    const [first] = contents;
    expect(first !== undefined && "text" in first ? first.text.length : 0, uri).toBeGreaterThan(20);
  }
  const prompt = await client.getPrompt({
    name: "write_manifest",
    arguments: { name: "blog", wish: "a blog on port 8080" },
  });
  expect(JSON.stringify(prompt.messages)).toContain("a blog on port 8080");
});

test("what cannot be done is said in words that help, and nothing is written", async () => {
  const agent = await as("deployer");
  const mistaken = shop("nginx:1.27").replace("image:", "imige:");
  const { data: planned } = await agent.call("plan_stack", { manifest: mistaken });
  expect(planned.problems[0]).toMatchObject({ file: "stacks/shop.yaml", line: 6 });
  const refused = await agent.call("propose_manifest", { manifest: mistaken });
  expect(refused).toMatchObject({ isError: true });
  expect(refused.text).toContain("mistakes, at 6:");
  for (const path of [
    "../shop.yaml",
    "elsewhere/shop.yaml",
    "stacks/shop.txt",
    "stacks//a.yaml",
    "/stacks/a.yaml",
    "stacks/../a.yaml",
    "stacks/.gitea/workflows/a.yaml",
    ".gitea/workflows/a.yaml",
  ]) {
    const answer = await agent.call("propose_manifest", { manifest: shop("nginx:1"), path });
    expect([path, answer.isError]).toEqual([path, true]);
    expect(answer.text).toContain("cannot hold a manifest");
  }
  expect((await agent.call("get_stack", { name: "nobody" })).text).toContain("nobody");
  expect((await agent.call("check_deployment_status", { deploymentId: "dep_x" })).isError).toBe(
    true,
  );
  expect((await agent.call("plan_stack")).text).toContain("give a manifest");
  expect(bench.gitea.pulls).toEqual([]);
});

test("a manifest's document is replaced where it stands beside others", async () => {
  const agent = await as("deployer");
  const both = `# both shops\n${shop("nginx:1")}---\n${shop("nginx:1").replace("shop }", "bakery }")}`;
  const sha = await bench.repository.push({ "stacks/shops.yaml": both });
  await bench.deliverPush(sha);
  await bench.ready("bakery");
  const { data } = await agent.call("propose_manifest", { manifest: shop("nginx:2") });
  expect(data).toMatchObject({ path: "stacks/shops.yaml", isNew: false, stacks: ["shop"] });
  await bench.deliverPush(await bench.gitea.mergePull(data.review.number));
  await until("it is in Git", () => {
    const stack = bench.controller().engine.loaded()?.byName.get("shop");
    return stack !== undefined && imageOf(stack) === "nginx:2";
  });
  expect(imageOf(bench.controller().engine.loaded()!.byName.get("bakery")!)).toBe("nginx:1");
  const same = await agent.call("propose_manifest", { manifest: shop("nginx:2") });
  expect(same.text).toContain("the same in Git already");
});
