// What people asked for, and why a rollout was begun, over restarts (H6, H7, O6, W7).
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFastScenario } from "../support/fast-scenario.ts";
import { isReady } from "../support/looks.ts";
import { simpleStack, simpleStacks } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";

let scenario: Scenario;
beforeEach(async () => {
  scenario = await createFastScenario({ secrets: { "shop-db": "canary-one" } });
});
afterEach(() => scenario.close());

const deployments = () => [...scenario.simulator.state.deployments.values()];
const deployReasons = (stack: string): readonly string[] =>
  scenario
    .store()
    .runs(stack, 100)
    .flatMap(({ actions }) => actions)
    .filter(({ title, status }) => title === "deploy app/web" && status === "done")
    .map(({ reason }) => reason);

/** Starts the engine of now and waits until the stacks are Ready. */
async function started(...stacks: readonly string[]): Promise<void> {
  scenario.engine().start();
  await until(`${stacks.join(", ")} is ready`, () =>
    stacks.every((stack) => isReady(scenario, stack)),
  );
}

/** An engine that may be asked and does nothing yet, as if it ended before its next run. */
async function asking() {
  await scenario.restart();
  const engine = scenario.engine();
  await engine.lead();
  await engine.inventory();
  return engine;
}

test("H7 a rollout that another process takes up in the middle still says why it was begun", async () => {
  await scenario.push({ "shop.yaml": simpleStack("shop") });
  await started("shop");
  const release = scenario.simulator.faults.holdPulls("ghcr.io/acme/web:2");
  await scenario.push({ "shop.yaml": simpleStack("shop", { image: "ghcr.io/acme/web:2" }) });
  await until("it is being deployed", () =>
    deployments().some(({ status }) => status === "running"),
  );
  await scenario.restart();
  const engine = scenario.engine();
  engine.start();
  await until("the new process follows it", () => engine.state().activeDeployments === 1);
  release();
  await until("it is ready", () => isReady(scenario, "shop"));
  expect(engine.deploys("shop").map(({ reason }) => reason)).toEqual([
    expect.stringMatching(/^image changed in Git \(stacks\/shop\.yaml:6, [0-9a-f]{12}\)$/),
  ]);
  expect(deployReasons("shop").join("\n")).not.toContain("healthy yet");
  expect(deployments()).toHaveLength(2);
});

test("H7 an edited secret is told as that, by its name and never by its value", async () => {
  const env = (tail: string) => ({ env: { DB: `postgres://shop:$(secrets.shop-db)@db${tail}` } });
  await scenario.push({ "shop.yaml": simpleStack("shop", env("")) });
  await started("shop");
  scenario.secrets.set("shop-db", "canary-two");
  await until(
    "the new secret is ready",
    () => deployReasons("shop").length === 2 && isReady(scenario, "shop"),
  );
  expect(deployReasons("shop")[0]).toMatch(/^the secret shop-db changed \(env\.DB\) \(stacks/);
  await scenario.push({ "shop.yaml": simpleStack("shop", env(":5432")) });
  await until("the new text is ready", () => deployReasons("shop").length === 3);
  expect(deployReasons("shop")[0]).toMatch(/^env\.DB changed in Git \(stacks/);
  const told = [deployReasons("shop"), scenario.engine().events(), scenario.store().memos()];
  expect(JSON.stringify(told)).not.toContain("canary");
});

test("W7 a redeploy that was asked for before a restart is done after it, and once", async () => {
  await scenario.push({ "shop.yaml": simpleStack("shop") });
  await started("shop");
  const engine = await asking();
  engine.redeploy("shop", null, "alice");
  await scenario.restart();
  scenario.engine().start();
  await until("it is deployed again", () => deployments().length === 2);
  await until("it is ready", () => isReady(scenario, "shop") && deployReasons("shop").length === 2);
  expect(deployReasons("shop")[0]).toMatch(/^alice asked for a redeploy /);
  await scenario.restart();
  await started("shop");
  expect(deployments()).toHaveLength(2);
});

test("H6 a reconcile that passes over a closed window does so after a restart too", async () => {
  const closed = '  sync: { windows: [ { allow: "0 0 29 2 *", for: 1m, timezone: UTC } ] }';
  await scenario.push({ "shop.yaml": simpleStack("shop", { extra: closed }) });
  const engine = await asking();
  engine.reconcile("shop", "alice");
  await scenario.restart();
  await started("shop");
  expect(
    scenario
      .store()
      .memos()
      .filter(({ kind }) => kind === "pass"),
  ).toEqual([]);
});

test("O6 an approval holds over a restart, and what was approved goes", async () => {
  const names = ["a", "b", "c", "d", "e"];
  await scenario.push(simpleStacks(names));
  await started(...names);
  await scenario.push({ "a.yaml": null, "b.yaml": null, "c.yaml": null });
  const engine = await asking();
  const { heldPrune } = await engine.plan();
  const digest = heldPrune?.digest ?? "";
  await engine.approvePrune(digest, "alice");
  await scenario.restart();
  scenario.engine().start();
  await until("they are gone", () => scenario.simulator.state.projects.size === 2);
});

test("without the store nothing that was asked for is done, and nothing else is harmed", async () => {
  await scenario.push({ "shop.yaml": simpleStack("shop") });
  await started("shop");
  const engine = await asking();
  engine.redeploy("shop", null, "alice");
  await scenario.loseStore();
  await started("shop");
  expect(deployments()).toHaveLength(1);
});
