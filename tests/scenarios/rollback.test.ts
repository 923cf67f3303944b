// Law H4 end to end: a rollout that is given up takes its stack back to the last healthy revision.
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  better,
  crashing,
  createRollbackScenario,
  good,
  readyOf,
  rolledBack,
  shop,
  short,
  web,
} from "../support/rollback.ts";
import type { RollbackScenario } from "../support/rollback.ts";
import { simpleStack } from "../support/scenario.ts";
import { until } from "../support/until.ts";
import { worldPicture } from "../support/world-picture.ts";

let scenario: RollbackScenario;
beforeEach(async () => {
  scenario = await createRollbackScenario();
});
afterEach(async () => {
  await scenario.close();
});

test("H4 a rollout that fails for good takes the stack back to its last healthy revision, and both are named", async () => {
  const { healthy, failed, status } = await scenario.fail();
  const { message, rollback } = rolledBack(status.outcome);
  expect(rollback).toEqual({ from: failed, to: healthy, state: "done" });
  expect(message).toContain(`rolled back from ${short(failed)} to ${short(healthy)}: web: `);
  expect(message).toContain("the swarm rolled it back");
  expect(readyOf(status)).toMatchObject({ status: "False", reason: "RolledBack", message });
  expect(status.conditions.find(({ type }) => type === "Synced")).toMatchObject({
    status: "False",
    reason: "RolledBack",
  });
  expect(status.conditions.find(({ type }) => type === "Healthy")?.status).toBe("True");
  expect(worldPicture(scenario.simulator).applications).toMatchObject([
    { image: good, runs: good, runsWhatIsWanted: true, settled: true },
  ]);
  expect(scenario.deploys()).toBe(2);
  await scenario.isHeld();
});

test("H4 capstan apply ends as failed, now and when it is called again", async () => {
  await scenario.push({ "shop.yaml": web(good) });
  await scenario.apply();
  await scenario.push({ "shop.yaml": web(crashing) });
  expect((await scenario.apply()).ok).toBe(false);
  expect((await scenario.apply()).ok).toBe(false);
});

test("H4 H7 the deploys of a rollback say why, and one event tells that it began", async () => {
  const { healthy, failed } = await scenario.fail();
  const words = `rolled back from ${short(failed)} to ${short(healthy)}: web: `;
  const runs = scenario.engine().runs("shop", 100);
  const deployed = runs
    .flatMap(({ actions }) => actions)
    .filter(({ title }) => title === "deploy app/web")
    .map(({ reason }) => reason);
  expect(deployed.filter((reason) => reason.startsWith(words))).toHaveLength(1);
  const told = scenario
    .engine()
    .events()
    .filter(({ kind, message }) => kind === "rollout" && message.startsWith(words));
  expect(told).toHaveLength(1);
  const [row] = [...scenario.simulator.state.deployments.values()].reverse();
  expect(row?.description).toContain(words);
});

test("H4 a deployment that fails is tried as often as ever before the stack is rolled back", async () => {
  const { status } = await scenario.fail(web(good), web("ghcr.io/acme/missing:1"));
  rolledBack(status.outcome);
  expect(rolledBack(status.outcome).message).toContain("tried 4 times");
  expect(scenario.deploys()).toBe(5);
  expect(scenario.ran()).toEqual({ "shop-web": good });
});

test("H4 the whole stack returns, its other services, variables and domains too", async () => {
  const domain = (host: string): string => `      domains: [ { host: ${host}, port: 80 } ]`;
  const before = shop(
    {
      web: { image: good, env: "${{project.ZONE}}" },
      api: { image: good, extra: domain("a.example.com") },
    },
    ["  variables: { ZONE: one }"],
  );
  const after = shop(
    {
      web: { image: crashing, env: "${{project.ZONE}}" },
      api: { image: better, extra: domain("b.example.com") },
    },
    ["  variables: { ZONE: two }"],
  );
  await scenario.push({ "shop.yaml": before });
  await scenario.apply();
  const picture = worldPicture(scenario.simulator);
  await scenario.push({ "shop.yaml": after });
  rolledBack((await scenario.applyShop()).outcome);
  const bare = ({ applications, projects }: typeof picture) => ({
    projects,
    applications: applications.map((one) => ({ ...one, deployments: [] })),
  });
  expect(bare(worldPicture(scenario.simulator))).toEqual(bare(picture));
  await scenario.isHeld();
});

test("H4 what is new in the failed revision stays and is named, and what it removed is not removed", async () => {
  const { status } = await scenario.fail(
    shop({ web: { image: good }, old: { image: good } }),
    shop({ web: { image: crashing }, new: { image: good } }),
  );
  rolledBack(status.outcome);
  expect(Object.keys(scenario.ran()).sort()).toEqual(["shop-new", "shop-old", "shop-web"]);
  expect(scenario.deletions()).toEqual([]);
  const { plan } = await scenario.isHeld();
  expect(plan?.notes.map(({ message }) => message).join("\n")).toContain("app/new is not in");
  expect(scenario.ran()["shop-web"]).toBe(good);
});

