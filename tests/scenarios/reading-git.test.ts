// Laws R6 and R7 through the engine: what Git cannot tell changes nothing on the server.
import { rename } from "node:fs/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFastScenario } from "../support/fast-scenario.ts";
import { simpleStack } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";
import { worldPicture } from "../support/world-picture.ts";

let scenario: Scenario;
beforeEach(async () => {
  scenario = await createFastScenario();
  await scenario.push({ "one.yaml": simpleStack("one"), "two.yaml": simpleStack("two") });
  scenario.engine().start();
  await until("both are ready", () => readyCount() === 2);
  scenario.writes();
});
afterEach(() => scenario.close());

function readyCount(): number {
  return scenario
    .engine()
    .stacks()
    .filter(({ outcome }) => outcome.kind === "converged").length;
}
const images = (): (string | null)[] =>
  worldPicture(scenario.simulator).applications.map(({ runs }) => runs);

/** The last good revision stays in force: the server is still looked at and still healed. */
async function expectInForce(message: RegExp): Promise<void> {
  scenario.engine().poke("test");
  const told = await until("it is told", () => scenario.engine().state().sourceError);
  expect(told).toMatch(message);
  const events = () =>
    scenario
      .engine()
      .events()
      .filter(({ kind }) => kind === "source-error");
  await until("it is an event", () => events().length > 0);
  expect(events()).toHaveLength(1);
  expect(scenario.writes()).toEqual([]);
  const [row] = [...scenario.simulator.state.applications.values()];
  scenario.simulator.state.removeSwarmService(row!.appName);
  await until("it runs again", () => images().every((image) => image !== null));
  await until("both are ready", () => readyCount() === 2);
  expect(worldPicture(scenario.simulator).projects).toHaveLength(2);
}

test("R7 a deleted branch is an error and prunes nothing; when it returns it is followed", async () => {
  const head = await scenario.repository.head();
  await scenario.repository.deleteBranch();
  await expectInForce(/branch|main/);
  await scenario.repository.reset(head!);
  scenario.engine().poke("test");
  await until("all is well", () => scenario.engine().state().sourceError === null);
});

test("R7 a deleted path is an error and prunes nothing", async () => {
  await scenario.push({ "one.yaml": null, "two.yaml": null });
  await expectInForce(/stacks/);
});

test("R7 a rewritten history is followed like any other commit", async () => {
  const commit = await scenario.repository.forcePush({
    "stacks/one.yaml": simpleStack("one", { image: "ghcr.io/acme/web:2" }),
    "stacks/two.yaml": simpleStack("two"),
  });
  scenario.engine().poke("test");
  await until("it is as rewritten", () => images().includes("ghcr.io/acme/web:2"));
  await until(
    "both are ready",
    () =>
      readyCount() === 2 &&
      scenario
        .engine()
        .stacks()
        .every(({ revision }) => revision === commit),
  );
  expect(scenario.writes()).toEqual([
    "application.update",
    "application.deploy",
    "application.update",
  ]);
});

test("R6 a repository that cannot be reached leaves the last good revision in force", async () => {
  const { url } = scenario.repository;
  await rename(url, `${url}.away`);
  await expectInForce(/repository/);
  await rename(`${url}.away`, url);
  await scenario.push({ "one.yaml": simpleStack("one", { image: "ghcr.io/acme/web:3" }) });
  scenario.engine().poke("test");
  await until("the new commit is followed", () => images().includes("ghcr.io/acme/web:3"));
});

test("R6 a start without a readable repository writes nothing and says why", async () => {
  await scenario.restart();
  await scenario.repository.deleteBranch();
  scenario.writes();
  await expect(scenario.apply()).rejects.toThrow(/no commits/);
  await scenario.restart();
  scenario.engine().start();
  await until("it is told", () => scenario.engine().state().sourceError);
  expect(scenario.engine().state().ready).toBe(false);
  expect(scenario.writes()).toEqual([]);
});
