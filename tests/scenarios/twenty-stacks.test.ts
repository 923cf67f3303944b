// The main job, end to end: twenty stacks from Git run, and then nothing more is done.
import { afterEach, expect, test } from "vitest";
import { createScenario, simpleStacks } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";

let scenario: Scenario;
afterEach(() => scenario.close());

test("twenty stacks are created, and the second pass does nothing", async () => {
  scenario = await createScenario();
  const names = Array.from({ length: 20 }, (_, index) => `stack-${String(index).padStart(2, "0")}`);
  await scenario.push(simpleStacks(names));

  const first = await scenario.apply();
  expect(first.problems).toEqual([]);
  expect(first.stacks.map(({ outcome }) => outcome)).toEqual(
    names.map(() => ({ kind: "converged" })),
  );
  expect(first.ok).toBe(true);
  const { projects, applications, domains, swarmServices } = scenario.simulator.state;
  expect([projects.size, applications.size, domains.size, swarmServices.size]).toEqual([
    20, 20, 20, 20,
  ]);
  expect(scenario.writes().length).toBeLessThanOrEqual(20 * 7);

  const second = await scenario.apply();
  expect(second.ok).toBe(true);
  expect(scenario.writes()).toEqual([]);
});
