// Law O4 end to end: a removal that was begun is brought to its end, whatever fails and whoever restarts,
// and what was half removed is still ours.
import { afterEach, beforeEach, expect, test } from "vitest";
import { CapstanError } from "../../src/lib/errors.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import { applicationOf, projectNames, projectOf, statusOf } from "../support/looks.ts";
import { simpleStack, simpleStacks } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";
import { worldPicture } from "../support/world-picture.ts";

let scenario: Scenario;
beforeEach(async () => {
  scenario = await createFastScenario();
});
afterEach(() => scenario.close());

const names = (count: number): string[] => Array.from({ length: count }, (_, n) => `s${n}`);
const stacks = (count: number): Record<string, string> => simpleStacks(names(count));
const removed = (...leaving: string[]): Record<string, null> =>
  Object.fromEntries(leaving.map((name) => [`${name}.yaml`, null]));

async function begin(files: Record<string, string>): Promise<void> {
  await scenario.push(files);
  expect((await scenario.apply()).ok).toBe(true);
  scenario.writes();
}
async function digestNow(): Promise<string> {
  await scenario.restart();
  const { heldPrune } = await scenario.engine().plan();
  return heldPrune?.digest ?? "none";
}
const orphans = (): string[] => worldPicture(scenario.simulator).orphans;
const outcomeOf = (stack: string) => statusOf(scenario, stack)?.outcome;

test("O4 a removal that was approved goes on after a restart, and asks nobody again", async () => {
  await begin(stacks(6));
  await scenario.push(removed("s3", "s4", "s5"));
  const digest = await digestNow();
  const undo = scenario.simulator.faults.add({
    kind: "status500",
    procedure: "project.remove",
    times: "always",
  });
  expect((await scenario.apply({ approved: [digest] })).ok).toBe(false);
  expect(projectNames(scenario)).toEqual(names(6));
  undo();
  expect((await scenario.apply()).ok).toBe(true);
  expect([projectNames(scenario), orphans()]).toEqual([names(3), []]);
});

test("O4 a plan lets nothing go: what waits for an approval waits after it as well", async () => {
  await begin(stacks(6));
  await scenario.push(removed("s3", "s4", "s5"));
  await digestNow();
  const { plans, heldPrune } = await scenario.engine().plan();
  expect(heldPrune?.reason).toEqual({ kind: "many-stacks", going: 3, owned: 6 });
  const leaving = plans.filter(({ actions }) => actions.length > 0);
  expect(leaving.map(({ stack, actions }) => [stack, actions.map(({ type }) => type)])).toEqual(
    ["s3", "s4", "s5"].map((stack) => [stack, ["delete-service", "delete-project"]]),
  );
  await scenario.apply();
  expect(scenario.writes()).toEqual([]);
});

test("O3 O4 a swarm service that outlived its application is looked for until it is gone, restarts included", async () => {
  await begin({ "shop.yaml": simpleStack("shop"), ...stacks(4) });
  const { state } = scenario.simulator;
  const { appName } = applicationOf(scenario, "shop");
  const service = state.swarmServices.get(appName)!;
  await scenario.push(removed("shop"));
  await scenario.restart();
  scenario.engine().onEvent(({ message }) => {
    if (message.startsWith("delete app/web")) state.swarmServices.set(appName, service);
  });
  const first = await scenario.engine().converge({ prune: true });
  expect(first.ok).toBe(false);
  expect(projectNames(scenario)).toEqual(names(4));

  const again = await scenario.apply();
  expect(again.ok).toBe(false);
  expect(outcomeOf("shop")).toMatchObject({
    kind: "failed",
    message: expect.stringContaining(`docker service rm ${appName}`) as string,
  });
  const { plans } = await scenario.engine().plan();
  expect(plans.find(({ stack }) => stack === "shop")?.notes).toEqual([
    { kind: "orphan", message: expect.stringContaining(appName) as string },
  ]);
  expect(state.swarmServices.has(appName)).toBe(true);

  state.removeSwarmService(appName);
  expect((await scenario.apply()).ok).toBe(true);
  expect(outcomeOf("shop")).toBeUndefined();
  await scenario.apply();
  expect(outcomeOf("shop")).toBeUndefined();
});

test("O4 a stack that returns while it is half removed takes its project back, and is ours", async () => {
  await begin({ "shop.yaml": simpleStack("shop"), ...stacks(4) });
  const { projectId } = projectOf(scenario, "shop");
  scenario.simulator.faults.add({
    kind: "status500",
    procedure: "project.remove",
    times: "always",
  });
  await scenario.push(removed("shop"));
  expect((await scenario.apply()).ok).toBe(false);
  expect(worldPicture(scenario.simulator).applications).not.toContainEqual(
    expect.objectContaining({ name: "shop-web" }),
  );
  scenario.simulator.faults.clear();
  scenario.writes();

  await scenario.push({ "shop.yaml": simpleStack("shop") });
  expect((await scenario.apply()).ok).toBe(true);
  expect(scenario.writes()).not.toContain("project.create");
  expect(projectOf(scenario, "shop").projectId).toBe(projectId);
  expect(applicationOf(scenario, "shop").dockerImage).toBe("ghcr.io/acme/web:1");
  expect(orphans()).toEqual([]);
});

