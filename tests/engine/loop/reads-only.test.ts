// Reading must not write: what a look at Git and the server finds waits until a loop or a pass begins.
import { afterEach, beforeEach, expect, test } from "vitest";
import { createScenario, simpleStack } from "../../support/scenario.ts";
import type { Scenario } from "../../support/scenario.ts";

let scenario: Scenario;
beforeEach(async () => {
  scenario = await createScenario();
  await scenario.push({ "one.yaml": simpleStack("one"), "two.yaml": simpleStack("two") });
});
afterEach(() => scenario.close());

test("taking the inventory and planning write nothing, now and later", async () => {
  const engine = scenario.engine();
  await engine.inventory();
  await engine.plan();
  await engine.stop();
  expect(scenario.writes()).toEqual([]);
});

test("a pass over one stack touches no other", async () => {
  const engine = scenario.engine();
  await engine.inventory();
  const result = await engine.converge({ stacks: ["one"], prune: true });
  expect(result.stacks.map(({ name }) => name)).toEqual(["one"]);
  expect([...scenario.simulator.state.projects.values()].map(({ name }) => name)).toEqual(["one"]);
});

test("O6 a pass without prune removes nothing, whatever was read before it", async () => {
  await scenario.push({ "three.yaml": simpleStack("three"), "four.yaml": simpleStack("four") });
  expect((await scenario.apply()).ok).toBe(true);
  await scenario.push({ "four.yaml": null });
  await scenario.restart();
  const engine = scenario.engine();
  await engine.inventory();
  await engine.plan();
  const result = await engine.converge({ prune: false });
  expect(scenario.simulator.state.projects.size).toBe(4);
  expect(result.stacks.find(({ name }) => name === "four")?.outcome).toMatchObject({
    kind: "waiting",
    reason: "approval",
  });
});
