// What lasts is told and stored once, not again with every resync.
import { afterEach, expect, test } from "vitest";
import { createScenario, simpleStack, simpleStacks } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";

let scenario: Scenario;
afterEach(() => scenario.close());

const names = ["one", "two", "three", "four", "five", "six"];
const outcomes = () =>
  scenario
    .engine()
    .events()
    .filter(({ kind }) => kind === "outcome");
const stored = () => scenario.store().events(1_000, { kinds: ["outcome"] });

async function resyncs(count: number): Promise<void> {
  const lists = (): number => scenario.simulator.log.count("project.all");
  const before = lists();
  await until(`${count} resyncs`, () => lists() >= before + count);
}

test("stacks that wait for an approval say so once", async () => {
  scenario = await createScenario({ engine: { resyncIntervalMs: 50 } });
  const all = [...names, "last"];
  await scenario.push(simpleStacks(all));
  await scenario.apply();
  await scenario.push(Object.fromEntries(names.map((name) => [`${name}.yaml`, null])));
  await scenario.restart();
  const engine = scenario.engine();
  engine.start();
  await until("all wait", () => {
    const waiting = engine.stacks().filter(({ outcome }) => outcome.kind === "waiting");
    return waiting.length === names.length;
  });
  await resyncs(5);
  const waiting = (list: ReturnType<typeof outcomes>) =>
    list.flatMap(({ stack, outcome }) => (outcome?.reason === "approval" ? [stack] : [])).sort();
  expect(waiting(outcomes())).toEqual([...names].sort());
  expect(waiting([...stored()])).toEqual([...names].sort());
  const runs = scenario.store().runs(null, 1_000);
  expect(runs.filter(({ outcome }) => outcome === "waiting")).toHaveLength(names.length);
});

test("a stack that fails with the same words at every try says so once", async () => {
  scenario = await createScenario({ engine: { resyncIntervalMs: 50 } });
  await scenario.push({ "shop.yaml": simpleStack("shop") });
  scenario.simulator.faults.add({
    procedure: "application.create",
    kind: "status500",
    times: "always",
  });
  const engine = scenario.engine();
  engine.start();
  await until(
    "it was tried three times",
    () => scenario.simulator.log.count("application.create") >= 3,
  );
  expect(outcomes().filter(({ outcome }) => outcome?.kind === "failed")).toHaveLength(1);
  const failed = engine.events().filter(({ action }) => action?.status === "failed");
  expect(failed.map(({ action }) => action?.type)).toEqual(["create-service"]);
});

test("a crash loop tells its states once and how often it ended", async () => {
  scenario = await createScenario({
    simulator: { crashAfterMs: 3_000 },
    engine: { resyncIntervalMs: 100 },
  });
  const manifest = simpleStack("shop", { image: "ghcr.io/acme/web:crash" });
  await scenario.push({
    "shop.yaml": manifest.replace("stableFor: 0s, timeout: 20s", "stableFor: 1s, timeout: 2s"),
  });
  const engine = scenario.engine();
  engine.start();
  const verdict = await until("it is given up", () =>
    engine.events().find(({ rollout }) => rollout?.phase === "failed"),
  );
  expect(verdict.message).toMatch(/its containers were seen to end \d+ times/);
  const steps = engine.events().flatMap(({ rollout, message }) => (rollout ? [message] : []));
  expect(steps).toEqual([...new Set(steps)]);
  await resyncs(5);
  const kinds = outcomes().map(({ outcome }) => outcome?.kind);
  expect(kinds).toEqual(["progressing", "degraded"]);
});
