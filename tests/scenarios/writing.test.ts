// Laws W3, W10 and W12, and a server that goes away in the middle: what is written, in which order, and
// what is not written any more.
import { afterEach, expect, test } from "vitest";
import { httpClient } from "../../src/lib/http.ts";
import type { HttpClient } from "../../src/lib/http.ts";
import type { FaultRule } from "../../src/simulator/faults.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import { inParallel } from "../support/in-parallel.ts";
import { simpleStack } from "../support/scenario.ts";
import type { Scenario, ScenarioOptions } from "../support/scenario.ts";
import { until } from "../support/until.ts";
import { watchProxy } from "../support/watch-proxy.ts";
import type { WatchHooks, WatchProxy } from "../support/watch-proxy.ts";
import { worldPicture } from "../support/world-picture.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function begin(
  hooks: WatchHooks = {},
  options: ScenarioOptions = {},
): Promise<{ scenario: Scenario; proxy: WatchProxy }> {
  let proxy: WatchProxy | null = null;
  const scenario = await createFastScenario({
    ...options,
    through: async (url) => {
      proxy = await watchProxy(url, hooks);
      open.push(proxy);
      return proxy.url;
    },
  });
  open.push(scenario);
  return { scenario, proxy: proxy! };
}

function stacks(count: number): Record<string, string> {
  const names = Array.from({ length: count }, (_, index) => `s${String(index).padStart(2, "0")}`);
  return Object.fromEntries(
    names.map((name, index) => [
      `${name}.yaml`,
      simpleStack(name, {
        extra: [
          `      ports: [ { published: ${3000 + index}, target: 22 } ]`,
          "      basicAuth: [ { username: ops, password: a-password } ]",
          "      redirects: [ { regex: ^/old, replacement: /new } ]",
        ].join("\n"),
      }),
    ]),
  );
}

async function expectAsGitSays(scenario: Scenario, count: number): Promise<void> {
  const { applications, projects, orphans, hung } = worldPicture(scenario.simulator);
  expect(projects).toHaveLength(count);
  expect(applications).toHaveLength(count);
  for (const one of applications) {
    expect(one).toMatchObject({ settled: true, runsWhatIsWanted: true });
    const { domains, ports, basicAuth, redirects } = one;
    expect([domains, ports, basicAuth, redirects].map((list) => list.length)).toEqual([1, 1, 1, 1]);
  }
  expect(orphans).toEqual([]);
  expect(hung).toBe(false);
  scenario.writes();
  await scenario.apply();
  expect(scenario.writes()).toEqual([]);
}

const first = simpleStack("shop", { extra: "      ports: [ { published: 2222, target: 22 } ]" });
const second = simpleStack("shop", {
  image: "ghcr.io/acme/web:2",
  host: "new.example.com",
  extra: "      ports: [ { published: 2222, target: 23 } ]",
});

test("W3 any other write whose answer was lost ends as Git says, deployed once", async () => {
  const lost: FaultRule = { kind: "answerLost" };
  const late: FaultRule = { kind: "lateWrite", ms: 3_000 };
  const proxied: FaultRule = { kind: "html502", applied: true };
  const rules = [
    { ...lost, procedure: "application.update" },
    { ...late, procedure: "application.update" },
    { ...proxied, procedure: "application.update" },
    { ...late, procedure: "project.update" },
    { ...late, procedure: "domain.create" },
    { ...lost, procedure: "domain.delete" },
    { ...late, procedure: "domain.delete" },
    { ...late, procedure: "port.update" },
    { ...proxied, procedure: "application.deploy" },
  ];
  await inParallel(rules, 6, async (rule) => {
    const scenario = await createFastScenario();
    open.push(scenario);
    await scenario.push({ "shop.yaml": first });
    await scenario.apply();
    scenario.simulator.faults.add(rule);
    await scenario.push({ "shop.yaml": second.replace("spec:", "spec:\n  description: Changed") });
    const result = await scenario.apply();
    const what = `${rule.kind} ${rule.procedure}`;
    expect(result.stacks[0]?.outcome, what).toEqual({ kind: "converged" });
    const { applications, projects } = worldPicture(scenario.simulator);
    expect(projects, what).toEqual([{ name: "shop", text: "Changed", hasId: true }]);
    expect(applications, what).toMatchObject([
      {
        settled: true,
        runsWhatIsWanted: true,
        runs: "ghcr.io/acme/web:2",
        domains: ["new.example.com/"],
        ports: ["2222:23"],
        deployments: ["done", "done"],
      },
    ]);
    scenario.writes();
    await scenario.apply();
    expect(scenario.writes(), what).toEqual([]);
  });
});

test("W7 a configuration that lands after the list and before the deep read is deployed all the same", async () => {
  let late: (() => Promise<void>) | null = null;
  let armed = false;
  const { scenario } = await begin({
    before: async ({ procedures, repeat }) => {
      if (!armed || !procedures.includes("application.update")) return true;
      armed = false;
      late = repeat;
      return false;
    },
    after: async ({ procedures }) => {
      if (procedures.includes("project.all")) {
        const land = late;
        late = null;
        await land?.();
      }
      return true;
    },
  });
  await scenario.push({ "shop.yaml": simpleStack("shop") });
  await scenario.apply();
  armed = true;
  await scenario.push({ "shop.yaml": simpleStack("shop", { image: "ghcr.io/acme/web:2" }) });
  await scenario.apply();
  expect(worldPicture(scenario.simulator).applications).toMatchObject([
    { settled: true, runsWhatIsWanted: true, runs: "ghcr.io/acme/web:2" },
  ]);
});

