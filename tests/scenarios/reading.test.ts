// Laws R1, R3, R4 and R8 end to end: how much is read, and what is not believed.
import { afterEach, expect, test } from "vitest";
import type { FaultRule } from "../../src/simulator/faults.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import { simpleStack, simpleStacks } from "../support/scenario.ts";
import type { Scenario, ScenarioOptions } from "../support/scenario.ts";
import { until } from "../support/until.ts";
import { watchProxy } from "../support/watch-proxy.ts";
import type { WatchProxy } from "../support/watch-proxy.ts";
import { worldPicture } from "../support/world-picture.ts";

let scenario: Scenario;
let proxy: WatchProxy | null = null;
afterEach(async () => {
  await scenario.close();
  await proxy?.close();
  proxy = null;
});

async function begin(
  files: Record<string, string>,
  options: ScenarioOptions = {},
): Promise<Scenario> {
  scenario = await createFastScenario(options);
  await scenario.push(files);
  const result = await scenario.apply();
  expect(result.ok).toBe(true);
  scenario.writes();
  return scenario;
}

const names = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `s${String(index).padStart(2, "0")}`);
const stacks = (count: number): Record<string, string> => simpleStacks(names(count));

/** What was asked since the log was cleared: a line a request, the check of key and version at a start left out of it. */
function asked(): string[] {
  return scenario.simulator.log.entries
    .map(({ procedures }) => procedures.filter((name) => !/^(?:settings|user)\./.test(name)))
    .filter((procedures) => procedures.length > 0)
    .map((procedures) => procedures.join(","));
}

const lists = "project.all,project.allForPermissions,swarm.getNodeApps,swarm.getNodes";

for (const count of [1, 50]) {
  test(`R1 with no change a pass over ${count} stacks makes one request and no write`, async () => {
    await begin(stacks(count));
    const result = await scenario.apply();
    expect(result.ok).toBe(true);
    expect(asked()).toEqual([lists]);
    // Version, role and the kind of the key ride in the request of the lists.
    expect(scenario.simulator.log.entries).toHaveLength(1);
    scenario.simulator.log.clear();
    await scenario.restart();
    const { plans } = await scenario.engine().plan();
    expect(plans.flatMap(({ actions }) => actions)).toEqual([]);
    expect(scenario.simulator.log.entries).toHaveLength(1);
  });
}

test("R1 where batches are refused a pass makes four requests", async () => {
  await begin(stacks(5));
  const { faults, log } = scenario.simulator;
  faults.add({ kind: "batchRefused", times: "always" });
  await scenario.restart({ resyncIntervalMs: 2_000 });
  scenario.engine().start();
  await until("two resyncs have passed", () => log.count("swarm.getNodes") >= 3);
  log.clear();
  await until("two more have passed", () => log.count("swarm.getNodes") >= 2);
  await scenario.engine().stop();
  const seen = asked();
  expect(new Set(seen)).toEqual(new Set(lists.split(",")));
  expect(seen.length).toBeLessThanOrEqual(4 * (log.count("swarm.getNodes") + 1));
  expect(scenario.writes()).toEqual([]);
});

/** Git asks for a change, a new stack and a removal: a list that is believed leads to writes. */
const next: Record<string, string | null> = {
  "s00.yaml": simpleStack("s00", { image: "ghcr.io/acme/web:2" }),
  "s01.yaml": null,
  "new.yaml": simpleStack("new"),
};

const wrongLists: readonly FaultRule[] = [
  { kind: "status500" },
  { kind: "html502" },
  { kind: "truncated" },
  { kind: "wrongShape" },
  { kind: "junk" },
  { kind: "reset" },
  { kind: "ratelimit401" },
];

test("R3 a list that fails or has the wrong shape ends the pass with no write", async () => {
  await begin(stacks(4));
  await scenario.push(next);
  for (const rule of wrongLists) {
    scenario.simulator.faults.add({ ...rule, procedure: "project.all*", times: "always" });
    await expect(scenario.apply(), rule.kind).rejects.toThrow();
    expect(scenario.writes(), rule.kind).toEqual([]);
    scenario.simulator.faults.clear();
  }
  expect(scenario.simulator.state.projects.size).toBe(4);
  const result = await scenario.apply();
  expect(result.ok).toBe(true);
  expect(worldPicture(scenario.simulator).projects.map(({ name }) => name)).toEqual([
    "new",
    "s00",
    "s02",
    "s03",
  ]);
});

