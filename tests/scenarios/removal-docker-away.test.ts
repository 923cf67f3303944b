// While docker does not answer, Dokploy forgets what it is told to remove and leaves it running: Capstan waits.
import { afterEach, expect, test } from "vitest";
import { databaseText } from "../support/database-text.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { addDestination } from "../support/destination.ts";
import { simpleStack } from "../support/scenario.ts";
import { until } from "../support/until.ts";

let scenario: Scenario;
afterEach(() => scenario.close());

test("O3 O10 nothing is removed while docker does not answer, and nothing is left of it afterwards", async () => {
  scenario = await createFastScenario();
  addDestination(scenario.simulator, "s3");
  const data = [
    ...["apiVersion: capstan/v1", "kind: Stack", "metadata: { name: data }", "spec:"],
    ...["  databases:", ...databaseText("mysql", { version: "now", cron: "0 3 * * *" }), ""],
  ].join("\n");
  await scenario.push({ "data.yaml": data, "other.yaml": simpleStack("other") });
  expect((await scenario.apply()).ok).toBe(true);
  const { faults, log, state } = scenario.simulator;
  scenario.engine().start();
  await until("it is known", () => scenario.engine().stacks().length === 2);
  faults.dockerDown(true);
  log.clear();
  await scenario.push({ "data.yaml": null });
  await until("several looks have passed", () => log.count("project.all") >= 5);
  expect(log.count("mysql.remove")).toBe(0);
  faults.dockerDown(false);
  await until("it is removed", () => state.projects.size === 1);
  expect([...state.swarmServices.keys()].filter((name) => name.startsWith("data"))).toEqual([]);
});
