// A server that people made by hand becomes Git's without anything of it changing: exported, adopted, planned.
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { parseMarker } from "../../src/model/marker.ts";
import { aProject, worldOf } from "../support/hand-made-server.ts";
import { createScenario, simpleStack } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { exportedFrom, takenOver } from "../support/taken-over.ts";

let scenario: Scenario;

afterEach(() => scenario.close());

test("whatever people made is exported and adopted with no write but markers", async () => {
  const projects = fc.sample(aProject, { numRuns: 15, seed: 7 });
  scenario = await createScenario({ simulator: { timeScale: 0.01 } });
  const { stacks } = await takenOver(scenario, projects);
  expect(stacks.length).toBeGreaterThan(8);
  const { state } = scenario.simulator;
  const marked = [...state.projects.values()].filter(
    ({ description }) => parseMarker(description) !== null,
  );
  expect(marked).toHaveLength(stacks.length);
  // And so it stays: a pass that may do everything has nothing to do.
  const before = worldOf(scenario.simulator);
  const pass = await scenario.apply();
  expect(pass.ok).toBe(true);
  expect(worldOf(scenario.simulator)).toBe(before);
  expect(scenario.writes().filter((one) => /deploy|create|delete|remove/.test(one))).toEqual([]);
  const [stack] = pass.stacks.filter((one) => one.conditions.length > 0);
  const ready = stack?.conditions.find(({ type }) => type === "Ready");
  expect(ready?.message).toContain("as when adopted");
}, 120_000);

test("what Capstan made itself is exported as it is in Git", async () => {
  scenario = await createScenario({ simulator: { timeScale: 0.01 } });
  const manifest = simpleStack("shop", { env: { MODE: "live", TOKEN: "abc" } });
  await scenario.push({ "shop.yaml": manifest });
  expect((await scenario.apply()).ok).toBe(true);
  const { stacks, texts } = await exportedFrom(scenario, ["shop"]);
  expect(stacks.map(({ leftOut }) => leftOut)).toEqual([[]]);
  scenario.secrets.set("shop-web-token", "abc");
  await scenario.push({ "shop.yaml": texts.get("shop") ?? "" });
  await scenario.restart();
  const { plans, problems } = await scenario.engine().plan();
  expect(problems).toEqual([]);
  // A value that is a secret now has another hash; nothing else is written.
  const types = plans.flatMap(({ actions }) => actions.map(({ type }) => type));
  expect(new Set(types)).toEqual(new Set(["mark"]));
});

test("an adopted service that is changed in Git is deployed, and proven from then on", async () => {
  scenario = await createScenario({ simulator: { timeScale: 0.01 } });
  const { state } = scenario.simulator;
  const { project } = state.addProject({ name: "shop" });
  const row = state.addApplication(project.projectId, {
    ...{ name: "Web", sourceType: "docker", dockerImage: "nginx:1", autoDeploy: true },
  });
  state.runApplication(row.applicationId);
  const { texts } = await exportedFrom(scenario, []);
  const text = texts.get("shop") ?? "";
  await scenario.push({ "shop.yaml": text });
  expect((await scenario.apply({ prune: false, marksOnly: true })).ok).toBe(true);
  const ready = () =>
    scenario
      .engine()
      .stacks()[0]
      ?.conditions.find(({ type }) => type === "Ready")?.message;
  expect(ready()).toContain("web runs as when adopted");
  expect(parseMarker(row.description)?.done?.attempt).toBe(0);

  const quick = "      rollout: { stableFor: 0s, timeout: 20s }\n      ignore:";
  const changed = text.replace("nginx:1", "nginx:2").replace("      ignore:", quick);
  await scenario.push({ "shop.yaml": changed });
  // What adopts changes nothing else.
  const refused = await scenario.apply({ prune: false, marksOnly: true });
  expect(refused.stacks[0]?.outcome).toMatchObject({ kind: "waiting", reason: "conflict" });
  expect(row.dockerImage).toBe("nginx:1");
  expect((await scenario.apply()).ok).toBe(true);
  expect(row).toMatchObject({ dockerImage: "nginx:2", autoDeploy: true, name: "Web" });
  expect(scenario.simulator.log.count("application.deploy")).toBe(1);
  expect(parseMarker(row.description)?.done?.attempt).toBe(1);
  expect(ready()).toBe("in sync and healthy");
});
