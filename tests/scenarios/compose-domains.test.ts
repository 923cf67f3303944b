// Domains of compose services, whose claims and deploys are not those of applications; and what many of them cost.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { composeStack, file } from "../support/compose-stack.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import type { Scenario } from "../support/scenario.ts";

let scenario: Scenario;
beforeEach(async () => {
  scenario = await createFastScenario({ secrets: { "queue-key": "k" } });
});
afterEach(() => scenario.close());

const state = () => scenario.simulator.state;
const row = () => [...state().compose.values()][0]!;
const deploys = (): number =>
  scenario.simulator.log.entries.filter(({ procedures }) => procedures.includes("compose.deploy"))
    .length;

async function push(extra: readonly string[]): Promise<void> {
  await scenario.push({
    "shop.yaml": composeStack("docker-compose", extra),
    "queue.compose.yaml": file,
  });
}
async function apply(): Promise<boolean> {
  return (await scenario.apply()).ok;
}
/** What a process that begins now would do. */
async function plansNow() {
  await scenario.restart();
  return (await scenario.engine().plan()).plans;
}
async function nothingLeftToDo(): Promise<void> {
  scenario.writes();
  expect(await apply()).toBe(true);
  expect(scenario.writes()).toEqual([]);
}

describe("domains", () => {
  const domain = (host: string): readonly string[] => [
    `domains: [ { service: web, host: ${host}, port: 80 } ]`,
  ];

  test("a changed domain leads to the deploy that it needs, and the plan says so", async () => {
    await push(domain("queue.example.com"));
    expect(await apply()).toBe(true);
    expect([...state().domains.values()]).toMatchObject([
      { host: "queue.example.com", serviceName: "web", domainType: "compose", port: 80 },
    ]);
    const labels = () =>
      JSON.stringify(
        state()
          .composeProjects.get(row().appName)
          ?.containers.map((one) => one.labels),
      );
    expect(labels()).toContain("Host(`queue.example.com`)");
    await push(domain("jobs.example.com"));
    const plans = await plansNow();
    expect(
      plans.flatMap(({ actions }) => actions.map(({ type, risk }) => [type, risk])),
    ).toContainEqual(["configure-service", "restart"]);
    expect(await apply()).toBe(true);
    expect(labels()).toContain("Host(`jobs.example.com`)");
    expect(labels()).not.toContain("queue.example.com");
    expect(deploys()).toBe(2);
    await nothingLeftToDo();
  });

  test("O2 a domain of another stack is claimed once", async () => {
    await scenario.push({
      "shop.yaml": composeStack("docker-compose", domain("queue.example.com")),
      "other.yaml": composeStack("docker-compose", domain("queue.example.com")).replace(
        "shop",
        "other",
      ),
      "queue.compose.yaml": file,
    });
    expect(await apply()).toBe(false);
    expect(state().compose.size).toBe(0);
    const { problems } = await scenario.engine().plan();
    expect(JSON.stringify(problems)).toContain("the domain queue.example.com is also claimed");
  });
});

test("R1 many compose services are observed in one request a pass, and one a tick of their rollouts", async () => {
  const names = Array.from({ length: 12 }, (_, index) => `s${index}`);
  const files = names.map((name): [string, string] => [
    `${name}.yaml`,
    composeStack("docker-compose").replace("name: shop", `name: ${name}`),
  ]);
  await scenario.push({ ...Object.fromEntries(files), "queue.compose.yaml": file });
  expect(await apply()).toBe(true);
  expect(deploys()).toBe(12);
  await apply();
  scenario.simulator.log.clear();
  expect(await apply()).toBe(true);
  const entries = scenario.simulator.log.entries;
  const asking = entries.filter(({ procedures }) =>
    procedures.includes("docker.getContainersByAppNameMatch"),
  );
  expect(asking).toHaveLength(1);
  expect(entries.filter(({ method }) => method === "POST")).toEqual([]);
});
