// What work costs in requests, on a server that takes its time as a real one does: the figures that the documentation
// promises. Times are never asserted.
import { afterEach, expect, test } from "vitest";
import { parseMarker, sameWant } from "../../src/model/marker.ts";
import type { LoggedRequest } from "../../src/simulator/requestLog.ts";
import { createScenario, simpleStacks } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";

let scenario: Scenario;
afterEach(() => scenario.close());

const timeScale = 0.1;
const tickMs = 1_000 * timeScale;

const namesOf = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `stack-${String(index).padStart(3, "0")}`);

const manifests = (names: readonly string[], mode: string) =>
  simpleStacks(names, { env: { MODE: mode } });

function requests(): readonly LoggedRequest[] {
  const entries = [...scenario.simulator.log.entries];
  scenario.simulator.log.clear();
  return entries;
}

async function converged(): Promise<readonly LoggedRequest[]> {
  expect((await scenario.apply()).ok).toBe(true);
  return requests();
}

test("20 stacks are made, left alone and changed in few requests", async () => {
  scenario = await createScenario({
    simulator: { timeScale, latency: "measured" },
    engine: { rolloutTickMs: tickMs },
  });
  const names = namesOf(20);
  await scenario.push(manifests(names, "first"));
  const created = await converged();
  expect(scenario.simulator.state.projects.size).toBe(20);
  expect(scenario.simulator.state.domains.size).toBe(20);
  // Domains and deployments alone are 40.
  expect(created.length).toBeLessThanOrEqual(90);
  const alone = new Set(["domain.create", "application.deploy"]);
  const shared = created.filter(({ batchSize }) => batchSize > 1);
  expect(shared.flatMap(({ procedures }) => procedures).filter((name) => alone.has(name))).toEqual(
    [],
  );

  expect(await converged()).toHaveLength(1);

  await scenario.push(manifests(names, "second"));
  // `capstan plan`, and the first that `capstan apply` says.
  await scenario.restart();
  const planned = await scenario.engine().plan();
  expect(planned.plans.map(({ stack }) => stack)).toEqual(names);
  expect(requests().map(({ batchSize }) => batchSize)).toEqual([4, 20]);

  const changed = await converged();
  expect(changed.length).toBeLessThanOrEqual(90);
  const rows = [...scenario.simulator.state.applications.values()];
  expect(rows.map(({ env }) => env)).toEqual(rows.map(() => "MODE=second"));
  const details = changed.filter(({ procedures }) => procedures.includes("application.one"));
  expect(details.map(({ batchSize }) => batchSize)).toEqual([20]);
});

test("a tick is one request with 100 rollouts in flight", async () => {
  const names = namesOf(100);
  // Each of them is watched for so long that all are in flight together.
  const watched = Object.fromEntries(
    Object.entries(manifests(names, "first")).map(([path, text]) => [
      path,
      text.replace("stableFor: 0s, timeout: 20s", "stableFor: 10m, timeout: 20m"),
    ]),
  );
  scenario = await createScenario({
    simulator: { timeScale: 0.01 },
    // Nothing else asks meanwhile: no poll, no resync, no deep check.
    engine: {
      rolloutTickMs: 50,
      pollSchedule: "0 0 1 1 *",
      resyncIntervalMs: 600_000,
      deepCheckIntervalMs: 3_600_000,
    },
  });
  await scenario.push(watched);
  const { simulator } = scenario;
  scenario.engine().start();
  await until("all are deployed", () => simulator.log.count("application.deploy") === 100);
  /** Healthy is what their markers do not say yet. */
  const inFlight = () =>
    [...simulator.state.applications.values()].filter(({ description }) => {
      const marker = parseMarker(description);
      return marker !== null && !sameWant(marker.want, marker.done);
    }).length;
  expect(inFlight()).toBe(100);
  const isTick = ({ procedures }: LoggedRequest): boolean =>
    procedures.includes("deployment.queueList");
  // The last of them are looked into once, when they run.
  await until("all were found right", () => simulator.log.entries.slice(-8).every(isTick));
  requests();
  await until("ten ticks", () => simulator.log.count("deployment.queueList") > 10);
  expect(inFlight()).toBe(100);
  const seen = requests();
  // What was right when it was looked into is not looked into again while it is watched.
  expect(seen.filter((request) => !isTick(request))).toEqual([]);
  expect(Math.max(...seen.map(({ batchSize }) => batchSize))).toBeLessThanOrEqual(50);
});