test("O4 what Git took back is judged anew when it leaves again", async () => {
  await begin(stacks(6));
  scenario.simulator.faults.add({
    kind: "status500",
    procedure: "application.delete",
    times: "always",
  });
  await scenario.push(removed("s3", "s4", "s5"));
  await scenario.apply({ approved: [await digestNow()] });
  scenario.simulator.faults.clear();
  const { "s3.yaml": s3, "s4.yaml": s4, "s5.yaml": s5 } = stacks(6);
  await scenario.push({ "s3.yaml": s3!, "s4.yaml": s4!, "s5.yaml": s5! });
  expect((await scenario.apply()).ok).toBe(true);
  scenario.writes();
  await scenario.push(removed("s3", "s4", "s5"));
  await scenario.apply();
  expect(outcomeOf("s3")).toMatchObject({ kind: "waiting", reason: "approval" });
  expect(scenario.writes()).toEqual([]);
});

test("O6 what Git took back is judged anew also when it never became as Git says", async () => {
  await begin(stacks(6));
  scenario.simulator.faults.add({
    kind: "status500",
    procedure: "application.delete",
    times: "always",
  });
  await scenario.push(removed("s3", "s4", "s5"));
  await scenario.apply({ approved: [await digestNow()] });
  const spoilt = Object.fromEntries(
    ["s3", "s4", "s5"].map((name) => [
      `${name}.yaml`,
      simpleStack(name, { extra: "    more: { image: ghcr.io/acme/web:1 }" }),
    ]),
  );
  scenario.simulator.faults.add({
    kind: "status500",
    procedure: "application.create",
    times: "always",
  });
  await scenario.push(spoilt);
  expect((await scenario.apply()).ok).toBe(false);
  scenario.simulator.faults.clear();
  scenario.writes();
  await scenario.push(removed("s3", "s4", "s5"));
  await scenario.apply();
  expect(outcomeOf("s3")).toMatchObject({ kind: "waiting", reason: "approval" });
  expect(scenario.writes()).toEqual([]);
});

test("O4 a removal that Dokploy refuses for once is tried again", async () => {
  await scenario.close();
  let refusals = 1;
  scenario = await createFastScenario({
    wrapPlatform: (platform) => ({
      ...platform,
      async deleteService(service) {
        refusals -= 1;
        if (refusals >= 0) throw new CapstanError("invalid", "Dokploy refused it");
        await platform.deleteService(service);
      },
    }),
  });
  await begin(stacks(4));
  await scenario.push(removed("s3"));
  expect((await scenario.apply()).ok).toBe(true);
  expect(projectNames(scenario)).toEqual(names(3));
});

for (const kind of ["lateWrite", "answerLost"] as const) {
  test(`O4 W3 a stack that returns while its project's removal was not answered ends whole (${kind})`, async () => {
    await begin({ "shop.yaml": simpleStack("shop"), ...stacks(4) });
    const { projectId } = projectOf(scenario, "shop");
    // Two seconds in this world; Capstan reckons with two and a half.
    scenario.simulator.faults.add({
      kind,
      procedure: "project.remove",
      ms: 40_000,
      times: kind === "lateWrite" ? "always" : 1,
    });
    await scenario.push(removed("shop"));
    await scenario.restart({ lookAgainMs: 25_000 });
    const back = new Promise<void>((resolve) => {
      scenario.engine().onEvent(({ message }) => {
        if (message.startsWith("delete project shop")) resolve();
      });
    });
    scenario.engine().start();
    await back;
    await scenario.push({ "shop.yaml": simpleStack("shop") });
    scenario.engine().poke("it returned");
    await until("the removal happened", () => !scenario.simulator.state.projects.has(projectId));
    const isBack = (): boolean =>
      [...scenario.simulator.state.applications.values()].some(({ appName }) =>
        appName.startsWith("shop-"),
      );
    await until("it is back", () => outcomeOf("shop")?.kind === "converged" && isBack());
    expect(projectNames(scenario)).toEqual([...names(4), "shop"]);
    expect(applicationOf(scenario, "shop").dockerImage).toBe("ghcr.io/acme/web:1");
    expect(orphans()).toEqual([]);
    scenario.writes();
    expect((await scenario.apply()).ok).toBe(true);
    expect(scenario.writes()).toEqual([]);
  });
}

test("O4 an environment whose removal failed goes with the next pass, though nothing is left in it", async () => {
  const withStaging = [
    "apiVersion: capstan/v1",
    "kind: Stack",
    "metadata: { name: shop }",
    "spec:",
    "  applications:",
    "    web: { image: nginx:1, rollout: { stableFor: 0s } }",
    "  environments: { production: {}, staging: {} }",
    "",
  ].join("\n");
  await begin({ "shop.yaml": withStaging, ...stacks(4) });
  const environments = (): string[] => worldPicture(scenario.simulator).environments;
  const undo = scenario.simulator.faults.add({
    kind: "status500",
    procedure: "environment.remove",
    times: "always",
  });
  await scenario.push({ "shop.yaml": withStaging.replace(", staging: {}", "") });
  expect((await scenario.apply()).ok).toBe(false);
  expect(environments()).toContain("staging");
  undo();
  expect((await scenario.apply()).ok).toBe(true);
  expect(environments()).not.toContain("staging");
});
