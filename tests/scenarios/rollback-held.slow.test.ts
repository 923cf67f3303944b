// Law H4 end to end: what was rolled back stays so until a commit changes that stack.
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  better,
  crashing,
  createRollbackScenario,
  good,
  rolledBack,
  shop,
  short,
  web,
} from "../support/rollback.ts";
import type { RollbackScenario } from "../support/rollback.ts";
import { simpleStack } from "../support/scenario.ts";
import { until } from "../support/until.ts";

let scenario: RollbackScenario;
beforeEach(async () => {
  scenario = await createRollbackScenario();
});
afterEach(async () => {
  await scenario.close();
});

test("H4 W1 a rollback is held by a running controller: resyncs write nothing and nothing flaps", async () => {
  await scenario.fail();
  await scenario.restart();
  scenario.writes();
  scenario.engine().start();
  const first = await until("it is looked at", () => scenario.statusOf("shop"));
  const outcomes = (): number =>
    scenario
      .engine()
      .events()
      .filter(({ kind }) => kind === "outcome").length;
  const before = outcomes();
  await until("it was looked at some more times", () => {
    const { lastRunMs } = scenario.statusOf("shop")!;
    return lastRunMs > first.lastRunMs + 3 * 3_000;
  });
  expect(scenario.writes()).toEqual([]);
  expect(outcomes()).toBe(before);
  rolledBack(scenario.statusOf("shop")?.outcome);
  const { plans } = await scenario.engine().plan();
  expect(plans[0]).toMatchObject({ actions: [], conflict: null });
  expect(plans[0]?.notes.map(({ message }) => message).join()).toContain("rolled back from");
});

test("H4 a lost store does not try the failed revision again, and its revisions are still named", async () => {
  const { healthy, failed } = await scenario.fail();
  await scenario.loseStore();
  const status = await scenario.isHeld();
  expect(rolledBack(status.outcome).rollback).toEqual({ from: failed, to: healthy, state: "done" });
});

test("H4 a store that is lost before the rollout fails is replaced by what markers say", async () => {
  const first = shop({ web: { image: good }, api: { image: good } });
  await scenario.push({ "shop.yaml": first });
  await scenario.apply();
  const healthy = await scenario.push({
    "shop.yaml": shop({ web: { image: good }, api: { image: better } }),
  });
  await scenario.apply();
  const failed = await scenario.push({
    "shop.yaml": shop({ web: { image: crashing }, api: { image: better } }),
  });
  await scenario.loseStore();
  const status = await scenario.applyShop();
  expect(rolledBack(status.outcome).rollback).toEqual({ from: failed, to: healthy, state: "done" });
  expect(scenario.ran()).toEqual({ "shop-web": good, "shop-api": better });
});

test("H4 a commit that touches other stacks does not end it", async () => {
  const { healthy, failed } = await scenario.fail();
  await scenario.push({
    "blog.yaml": simpleStack("blog"),
    "shop.yaml": `# a comment\n${web(crashing)}`,
  });
  await scenario.apply();
  const { outcome } = await scenario.isHeld();
  expect(rolledBack(outcome).message).toContain(`from ${short(failed)} to ${short(healthy)}`);
  expect(scenario.ran()["blog-web"]).toBe(good);
});

for (const [what, next] of [
  ["the service that failed", web(better)],
  ["another service of it", shop({ web: { image: good }, api: { image: good } })],
  ["only what is written to no service", shop({ web: { image: good } }, ["  description: Shop"])],
] as const) {
  test(`H4 a commit that changes ${what} ends it`, async () => {
    await scenario.fail();
    await scenario.push({ "shop.yaml": next });
    const result = await scenario.apply();
    expect(result.stacks[0]?.outcome).toEqual({ kind: "converged" });
    scenario.writes();
    await scenario.apply();
    expect(scenario.writes()).toEqual([]);
    expect(JSON.stringify([...scenario.simulator.state.applications.values()])).not.toMatch(
      /bad=[0-9a-f]/,
    );
    expect(JSON.stringify([...scenario.simulator.state.projects.values()])).not.toMatch(
      /bad=[0-9a-f]/,
    );
  });
}

test("H4 a commit that changes the stack and still fails is tried, and rolled back as well", async () => {
  const { healthy } = await scenario.fail();
  const failed = await scenario.push({ "shop.yaml": shop({ web: { image: crashing, env: "x" } }) });
  const { rollback } = rolledBack((await scenario.applyShop()).outcome);
  expect(rollback).toEqual({ from: failed, to: healthy, state: "done" });
});

test("H4 a revert to the healthy manifest ends it without a deploy", async () => {
  await scenario.fail();
  await scenario.push({ "shop.yaml": web(good) });
  scenario.simulator.log.clear();
  expect((await scenario.apply()).ok).toBe(true);
  expect(scenario.deploys()).toBe(0);
});

test("H4 a person who asks for a redeploy tries the failed revision again", async () => {
  await scenario.fail();
  await scenario.restart();
  scenario.engine().start();
  await until("it is held", () => scenario.statusOf("shop")?.outcome.kind === "degraded");
  scenario.simulator.faults.image("ghcr.io/acme/crash", "healthy");
  scenario.engine().redeploy("shop", "web", "ops");
  await until("it runs", () => scenario.statusOf("shop")?.outcome.kind === "converged");
  expect(scenario.ran()).toEqual({ "shop-web": crashing });
  expect(scenario.engine().deploys("shop")[0]?.reason).toContain("ops asked for a redeploy");
});

test("H4 drift is corrected to the revision that is held", async () => {
  await scenario.fail();
  const [row] = [...scenario.simulator.state.applications.values()];
  scenario.simulator.state.swarmServices.delete(row!.appName);
  const { outcome } = await scenario.applyShop();
  rolledBack(outcome);
  expect(scenario.ran()).toEqual({ "shop-web": good });
});
