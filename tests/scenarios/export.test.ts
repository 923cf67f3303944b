// A server that people made by hand becomes Git's without anything of it changing: exported, adopted, planned.
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { parseMarker } from "../../src/model/marker.ts";
import { aProject, worldOf } from "../support/hand-made-server.ts";
import { createScenario } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { takenOver } from "../support/taken-over.ts";

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