test("H4 a service that is new and fails itself takes its stack back and stays as it is", async () => {
  const { status } = await scenario.fail(
    shop({ web: { image: good } }),
    shop({ web: { image: better }, new: { image: crashing } }),
  );
  rolledBack(status.outcome);
  expect(scenario.ran()["shop-web"]).toBe(good);
  expect(scenario.deletions()).toEqual([]);
  await scenario.isHeld();
});

test("H4 a healthy commit that a forced push left is returned to all the same", async () => {
  const healthy = await scenario.push({ "shop.yaml": web(good) });
  await scenario.apply();
  const failed = await scenario.repository.forcePush({ "stacks/shop.yaml": web(crashing) });
  await scenario.repository.git("reflog", "expire", "--expire=all", "--all");
  await scenario.repository.git("gc", "--quiet", "--prune=now");
  const { rollback } = rolledBack((await scenario.applyShop()).outcome);
  expect(rollback).toEqual({ from: failed, to: healthy, state: "done" });
  await scenario.isHeld();
});

test("H4 without a healthy revision nothing is rolled back, and the condition says why", async () => {
  await scenario.push({ "shop.yaml": web(crashing) });
  const status = await scenario.applyShop();
  expect(status.outcome).toMatchObject({ kind: "degraded" });
  expect(status.outcome).not.toHaveProperty("rollback");
  expect(readyOf(status)).toMatchObject({ reason: "RolloutFailed" });
  expect(readyOf(status)?.message).toContain("not rolled back: no healthy revision of it is known");
});

test("H4 a healthy revision whose stack no longer loads is not returned to, and why is said", async () => {
  const secret = shop({ web: { image: good, env: "$(secrets.mode)" } });
  scenario.secrets.set("mode", "live");
  await scenario.push({ "shop.yaml": secret });
  await scenario.apply();
  scenario.secrets.delete("mode");
  await scenario.push({ "shop.yaml": web(crashing) });
  const status = await scenario.applyShop();
  expect(readyOf(status)?.message).toMatch(/not rolled back: .*no longer loads: .*shop\.yaml/);
  expect(status.outcome).not.toHaveProperty("rollback");
});

test("H4 a healthy revision whose domain another stack has taken since is not returned to", async () => {
  const host = (name: string, image: string) => simpleStack(name, { image, host: "a.example.com" });
  await scenario.push({ "shop.yaml": host("shop", good) });
  await scenario.apply();
  await scenario.push({ "shop.yaml": web(crashing), "blog.yaml": host("blog", good) });
  const status = await scenario.applyShop();
  expect(readyOf(status)?.message).toContain("a.example.com");
  expect(readyOf(status)?.message).toContain("which the stack blog has now");
});

test("H4 a rollback that fails too ends there, with both revisions named, and nothing loops", async () => {
  await scenario.push({ "shop.yaml": web(good) });
  await scenario.apply();
  await scenario.push({ "shop.yaml": web("ghcr.io/acme/missing:2") });
  scenario.simulator.faults.image("ghcr.io/acme/web", "missing");
  const status = await scenario.applyShop();
  expect(status.outcome).toMatchObject({ kind: "degraded", rollback: { state: "failed" } });
  expect(readyOf(status)).toMatchObject({ status: "False", reason: "RollbackFailed" });
  expect(readyOf(status)?.message).toMatch(/rolled back from .* does not run either/);
  scenario.writes();
  const again = await scenario.applyShop();
  expect(again.outcome).toMatchObject({ kind: "degraded", rollback: { state: "failed" } });
  expect(scenario.writes()).toEqual([]);
});

test("H4 onFailure: keep leaves what failed, also when another service of the stack would roll back", async () => {
  const { status } = await scenario.fail(
    shop({ web: { image: good, onFailure: "keep" }, api: { image: good } }),
    shop({ web: { image: crashing, onFailure: "keep" }, api: { image: better } }),
  );
  expect(status.outcome).toMatchObject({ kind: "degraded" });
  expect(status.outcome).not.toHaveProperty("rollback");
  expect(worldPicture(scenario.simulator).applications.map(({ image }) => image)).toContain(
    crashing,
  );
});

test("H4 H6 nothing is rolled back while a person has suspended the stack", async () => {
  await scenario.push({ "shop.yaml": web(good) });
  await scenario.apply();
  await scenario.restart();
  const engine = scenario.engine();
  await scenario.push({ "shop.yaml": web("ghcr.io/acme/slow-crash:2") });
  scenario.simulator.faults.image("ghcr.io/acme/slow-crash", "crash");
  engine.start();
  await until("it is being rolled out", () => engine.state().activeDeployments === 1);
  engine.suspend("shop", "ops");
  await until("its rollout ended", () => engine.state().activeDeployments === 0);
  await until(
    "it is suspended",
    () => readyOf(scenario.statusOf("shop"))?.reason === "WaitingSuspended",
  );
  const [row] = [...scenario.simulator.state.applications.values()];
  expect(row?.dockerImage).toBe("ghcr.io/acme/slow-crash:2");
  engine.resume("shop", "ops");
  await until(
    "it is rolled back",
    () => readyOf(scenario.statusOf("shop"))?.reason === "RolledBack",
  );
  expect(scenario.ran()).toEqual({ "shop-web": good });
});
