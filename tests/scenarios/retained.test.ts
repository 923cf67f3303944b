// Law O7 end to end: what a manifest says shall stay stays when it leaves Git, says so, and goes back only
// to the manifest that it belonged to.
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseMarker } from "../../src/model/marker.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import { projectOf, statusOf } from "../support/looks.ts";
import { simpleStack, simpleStacks } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";
import { worldPicture } from "../support/world-picture.ts";

let scenario: Scenario;
beforeEach(async () => {
  scenario = await createFastScenario();
});
afterEach(() => scenario.close());

const retained = simpleStack("shop").replace("spec:", "spec:\n  deletionPolicy: retain");
const unpruned = simpleStack("shop").replace("spec:", "spec:\n  sync: { prune: false }");
const others = simpleStacks(["s1", "s2", "s3", "s4"]);

async function begin(manifest: string): Promise<void> {
  await scenario.push({ "shop.yaml": manifest, ...others });
  expect((await scenario.apply()).ok).toBe(true);
  scenario.writes();
}
async function leave(): Promise<void> {
  await scenario.push({ "shop.yaml": null });
  expect((await scenario.apply()).ok).toBe(true);
}
const shop = () => statusOf(scenario, "shop");

for (const [what, manifest] of [
  ["deletionPolicy: retain", retained],
  ["prune: false", unpruned],
] as const) {
  test(`O7 ${what}: the stack outlives its manifest, says so, and is taken back when it returns`, async () => {
    await begin(manifest);
    const before = worldPicture(scenario.simulator).applications;
    await leave();
    // Its leaving is noted on the project, and nothing else is written.
    expect(scenario.writes()).toEqual(["project.update"]);
    expect(parseMarker(projectOf(scenario, "shop").description)).toMatchObject({
      keep: true,
      rev: expect.stringMatching(/^[0-9a-f]{12}$/) as string,
    });
    expect(shop()).toMatchObject({
      outcome: { kind: "waiting", reason: "retained" },
      plan: { notes: [{ kind: "retained" }] },
    });
    await scenario.apply();
    expect(scenario.writes()).toEqual([]);

    await scenario.push({ "shop.yaml": manifest });
    expect((await scenario.apply()).ok).toBe(true);
    expect(scenario.writes()).toEqual(["project.update"]);
    expect(parseMarker(projectOf(scenario, "shop").description)).toMatchObject({
      keep: true,
      rev: null,
    });
    expect(worldPicture(scenario.simulator).applications).toEqual(before);
  });
}

test("O7 a plan shows what is kept, and that nothing of it goes", async () => {
  await begin(retained);
  await scenario.push({ "shop.yaml": null });
  await scenario.restart();
  const { plans } = await scenario.engine().plan();
  const plan = plans.find(({ stack }) => stack === "shop");
  expect(plan?.actions.map(({ type }) => type)).toEqual(["mark"]);
  expect(plan?.notes.map(({ kind }) => kind)).toEqual(["retained"]);
  expect(scenario.writes()).toEqual([]);
});

for (const [what, files] of [
  ["another file", { "users/mallory.yaml": retained }],
  ["another project's name", { "shop.yaml": retained.replace("spec:", "spec:\n  project: store") }],
  [
    "`adopt: true` in another file",
    { "users/mallory.yaml": retained.replace("spec:", "spec:\n  adopt: true") },
  ],
  [
    "`previousName` in another stack",
    {
      "users/mallory.yaml": simpleStack("mallory").replace(
        "metadata: { name: mallory }",
        "metadata: { name: mallory, previousName: shop }",
      ),
    },
  ],
] as const) {
  test(`O7 ${what} does not get a kept project: a conflict names it`, async () => {
    await begin(retained);
    const { projectId } = projectOf(scenario, "shop");
    await leave();
    scenario.writes();
    await scenario.push(files);
    await scenario.apply();
    expect(scenario.writes()).toEqual([]);
    const conflicts = scenario
      .engine()
      .stacks()
      .flatMap(({ outcome }) =>
        outcome.kind === "waiting" && outcome.reason === "conflict" ? [outcome.message] : [],
      );
    expect(conflicts).toEqual([expect.stringContaining(`adopt: ${projectId}`)]);
    expect(conflicts[0]).toContain("stacks/shop.yaml");
  });
}

