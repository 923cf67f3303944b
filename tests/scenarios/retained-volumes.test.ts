// Law O7 for volumes, which stay when everything else of a stack goes: who gets them later is told.
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFastScenario } from "../support/fast-scenario.ts";
import { simpleStack, simpleStacks } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";

let scenario: Scenario;
beforeEach(async () => {
  scenario = await createFastScenario();
});
afterEach(() => scenario.close());

const others = simpleStacks(["s1", "s2", "s3", "s4"]);
const withVolume = simpleStack("shop", {
  extra: "      mounts: [ { type: volume, source: data, target: /data } ]",
});

/** The stack runs with its volume, and then leaves Git. */
async function removeShop(): Promise<void> {
  await scenario.push({ "ann/shop.yaml": withVolume, ...others });
  expect((await scenario.apply()).ok).toBe(true);
  scenario.engine().start();
  await until("it is read", () => scenario.engine().state().ready);
  await scenario.push({ "ann/shop.yaml": null });
  await until("it is gone", () => scenario.simulator.state.projects.size === 4);
  await until("that is settled", () =>
    scenario
      .engine()
      .stacks()
      .every(({ name }) => name !== "shop"),
  );
}
async function notesOfShop(): Promise<string> {
  await scenario.restart();
  const { plans } = await scenario.engine().plan();
  const plan = plans.find(({ stack }) => stack === "shop");
  expect(plan?.actions.some(({ type }) => type === "create-project")).toBe(true);
  return (plan?.notes ?? []).map(({ message }) => message).join("\n");
}

test("O7 a new stack of a removed one's name, from another file, is told whose volume it gets", async () => {
  await removeShop();
  await scenario.push({ "bob/shop.yaml": withVolume });
  expect(await notesOfShop()).toContain(
    "the volume shop-data still holds the data of stacks/ann/shop.yaml, which was removed",
  );
  expect((await scenario.apply()).ok).toBe(true);
});

test("O7 the same file's stack gets its volume back without a word", async () => {
  await removeShop();
  await scenario.push({ "ann/shop.yaml": withVolume });
  expect(await notesOfShop()).not.toContain("shop-data");
});

test("O7 a new stack without that volume is told nothing of it", async () => {
  await removeShop();
  await scenario.push({ "bob/shop.yaml": simpleStack("shop") });
  expect(await notesOfShop()).not.toContain("shop-data");
});
