// A version of Dokploy that nobody tried: its own description decides whether it is written to.
import { afterEach, expect, test } from "vitest";
import { createScenario, simpleStack } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";

let scenario: Scenario;
afterEach(() => scenario.close());

const described = (): number =>
  scenario.simulator.log.entries.filter(({ procedures }) =>
    procedures.includes("settings.getOpenApiDocument"),
  ).length;

test("a newer version that takes all that Capstan sends is written to, and asked once", async () => {
  scenario = await createScenario();
  scenario.simulator.state.version = "v0.30.9";
  await scenario.push({ "shop.yaml": simpleStack("shop") });
  expect((await scenario.apply()).ok).toBe(true);
  expect(scenario.simulator.state.applications.size).toBe(1);
  expect(described()).toBe(1);
  scenario.engine().start();
  await scenario.engine().catchUp("a look");
  expect(described()).toBe(1);
});

test("a version that no longer takes what Capstan sends is planned for and not written to", async () => {
  scenario = await createScenario();
  scenario.simulator.state.version = "v0.31.0";
  scenario.simulator.state.undescribed.add("application.update labelsSwarm");
  await scenario.push({ "shop.yaml": simpleStack("shop") });
  scenario.writes();
  const result = await scenario.apply();
  expect(result.ok).toBe(false);
  expect(scenario.writes()).toEqual([]);
  expect(JSON.stringify(result)).toContain("application.update no longer takes labelsSwarm");
  expect(JSON.stringify(result)).toContain("DOKPLOY_ACCEPT_VERSION=0.31.0");
});

test("W12 a version that is not written to gets no lease either, and one that is written to again does", async () => {
  scenario = await createScenario({ lease: { host: "host-a", ttlMs: 20_000 } });
  const { state } = scenario.simulator;
  state.version = "v0.31.0";
  state.undescribed.add("application.update labelsSwarm");
  await scenario.push({ "shop.yaml": simpleStack("shop") });
  scenario.writes();
  expect((await scenario.apply()).ok).toBe(false);
  expect(scenario.writes()).toEqual([]);
  expect(state.tags.size).toBe(0);

  state.version = "v0.30.2";
  expect((await scenario.apply()).ok).toBe(true);
  expect(state.tags.size).toBe(1);
});
