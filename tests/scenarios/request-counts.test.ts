// What work costs in requests: the figures that the README promises.
import { afterEach, expect, test } from "vitest";
import { createScenario, simpleStack } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";

let scenario: Scenario;
afterEach(() => scenario.close());

const names = Array.from({ length: 20 }, (_, index) => `stack-${String(index).padStart(2, "0")}`);

test("counts", async () => {
  scenario = await createScenario({ simulator: { timeScale: 0.1, latency: "measured" }, engine: { workers: 20, rolloutTickMs: 100 } });
  const files = (env: string) => Object.fromEntries(names.map((name) => [`${name}.yaml`, simpleStack(name, { env: { MODE: env } })]));
  const show = (what: string) => {
    const { entries } = scenario.simulator.log;
    console.log(what, entries.length, JSON.stringify(scenario.simulator.log.counts()));
    console.log(entries.map((e) => `${e.write ? "W" : "R"} ${e.startedAt % 100000} ${e.batchSize} ${[...new Set(e.procedures)].join(",")}`).join("\n"));
    scenario.simulator.log.clear();
  };
  await scenario.push(files("a"));
  const t = Date.now();
  expect((await scenario.apply()).ok).toBe(true);
  console.log(Date.now() - t);
  show("create");
  expect((await scenario.apply()).ok).toBe(true);
  show("nothing");
  await scenario.push(files("b"));
  expect((await scenario.apply()).ok).toBe(true);
  show("env");
});
