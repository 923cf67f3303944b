// Removals while other people are at work: in Dokploy, where things appear and move, and in Git, where what
// left returns.
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFastScenario } from "../support/fast-scenario.ts";
import { projectNames, projectOf, statusOf } from "../support/looks.ts";
import { simpleStack, simpleStacks } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";
import { worldPicture } from "../support/world-picture.ts";

let scenario: Scenario;
beforeEach(async () => {
  scenario = await createFastScenario();
});
afterEach(() => scenario.close());

const others = simpleStacks(["s1", "s2", "s3", "s4", "s5", "s6"]);
async function begin(shop = simpleStack("shop")): Promise<void> {
  await scenario.push({ "shop.yaml": shop, ...others });
  expect((await scenario.apply()).ok).toBe(true);
  scenario.writes();
}
const applicationNames = (): string[] =>
  [...scenario.simulator.state.applications.values()].map(({ name }) => name).sort();
/** Does something right after the first action of the stack `shop` that removes. */
function onceRemoving(act: () => void): void {
  let done = false;
  scenario.engine().onEvent(({ message, stack }) => {
    if (done || stack !== "shop" || !message.startsWith("delete app/")) return;
    done = true;
    act();
  });
}

test("O3 O9 what somebody puts into a project while it is being emptied keeps the project", async () => {
  await begin();
  await scenario.push({ "shop.yaml": null });
  await scenario.restart();
  const { projectId } = projectOf(scenario, "shop");
  onceRemoving(() => {
    scenario.simulator.state.addApplication(projectId, { name: "theirs" });
  });
  await scenario.engine().converge({ prune: true });
  expect(scenario.writes()).toEqual(["application.delete"]);
  expect(applicationNames()).toContain("theirs");
  expect(projectOf(scenario, "shop").projectId).toBe(projectId);
});

test("O1 R3 a service that loses its marker during a long rollout is not removed on the list from before it", async () => {
  const web = (tag: string): string =>
    simpleStack("shop", { image: `ghcr.io/acme/web:${tag}` }).replace(
      "stableFor: 0s",
      "stableFor: 15s",
    );
  const api = "    api: { image: ghcr.io/acme/web:1, rollout: { stableFor: 0s } }\n    web:";
  await begin(web("1").replace("    web:", api));
  await scenario.push({ "shop.yaml": web("2") });
  await scenario.restart();
  const { applications } = scenario.simulator.state;
  const theirs = [...applications.values()].find(({ name }) => name === "api")!;
  scenario.engine().onEvent(({ message, stack }) => {
    if (stack === "shop" && message.startsWith("deploy app/web")) theirs.description = "mine now";
  });
  expect((await scenario.engine().converge({ prune: true })).ok).toBe(true);
  expect(theirs.description).toBe("mine now");
  expect(scenario.writes()).not.toContain("application.delete");
  expect(applicationNames()).toContain("api");
});

test("O4 a stack that returns to Git while its removal is under way loses no more of it", async () => {
  const two = simpleStack("shop").replace(
    "    web:",
    "    api: { image: ghcr.io/acme/web:1, rollout: { stableFor: 0s } }\n    web:",
  );
  await scenario.close();
  let deletions = 0;
  scenario = await createFastScenario({
    wrapPlatform: (platform) => ({
      ...platform,
      async deleteService(service) {
        await platform.deleteService(service);
        deletions += 1;
        if (deletions > 1) return;
        const revision = await scenario.push({ "shop.yaml": two });
        scenario.engine().poke("it returned");
        await until("Git was read", () => scenario.engine().state().revision === revision);
      },
    }),
  });
  await begin(two);
  const { projectId } = projectOf(scenario, "shop");
  await scenario.push({ "shop.yaml": null });
  await scenario.restart();
  scenario.engine().start();
  await until(
    "it is back",
    () => deletions > 0 && statusOf(scenario, "shop")?.outcome.kind === "converged",
  );
  expect(deletions).toBe(1);
  expect(projectOf(scenario, "shop").projectId).toBe(projectId);
  expect(worldPicture(scenario.simulator).orphans).toEqual([]);
});

const retained = simpleStack("shop").replace("spec:", "spec:\n  deletionPolicy: retain");

for (const [what, between] of [
  ["", null],
  [", and was broken in between", retained.replace("spec:", "spec:\n  nonsense: 1")],
] as const) {
  test(`O7 a stack that was retained before any run could write that down is kept${what}`, async () => {
    await begin();
    const { projectId } = projectOf(scenario, "shop");
    await scenario.restart();
    const engine = scenario.engine();
    await engine.lead();
    engine.start();
    await until("it was seen", () => statusOf(scenario, "shop")?.outcome.kind === "converged");
    engine.suspend("shop", "a person");
    for (const content of [retained, ...(between === null ? [] : [between]), null]) {
      const revision = await scenario.push({ "shop.yaml": content });
      engine.poke("a push");
      await until("Git was read", () => engine.state().revision === revision);
    }
    engine.resume("shop", "a person");
    const kept = await until("it is said to be kept", () => {
      const { outcome } = statusOf(scenario, "shop") ?? {};
      return outcome?.kind === "waiting" && outcome.reason === "retained" ? outcome : undefined;
    });
    expect(kept.message).toContain("is kept");
    expect(projectOf(scenario, "shop").description).toContain("keep=yes");

    // It is known to whoever comes next, whatever this machine forgets.
    await scenario.loseStore();
    await scenario.engine().converge({ prune: true });
    expect(projectOf(scenario, "shop").projectId).toBe(projectId);
    expect(applicationNames()).toHaveLength(7);
  });
}

test("O3 O9 a project that stays because of somebody's service is told as long as it is there", async () => {
  await begin();
  const { projectId } = projectOf(scenario, "shop");
  scenario.simulator.state.addApplication(projectId, { name: "theirs" });
  await scenario.push({ "shop.yaml": null });
  for (let time = 0; time < 2; time++) {
    expect((await scenario.apply()).ok).toBe(true);
    expect(statusOf(scenario, "shop")?.outcome).toMatchObject({
      kind: "waiting",
      reason: "retained",
      message: expect.stringContaining("theirs") as string,
    });
  }
  expect(applicationNames()).toContain("theirs");
});

test("O3 what was moved out of its project is told when its stack leaves Git, and never removed", async () => {
  await begin();
  const { state } = scenario.simulator;
  const { project, environment } = state.addProject({ name: "theirs" });
  const web = [...state.applications.values()].find(({ appName }) => appName.startsWith("shop-"))!;
  web.environmentId = environment.environmentId;
  await scenario.push({ "shop.yaml": null });
  await scenario.apply();
  for (let time = 0; time < 2; time++) {
    await scenario.apply();
    expect(statusOf(scenario, "shop")?.outcome).toMatchObject({
      kind: "waiting",
      reason: "retained",
      message: expect.stringContaining(web.applicationId) as string,
    });
  }
  expect(state.applications.has(web.applicationId)).toBe(true);
  expect(state.projects.has(project.projectId)).toBe(true);
  expect(projectNames(scenario)).not.toContain("shop");
});