test("W10 a stack that Dokploy refuses leaves the others alone, and what depends on it says so", async () => {
  const refusal = {
    message: "Input validation failed",
    code: "BAD_REQUEST",
    data: { code: "BAD_REQUEST", httpStatus: 400, path: "application.update", zodError: null },
    issues: [{ path: ["dockerImage"], message: "not this one" }],
  };
  const { scenario } = await begin({
    instead: ({ procedures, body }) =>
      procedures.includes("application.update") && body.includes("ghcr.io/acme/bad")
        ? { status: 400, body: JSON.stringify(refusal) }
        : null,
  });
  await scenario.push({
    "bad.yaml": simpleStack("bad", { image: "ghcr.io/acme/bad:1" }),
    "one.yaml": simpleStack("one"),
    "two.yaml": simpleStack("two"),
  });
  const result = await scenario.apply();
  const byName = new Map(result.stacks.map(({ name, outcome }) => [name, outcome]));
  expect(byName.get("one")).toEqual({ kind: "converged" });
  expect(byName.get("two")).toEqual({ kind: "converged" });
  expect(byName.get("bad")).toMatchObject({
    kind: "terminal",
    message: expect.stringContaining("dockerImage: not this one") as string,
  });
  const told = scenario
    .engine()
    .events()
    .filter(({ stack, kind }) => stack === "bad" && kind === "action")
    .map(({ message }) => message);
  expect(told.at(-2)).toMatch(/^configure app\/web: .*not this one/);
  expect(told.at(-1)).toMatch(/^deploy app\/web not done: an earlier action/);
  expect(scenario.simulator.state.deployments.size).toBe(2);
});

test("W12 after a stop no new write starts, and the next start ends the work with nothing twice", async () => {
  let isStopped = false;
  const sentLater: string[] = [];
  const http: HttpClient = {
    send(request) {
      if (isStopped && request.method === "POST") sentLater.push(request.url);
      return httpClient.send(request);
    },
  };
  const { scenario, proxy } = await begin({}, { http });
  await scenario.push(stacks(8));
  scenario.simulator.faults.add({ kind: "latency", procedure: "*", ms: 200, times: "always" });
  scenario.engine().start();
  await until(
    "basic auth is being written",
    () =>
      proxy.passed.filter(({ procedures }) => procedures.includes("security.create")).length >= 2,
  );
  const stopped = scenario.engine().stop();
  isStopped = true;
  await stopped;
  expect(sentLater).toEqual([]);
  expect(proxy.passed.every(({ endedAtMs }) => endedAtMs !== null)).toBe(true);

  scenario.simulator.faults.clear();
  await scenario.apply();
  await expectAsGitSays(scenario, 8);
});

test("W12 a stop during rollouts deploys nothing more, and the next start goes on", async () => {
  const { scenario, proxy } = await begin();
  scenario.simulator.faults.image("ghcr.io/acme/web", "slow");
  await scenario.push(stacks(6));
  scenario.engine().start();
  await until("the first is deployed", () => scenario.simulator.state.swarmServices.size > 0);
  await scenario.engine().stop();
  const count = proxy.passed.filter(({ isWrite }) => isWrite).length;
  await until("Dokploy is idle", () => scenario.simulator.state.queue.active.length === 0);
  expect(proxy.passed.filter(({ isWrite }) => isWrite)).toHaveLength(count);
  await scenario.apply();
  await expectAsGitSays(scenario, 6);
  expect(scenario.simulator.state.deployments.size).toBe(6);
});

for (const [what, act] of [
  ["refuses connections", (scenario: Scenario) => scenario.simulator.faults.refuse(2_000)],
  ["restarts", (scenario: Scenario) => scenario.simulator.faults.restart({ downMs: 2_000 })],
] as const) {
  test(`W3 a server that ${what} during the creation of ten stacks has them all in the end, and nothing twice`, async () => {
    const { scenario, proxy } = await begin();
    await scenario.push(stacks(10));
    scenario.engine().start();
    for (const writes of [5, 25, 45]) {
      await until(
        "it is under way",
        () => proxy.passed.filter(({ isWrite }) => isWrite).length > writes,
      );
      await act(scenario);
    }
    await until(
      "all are ready",
      () =>
        scenario
          .engine()
          .stacks()
          .filter(({ outcome }) => outcome.kind === "converged").length === 10,
    );
    await expectAsGitSays(scenario, 10);
  });
}

test("R5 a rate limit in the middle of a pass is waited out, and nothing is made twice", async () => {
  const { scenario, proxy } = await begin();
  await scenario.push(stacks(6));
  scenario.engine().start();
  await until("it is under way", () => proxy.passed.filter(({ isWrite }) => isWrite).length > 12);
  scenario.simulator.faults.add({ kind: "ratelimit401", times: 8 });
  await until("the limit is told", () =>
    scenario
      .engine()
      .events()
      .some(({ message }) => message.includes("rate limit")),
  );
  await until(
    "all are ready",
    () =>
      scenario
        .engine()
        .stacks()
        .filter(({ outcome }) => outcome.kind === "converged").length === 6,
  );
  await expectAsGitSays(scenario, 6);
});
