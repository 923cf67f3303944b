// Law O10 end to end: what Capstan made and whose application is gone is found and told, never touched.
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFastScenario } from "../support/fast-scenario.ts";
import { applicationOf } from "../support/looks.ts";
import { simpleStack } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";

let scenario: Scenario;
beforeEach(async () => {
  scenario = await createFastScenario();
});
afterEach(() => scenario.close());

const files = { "shop.yaml": simpleStack("shop"), "keep.yaml": simpleStack("keep") };
const orphans = () => scenario.engine().state().orphans;
const told = () =>
  scenario
    .engine()
    .events()
    .filter(({ kind, message }) => kind === "note" && message.includes("docker service rm"));

/** What Dokploy's own "delete project" leaves: the rows go, the swarm services stay. */
function dropRows(stack: string): void {
  const { state } = scenario.simulator;
  const { applicationId, environmentId } = applicationOf(scenario, stack);
  const { projectId } = state.environments.get(environmentId)!;
  state.applications.delete(applicationId);
  state.environments.delete(environmentId);
  state.projects.delete(projectId);
}
async function begin(): Promise<void> {
  await scenario.push(files);
  expect((await scenario.apply()).ok).toBe(true);
  await scenario.restart();
}
/** Waits for so many more lists. */
async function resyncs(count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const before = scenario.engine().state().lastListMs;
    await until("it lists again", () => scenario.engine().state().lastListMs !== before);
  }
}
const requests = (): number => scenario.simulator.log.entries.length;

test("O10 a swarm service whose application is gone is told, with the command that removes it", async () => {
  await begin();
  const { appName } = applicationOf(scenario, "shop");
  await scenario.push({ "shop.yaml": null });
  dropRows("shop");
  scenario.engine().start();
  await until("it is found", () => orphans().length > 0);
  expect(orphans()).toEqual([
    {
      appName,
      image: expect.stringContaining("ghcr.io/acme/web:1") as string,
      stack: null,
      command: `docker service rm ${appName}`,
    },
  ]);
  const { orphans: planned } = await scenario.engine().plan();
  expect(planned?.map(({ command }) => command)).toEqual([`docker service rm ${appName}`]);
  await resyncs(3);
  expect(told()).toHaveLength(1);
  expect(told()[0]?.message).toContain(`docker service rm ${appName}`);
  expect(scenario.simulator.state.swarmServices.has(appName)).toBe(true);

  // A person follows the advice.
  scenario.simulator.state.removeSwarmService(appName);
  await until("it is listed no more", () => orphans().length === 0);
});

test("O10 what this process removed and still runs is told with its stack", async () => {
  await scenario.push({ "s1.yaml": simpleStack("s1"), "s2.yaml": simpleStack("s2") });
  await begin();
  const { appName } = applicationOf(scenario, "shop");
  const { swarmServices } = scenario.simulator.state;
  const service = swarmServices.get(appName)!;
  scenario.engine().onEvent(({ message, stack }) => {
    if (stack === "shop" && message.startsWith("delete app/web")) {
      swarmServices.set(appName, service);
    }
  });
  scenario.engine().start();
  await scenario.push({ "shop.yaml": null });
  await until("it is found", () => orphans().length > 0);
  await until("its stack is known", () => orphans()[0]?.stack === "shop");
});

test("O10 services of other people are never mentioned", async () => {
  await begin();
  const { state } = scenario.simulator;
  const { project } = state.addProject({ name: "theirs" });
  const row = state.addApplication(project.projectId, { name: "blog", dockerImage: "nginx:1" });
  state.runApplication(row.applicationId);
  state.applications.delete(row.applicationId);
  scenario.engine().start();
  await until("it has looked", () =>
    scenario.simulator.log.entries.some(({ procedures }) =>
      procedures.includes("docker.getConfig"),
    ),
  );
  await resyncs(2);
  expect([orphans(), told()]).toEqual([[], []]);
  expect(state.swarmServices.has(row.appName)).toBe(true);
});

test("O10 R1 what is known is looked at once: a resync stays one request", async () => {
  await begin();
  await scenario.push({ "shop.yaml": null });
  dropRows("shop");
  scenario.engine().start();
  await until("it is found", () => orphans().length > 0);
  await resyncs(1);
  scenario.simulator.log.clear();
  await resyncs(4);
  const looks = scenario.simulator.log.entries.flatMap(({ procedures }) =>
    procedures.filter((name) => name === "docker.getConfig" || name === "project.one"),
  );
  expect(looks).toEqual([]);
  expect(requests()).toBe(scenario.simulator.log.count("project.all"));
});