test("O7 `adopt` with the project's id gives a kept project to another manifest", async () => {
  await begin(retained);
  const { projectId } = projectOf(scenario, "shop");
  await leave();
  const adopting = retained.replace("spec:", `spec:\n  adopt: ${projectId}`);
  await scenario.push({ "users/heir.yaml": adopting });
  expect((await scenario.apply()).ok).toBe(true);
  expect(projectOf(scenario, "shop").projectId).toBe(projectId);
  expect(parseMarker(projectOf(scenario, "shop").description)?.rev).toBeNull();
  // From now on it is that manifest's: it may leave and return.
  await scenario.push({ "users/heir.yaml": null });
  expect((await scenario.apply()).ok).toBe(true);
  await scenario.push({ "users/heir.yaml": retained });
  expect((await scenario.apply()).ok).toBe(true);
});

test("O7 when nobody remembers whose it was, a kept project goes back to nobody by itself", async () => {
  await begin(retained);
  await leave();
  await scenario.loseStore();
  scenario.writes();
  await scenario.push({ "shop.yaml": retained });
  await scenario.apply();
  expect(shop()?.outcome).toMatchObject({
    reason: "conflict",
    message: expect.stringContaining("is not remembered") as string,
  });
  expect(scenario.writes()).toEqual([]);
});

test("a lost store harms no kept stack that is in Git, and O8 its file may move", async () => {
  await begin(retained);
  await scenario.loseStore();
  await scenario.push({ "shop.yaml": null, "elsewhere/store.yaml": retained });
  expect((await scenario.apply()).ok).toBe(true);
  expect(scenario.writes()).toEqual([]);
  // Where it stands now is where it may return.
  await scenario.push({ "elsewhere/store.yaml": null });
  expect((await scenario.apply()).ok).toBe(true);
  await scenario.push({ "elsewhere/store.yaml": retained });
  expect((await scenario.apply()).ok).toBe(true);
});

test("O7 a kept project that somebody deleted is reported no more", async () => {
  await begin(retained);
  scenario.engine().start();
  await scenario.push({ "shop.yaml": null });
  await until("it is kept", () => shop()?.outcome.kind === "waiting");
  const { state } = scenario.simulator;
  state.projects.delete(projectOf(scenario, "shop").projectId);
  for (const [id, row] of state.environments) {
    if (!state.projects.has(row.projectId)) state.environments.delete(id);
  }
  for (const [id, row] of state.applications) {
    if (!state.environments.has(row.environmentId)) state.applications.delete(id);
  }
  await until("it is reported no more", () => shop() === undefined);
});

test("O7 a service that goes leaves its volume, and the plan says so", async () => {
  const volume = "      mounts: [ { type: volume, source: data, target: /data } ]\n";
  const api = "    api: { image: nginx:1, rollout: { stableFor: 0s } }\n";
  await begin(`${simpleStack("shop")}${volume}${api}`);
  scenario.engine().start();
  const notes: string[] = [];
  scenario.engine().onEvent(() => {
    notes.push(...(shop()?.plan?.notes ?? []).map(({ message }) => message));
  });
  await until("it is read", () => scenario.engine().state().ready);
  const onlyApi = `apiVersion: capstan/v1\nkind: Stack\nmetadata: { name: shop }\nspec:\n  applications:\n${api}`;
  await scenario.push({ "shop.yaml": onlyApi });
  await until("web is gone", () =>
    [...scenario.simulator.state.applications.values()].every(
      ({ appName }) => !appName.startsWith("shop-web-"),
    ),
  );
  await until("it is told", () =>
    notes.includes("app/web is removed; its volume shop-data stays on the server"),
  );
});