test("R3 a running controller outlasts wrong lists, writes nothing meanwhile and says why", async () => {
  await begin(stacks(4));
  await scenario.restart();
  scenario.engine().start();
  const { faults, log } = scenario.simulator;
  await until("it has listed", () => scenario.engine().state().lastListMs !== null);
  for (const rule of wrongLists) {
    faults.add({ ...rule, procedure: "project.all*", times: "always" });
    await until(`${rule.kind} is told`, () => scenario.engine().state().platformError !== null);
    expect(scenario.writes(), rule.kind).toEqual([]);
    faults.clear();
    log.clear();
    await until("it lists again", () => scenario.engine().state().platformError === null);
  }
  expect(scenario.writes()).toEqual([]);
});

for (const rule of [
  { kind: "emptyList" },
  { kind: "filteredList", keep: 0.5 },
] as const satisfies readonly FaultRule[]) {
  test(`R4 a list that suddenly shows much less (${rule.kind}) leads to no create and no prune, and is told`, async () => {
    await begin(stacks(4));
    scenario.simulator.faults.add({ ...rule, times: "always" });
    await expect(scenario.apply()).rejects.toThrow(/still exists/);
    expect(scenario.writes()).toEqual([]);
    expect(scenario.engine().state().platformError).toMatch(/still exists/);
    scenario.simulator.faults.clear();
    expect((await scenario.apply()).ok).toBe(true);
    expect(scenario.writes()).toEqual([]);
  });
}

test("R4 a project that was deleted by hand is believed gone and made again", async () => {
  await begin(stacks(2));
  const { state } = scenario.simulator;
  const [project] = [...state.projects.values()].filter(({ name }) => name === "s00");
  const [application] = [...state.applications.values()].filter(({ appName }) =>
    appName.startsWith("s00-"),
  );
  state.projects.delete(project!.projectId);
  state.applications.delete(application!.applicationId);
  for (const [id, row] of state.environments)
    if (row.projectId === project!.projectId) state.environments.delete(id);
  state.swarmServices.delete(application!.appName);
  const result = await scenario.apply();
  expect(result.ok).toBe(true);
  expect(worldPicture(scenario.simulator).projects.map(({ name }) => name)).toEqual(["s00", "s01"]);
});

for (const mode of ["undefined", "empty", "error"] as const) {
  test(`R3 a swarm list without a node (docker down: ${mode}) is not believed: nothing is deployed again`, async () => {
    await begin(stacks(3));
    scenario.simulator.faults.dockerDown(mode);
    await scenario.apply();
    expect(scenario.writes()).toEqual([]);
    const healthy = scenario
      .engine()
      .stacks()
      .flatMap(({ conditions }) => conditions.filter(({ type }) => type === "Healthy"));
    expect(healthy.map(({ status }) => status)).toEqual(["Unknown", "Unknown", "Unknown"]);
    scenario.simulator.faults.clear();
    expect((await scenario.apply()).ok).toBe(true);
    expect(scenario.writes()).toEqual([]);
  });
}

test("R8 twenty stacks made at once never have more than four requests under way, and one of the lane", async () => {
  scenario = await createFastScenario({
    simulator: { timeScale: 0.05 },
    through: async (url) => {
      proxy = await watchProxy(url);
      return proxy.url;
    },
  });
  scenario.simulator.faults.add({ kind: "latency", ms: 40, times: "always" });
  const files = Object.fromEntries(
    names(20).map((name) => [
      `${name}.yaml`,
      simpleStack(name, {
        extra: [
          "      basicAuth: [ { username: ops, password: a-password } ]",
          "      redirects: [ { regex: ^/old, replacement: /new } ]",
        ].join("\n"),
      }),
    ]),
  );
  await scenario.push(files);
  expect((await scenario.apply()).ok).toBe(true);
  await scenario.push(Object.fromEntries(names(6).map((name) => [`${name}.yaml`, null])));
  expect((await scenario.apply()).ok).toBe(true);
  const lane = /^(domain|security|redirects)\.(create|update|delete)$|\.(delete|remove)$/;
  expect(proxy!.mostAtOnce()).toBe(4);
  expect(proxy!.mostAtOnce(({ procedures }) => lane.test(procedures[0] ?? ""))).toBe(1);
  const { hung, middlewareFile } = scenario.simulator.state;
  expect(hung).toBe(false);
  // Lost entries would show here: one file holds those of all applications.
  expect(Object.keys(middlewareFile)).toHaveLength(14 * 2);
});
