// Settings of an application that the swarm alone knows: written, read back, healed, and taken away again.
import { afterEach, expect, test } from "vitest";
import { createScenario, simpleStack } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";

let scenario: Scenario;
afterEach(() => scenario.close());

const row = () => [...scenario.simulator.state.applications.values()][0]!;
const domain = () => [...scenario.simulator.state.domains.values()][0]!;

function withSettings(lines: readonly string[]): string {
  const text = simpleStack("shop").replace("port: 8080", "port: 8080, entrypoint: admin");
  return text.replace(/^( +)image:.*$/m, (image, indent: string) =>
    [image, ...lines.map((line) => `${indent}${line}`)].join("\n"),
  );
}

const settings = [
  "stopGracePeriod: 90s",
  "ulimits: { nofile: { soft: 1024, hard: 65535 }, core: 0 }",
  "rollback: { parallelism: 2, monitor: 10s }",
];
const stored = {
  stopGracePeriodSwarm: 90_000_000_000,
  ulimitsSwarm: [
    { Name: "core", Soft: 0, Hard: 0 },
    { Name: "nofile", Soft: 1024, Hard: 65_535 },
  ],
  rollbackConfigSwarm: {
    ...{ Parallelism: 2, Order: "start-first", FailureAction: "pause" },
    Monitor: 10_000_000_000,
  },
};

test("W1 settings of the swarm are made, found as they are, healed, and taken away", async () => {
  scenario = await createScenario({ engine: { deepCheckIntervalMs: 500 } });
  await scenario.push({ "shop.yaml": withSettings(settings) });
  expect((await scenario.apply()).ok).toBe(true);
  expect(row()).toMatchObject(stored);
  expect(domain().customEntrypoint).toBe("admin");
  const live = () => scenario.simulator.state.swarmServices.get(row().appName)?.spec;
  expect(live()?.TaskTemplate.ContainerSpec).toMatchObject({ StopGracePeriod: 90_000_000_000 });

  scenario.writes();
  expect((await scenario.apply()).ok).toBe(true);
  expect(scenario.writes()).toEqual([]);

  scenario.simulator.state.editApplication(row().applicationId, {
    ulimitsSwarm: [{ Name: "nofile", Soft: 1, Hard: 1 }],
    stopGracePeriodSwarm: null,
  });
  scenario.engine().start();
  await until("it is as Git says", () => {
    const { stopGracePeriodSwarm, ulimitsSwarm } = row();
    return stopGracePeriodSwarm !== null && JSON.stringify(ulimitsSwarm).includes("65535");
  });
  expect(row()).toMatchObject(stored);
  await scenario.restart();

  await scenario.push({ "shop.yaml": simpleStack("shop") });
  expect((await scenario.apply()).ok).toBe(true);
  expect(row()).toMatchObject({
    ...{ stopGracePeriodSwarm: null, ulimitsSwarm: null, rollbackConfigSwarm: null },
    endpointSpecSwarm: null,
  });
  expect(domain().customEntrypoint).toBeNull();
});

test("an endpoint of its own for each container is written, and so is its end", async () => {
  scenario = await createScenario();
  await scenario.push({ "shop.yaml": withSettings(["endpointMode: dnsrr"]) });
  expect((await scenario.apply()).ok).toBe(true);
  expect(row().endpointSpecSwarm).toEqual({ Mode: "dnsrr" });
  const mode = () =>
    scenario.simulator.state.swarmServices.get(row().appName)?.spec.EndpointSpec.Mode;
  expect(mode()).toBe("dnsrr");
  await scenario.push({ "shop.yaml": simpleStack("shop") });
  expect((await scenario.apply()).ok).toBe(true);
  expect(mode()).toBe("vip");
});
