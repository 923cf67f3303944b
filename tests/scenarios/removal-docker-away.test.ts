// While docker does not answer, Dokploy forgets what it is told to remove and leaves it running: Capstan waits.
import { afterEach, expect, test } from "vitest";
import { databaseText } from "../support/database-text.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { addDestination } from "../support/destination.ts";
import { simpleStack } from "../support/scenario.ts";
import { until } from "../support/until.ts";

const data = [
  ...["apiVersion: capstan/v1", "kind: Stack", "metadata: { name: data }", "spec:"],
  ...["  databases:", ...databaseText("mysql", { version: "now", cron: "0 3 * * *" }), ""],
].join("\n");

let scenario: Scenario;
afterEach(() => scenario.close());

test("O3 O10 nothing is removed while docker does not answer, and nothing is left of it afterwards", async () => {
  scenario = await createFastScenario();
  addDestination(scenario.simulator, "s3");
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

test("O3 O10 what runs on because docker went away during its removal is told with the command that ends it", async () => {
  let begins = (): void => undefined;
  scenario = await createFastScenario({
    wrapPlatform: (platform) => ({
      ...platform,
      deleteService(service) {
        begins();
        return platform.deleteService(service);
      },
    }),
  });
  addDestination(scenario.simulator, "s3");
  const others = ["one", "two", "three"].map((name) => [`${name}.yaml`, simpleStack(name)]);
  await scenario.push({ "data.yaml": data, ...Object.fromEntries(others) });
  expect((await scenario.apply()).ok).toBe(true);
  const { faults, log, state } = scenario.simulator;
  const left = () => [...state.swarmServices.keys()].filter((name) => name.startsWith("data"));
  const [appName] = left();
  begins = () => {
    faults.dockerDown(true);
  };
  scenario.engine().start();
  await scenario.push({ "data.yaml": null });
  await until("Dokploy was told", () => log.count("mysql.remove") === 1);
  await until("it waits for docker", () =>
    scenario
      .engine()
      .events()
      .some(({ message }) => message.includes("the swarm does not answer")),
  );
  expect(left()).toEqual([appName]);
  faults.dockerDown(false);
  const ends = (): string =>
    JSON.stringify(
      scenario
        .engine()
        .stacks()
        .map(({ outcome }) => outcome),
    );
  await until("it is told", () => ends().includes(`docker service rm ${appName}`));
  // A process that starts with nothing tells it too.
  await scenario.loseStore();
  scenario.engine().start();
  await until("it is an orphan", () => scenario.engine().state().orphans.length === 1);
  expect(scenario.engine().state().orphans).toMatchObject([{ appName }]);
});
