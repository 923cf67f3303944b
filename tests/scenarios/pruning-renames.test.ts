// Renames and removals: a project whose stack has another name now is neither removed because the new
// manifest is broken nor forgotten because both projects exist.
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFastScenario } from "../support/fast-scenario.ts";
import { projectNames, statusOf } from "../support/looks.ts";
import { simpleStack, simpleStacks } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";

let scenario: Scenario;
beforeEach(async () => {
  scenario = await createFastScenario();
});
afterEach(() => scenario.close());

const others = simpleStacks(["s1", "s2", "s3", "s4"]);
const renamed = simpleStack("store", { host: "shop.example.com" }).replace(
  "metadata: { name: store }",
  "metadata: { name: store, previousName: shop }",
);
const outcomeOf = (stack: string) => statusOf(scenario, stack)?.outcome;

async function begin(): Promise<void> {
  await scenario.push({ "shop.yaml": simpleStack("shop"), ...others });
  expect((await scenario.apply()).ok).toBe(true);
  scenario.writes();
}

for (const [what, manifest] of [
  ["with an unknown key", renamed.replace("spec:", "spec:\n  nonsense: 1")],
  ["that cannot be parsed", `${renamed}\n  applications: { a: 1 }\n  - : [\n`],
  ["that claims a domain of another stack", renamed.replace("shop.example.com", "s1.example.com")],
  [
    "with a former name that is none",
    renamed.replace("previousName: shop", "previousName: [shop]"),
  ],
  [
    "with a former name behind an unknown reference",
    renamed.replace("previousName: shop", 'previousName: "$(env.STACK_NOWHERE)"'),
  ],
] as const) {
  test(`O5 a stack that was renamed by a manifest ${what} is not removed`, async () => {
    await begin();
    await scenario.push({ "shop.yaml": null, "store.yaml": manifest });
    const result = await scenario.apply();
    expect(result.ok).toBe(false);
    expect(scenario.writes()).toEqual([]);
    expect(outcomeOf("shop")?.kind).toBe("waiting");

    await scenario.push({ "store.yaml": renamed });
    expect((await scenario.apply()).ok).toBe(true);
    expect(scenario.writes()).not.toContain("project.remove");
    expect(projectNames(scenario)).toEqual(["s1", "s2", "s3", "s4", "store"]);
  });
}

test("a former name whose project exists beside the new one is a conflict that names both", async () => {
  await begin();
  await scenario.push({ "store.yaml": simpleStack("store") });
  expect((await scenario.apply()).ok).toBe(true);
  scenario.writes();
  await scenario.push({
    "shop.yaml": null,
    "store.yaml": renamed.replace("shop.example.com", "store.example.com"),
  });
  expect((await scenario.apply()).ok).toBe(false);
  expect(scenario.writes()).toEqual([]);
  const conflict = outcomeOf("store");
  expect(conflict).toMatchObject({ kind: "waiting", reason: "conflict" });
  for (const name of ["shop", "store"]) {
    const { projectId } = [...scenario.simulator.state.projects.values()].find(
      (row) => row.name === name,
    )!;
    expect(conflict).toMatchObject({ message: expect.stringContaining(projectId) as string });
  }

  // Without it the old one is what left Git, and goes like anything else.
  await scenario.push({ "store.yaml": simpleStack("store") });
  expect((await scenario.apply()).ok).toBe(true);
  expect(projectNames(scenario)).toEqual(["s1", "s2", "s3", "s4", "store"]);
});

test("a stack that was renamed is said to be renamed, and not to be removed", async () => {
  await begin();
  await scenario.restart();
  scenario.engine().start();
  await scenario.push({ "shop.yaml": null, "store.yaml": renamed });
  await scenario.apply();
  const told = scenario
    .engine()
    .events()
    .filter(({ stack }) => stack === "shop");
  expect(told.filter(({ message }) => message.includes("removed"))).toEqual([]);
  expect(projectNames(scenario)).toContain("store");
});
