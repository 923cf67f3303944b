// Laws O1 to O9 end to end: what is Capstan's is removed when it leaves Git, under guards, and nothing
// else is ever touched.
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Hold } from "../../src/model/hold.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import { applicationOf, projectNames, projectOf } from "../support/looks.ts";
import { simpleStack, simpleStacks } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";
import { worldPicture } from "../support/world-picture.ts";

let scenario: Scenario;
beforeEach(async () => {
  scenario = await createFastScenario();
});
afterEach(() => scenario.close());

const names = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `s${String(index).padStart(2, "0")}`);
const stacks = (count: number): Record<string, string> => simpleStacks(names(count));
const removed = (...leaving: string[]): Record<string, null> =>
  Object.fromEntries(leaving.map((name) => [`${name}.yaml`, null]));

async function begin(files: Record<string, string>): Promise<void> {
  await scenario.push(files);
  expect((await scenario.apply()).ok).toBe(true);
  scenario.writes();
}
/** A pass that may remove exactly what it would remove now. */
async function applyApproved() {
  await scenario.restart();
  const { heldPrune } = await scenario.engine().plan();
  const digest = heldPrune?.digest ?? "none";
  scenario.simulator.log.clear();
  return scenario.apply({ approved: [digest] });
}
const told = (hold: Hold | null): readonly string[] =>
  (hold?.removals ?? []).flatMap(({ stack, resources }) =>
    resources.map(({ kind, name }) => `${stack}: ${kind} ${name}`),
  );
const outcomes = (): Record<string, unknown> =>
  Object.fromEntries(
    scenario
      .engine()
      .stacks()
      .map(({ name, outcome }) => [name, outcome]),
  );

for (const options of [{ sameProject: true }, { sameProject: false }]) {
  test(`O1 a copy made in Dokploy (${options.sameProject ? "same" : "another"} project) is never touched`, async () => {
    await begin({ "shop.yaml": simpleStack("shop"), "keep.yaml": simpleStack("keep") });
    const { state } = scenario.simulator;
    const own = applicationOf(scenario, "shop").applicationId;
    const copyProject = state.duplicateProject(projectOf(scenario, "shop").projectId, options);
    const copy = [...state.applications.values()].find(
      ({ appName, applicationId }) => appName.startsWith("shop-") && applicationId !== own,
    )!;
    const before = structuredClone(copy);
    await scenario.push({
      "shop.yaml": simpleStack("shop", { image: "ghcr.io/acme/web:2", host: "new.example.com" }),
    });
    expect((await scenario.apply()).ok).toBe(true);
    expect(state.applications.get(own)?.dockerImage).toBe("ghcr.io/acme/web:2");
    await scenario.push(removed("shop"));
    await scenario.apply();
    expect(state.applications.has(own)).toBe(false);
    expect(state.applications.get(copy.applicationId)).toEqual(before);
    expect(state.projects.has(copyProject)).toBe(true);
    const copied = [...state.domains.values()].filter(
      ({ applicationId }) => applicationId === copy.applicationId,
    );
    expect(copied).toHaveLength(1);
    scenario.writes();
    await scenario.apply();
    expect(scenario.writes()).toEqual([]);
  });
}

test("O1 a project's marker that was lost by hand is reported and never answered with a second project", async () => {
  await begin({ "shop.yaml": simpleStack("shop"), "keep.yaml": simpleStack("keep") });
  scenario.simulator.state.editProject(projectOf(scenario, "shop").projectId, {
    description: "mine now",
  });
  await scenario.push({ "shop.yaml": simpleStack("shop", { image: "ghcr.io/acme/web:2" }) });
  await scenario.apply();
  expect(outcomes().shop).toMatchObject({
    kind: "waiting",
    reason: "conflict",
    message: expect.stringContaining("has lost the marker") as string,
  });
  expect(scenario.writes()).toEqual([]);
  expect(projectNames(scenario)).toEqual(["keep", "shop"]);
});

test("O1 a service's marker that was lost by hand is reported and never answered with a second service", async () => {
  await begin({ "shop.yaml": simpleStack("shop"), "keep.yaml": simpleStack("keep") });
  const { applicationId } = applicationOf(scenario, "shop");
  scenario.simulator.state.editApplication(applicationId, { description: "mine now" });
  await scenario.push({ "shop.yaml": simpleStack("shop", { image: "ghcr.io/acme/web:2" }) });
  await scenario.apply();
  expect(outcomes().shop).toMatchObject({
    kind: "waiting",
    reason: "conflict",
    message: expect.stringContaining('an unowned application named "web"') as string,
  });
  expect(scenario.writes()).toEqual([]);
});

test("W3 of two projects with one owner the one that is in use stays, and new services go there", async () => {
  await begin({ "shop.yaml": simpleStack("shop"), "keep.yaml": simpleStack("keep") });
  const { state } = scenario.simulator;
  const own = projectOf(scenario, "shop").projectId;
  // What a creation leaves that was interrupted before its marker got an id.
  const { project: twin } = state.addProject({ name: "shop" });
  const description = projectOf(scenario, "shop").description!.replace(/id=\S+/, "id=none");
  state.editProject(twin.projectId, { description, createdAt: "2020-01-01T00:00:00.000Z" });
  await scenario.push({
    "shop.yaml": `${simpleStack("shop")}    api: { image: "nginx:1", rollout: { stableFor: 0s } }\n`,
  });
  expect((await scenario.apply()).ok).toBe(true);
  expect([...state.projects.keys()]).toContain(own);
  expect(state.projects.has(twin.projectId)).toBe(false);
  const inOwn = [...state.applications.values()].filter(
    ({ environmentId }) => state.environments.get(environmentId)?.projectId === own,
  );
  expect(inOwn.map(({ name }) => name).sort()).toEqual(["api", "web"]);
  expect(worldPicture(scenario.simulator).orphans).toEqual([]);
});

const twoServices = [
  "apiVersion: capstan/v1",
  "kind: Stack",
  "metadata: { name: shop }",
  "spec:",
  "  applications:",
  "    api: { image: nginx:1, rollout: { stableFor: 0s } }",
  "    web: { image: nginx:1, rollout: { stableFor: 0s }, domains: [ { host: a.example.com, port: 1 } ] }",
  "  environments:",
  "    production: {}",
  "    staging: { applications: { web: { domains: [] } } }",
  "",
].join("\n");

test("O3 what leaves Git goes service by service, then the project, and its absence is looked for", async () => {
  await begin({ "shop.yaml": twoServices, "keep.yaml": simpleStack("keep") });
  await scenario.push(removed("shop"));
  expect((await applyApproved()).ok).toBe(true);
  const { entries } = scenario.simulator.log;
  const order = entries.flatMap(({ procedures }) => procedures);
  const last = order.lastIndexOf("application.delete");
  expect(order.filter((name) => name === "application.delete")).toHaveLength(4);
  expect(order.indexOf("project.remove")).toBeGreaterThan(last);
  expect(order.lastIndexOf("swarm.getNodeApps")).toBeGreaterThan(order.indexOf("project.remove"));
  const { applications, orphans, environments } = worldPicture(scenario.simulator);
  expect([projectNames(scenario), orphans, environments]).toEqual([["keep"], [], ["production"]]);
  expect(applications.map(({ name }) => name)).toEqual(["keep-web"]);
});

test("O3 a swarm service that is still there after its application went is reported", async () => {
  await begin({ "shop.yaml": simpleStack("shop"), "keep.yaml": simpleStack("keep") });
  const { state } = scenario.simulator;
  const { appName } = applicationOf(scenario, "shop");
  const service = state.swarmServices.get(appName)!;
  await scenario.push(removed("shop"));
  await scenario.restart();
  scenario.engine().onEvent(({ message }) => {
    // What an orphan is: the service outlives its application.
    if (message.startsWith("delete app/web")) state.swarmServices.set(appName, service);
  });
  scenario.engine().start();
  const told = await until("it is told", () =>
    scenario
      .engine()
      .events()
      .find(({ message }) => message.includes("still running although deleted")),
  );
  expect(told.message).toContain(appName);
});

test("O3 O9 a service of somebody else inside an owned project stays, and so does the project", async () => {
  await begin({ "shop.yaml": simpleStack("shop"), "keep.yaml": simpleStack("keep") });
  const { state } = scenario.simulator;
  const foreign = state.addApplication(projectOf(scenario, "shop").projectId, { name: "theirs" });
  await scenario.push({ "shop.yaml": simpleStack("shop", { image: "ghcr.io/acme/web:2" }) });
  await scenario.apply();
  const plan = scenario
    .engine()
    .stacks()
    .find(({ name }) => name === "shop")?.plan;
  expect(plan?.notes).toContainEqual({
    kind: "unmanaged",
    message: expect.stringContaining("theirs") as string,
  });
  const before = structuredClone(foreign);
  await scenario.push(removed("shop"));
  await scenario.apply();
  expect([...state.applications.values()].map(({ name }) => name).sort()).toEqual([
    "theirs",
    "web",
  ]);
  expect(state.applications.get(foreign.applicationId)).toEqual(before);
  expect(projectNames(scenario)).toEqual(["keep", "shop"]);
});

test("O4 a removal that failed half way is taken up again", async () => {
  await begin({ "shop.yaml": twoServices, "keep.yaml": simpleStack("keep") });
  scenario.simulator.faults.add({ kind: "status500", procedure: "application.delete", nth: 3 });
  scenario.simulator.faults.add({ kind: "answerLost", procedure: "project.remove" });
  await scenario.push(removed("shop"));
  expect((await applyApproved()).ok).toBe(true);
  expect(projectNames(scenario)).toEqual(["keep"]);
  expect(worldPicture(scenario.simulator).orphans).toEqual([]);
});

test("O5 a file that cannot be parsed at all prunes nothing, also of other stacks", async () => {
  await begin(stacks(6));
  await scenario.push({ ...removed("s05"), "s00.yaml": "}{ this is\n\t- no: [yaml" });
  const result = await scenario.apply();
  expect(result.problems).not.toEqual([]);
  expect(outcomes().s05).toMatchObject({ kind: "waiting", reason: "approval" });
  expect(scenario.writes()).toEqual([]);
  expect(projectNames(scenario)).toEqual(names(6));

  await scenario.push({ "s00.yaml": simpleStack("s00") });
  expect((await scenario.apply()).ok).toBe(true);
  expect(projectNames(scenario)).toEqual(names(5));
});

for (const [what, entry] of [
  ["a symbolic link", { symlink: "../elsewhere" }],
  ["a submodule", { submodule: "a".repeat(40) }],
] as const) {
  test(`O5 a folder with a dot in its name that became ${what} removes none of its stacks`, async () => {
    await begin({ ...stacks(5), "v1.2/old.yaml": simpleStack("old") });
    await scenario.repository.push({ "stacks/v1.2/old.yaml": null, "stacks/v1.2": entry });
    expect((await scenario.apply()).problems[0]?.place.file).toBe("stacks/v1.2");
    expect(outcomes().old).toMatchObject({ kind: "waiting", reason: "approval" });
    expect(scenario.writes()).toEqual([]);

    await scenario.push({ "v1.2": null, "v1.2/old.yaml": simpleStack("old") });
    expect((await scenario.apply()).ok).toBe(true);
    expect(projectNames(scenario)).toEqual(["old", ...names(5)]);
  });
}

for (const { what, of, leaving } of [
  { what: "all stacks", of: 2, leaving: 2 },
  { what: "more than a third of the stacks", of: 6, leaving: 3 },
]) {
  test(`O6 removing ${what} waits for an approval of exactly that list`, async () => {
    await begin(stacks(of));
    const going = names(of).slice(of - leaving);
    await scenario.push({ ...removed(...going), "empty.yaml": "# nothing yet\n" });
    const result = await scenario.apply();
    expect(result.ok).toBe(false);
    expect(scenario.writes()).toEqual([]);
    const { heldPrune } = await scenario.engine().plan();
    const digest = heldPrune?.digest ?? "none";
    expect(scenario.engine().held()).toEqual(heldPrune);
    // Exactly what goes is told before anybody approves it.
    expect(told(heldPrune)).toEqual(
      going.flatMap((name) => [`${name}: service web`, `${name}: project ${name}`]),
    );
    for (const name of going) {
      expect(outcomes()[name]).toMatchObject({
        kind: "waiting",
        reason: "approval",
        hold: heldPrune,
        message: expect.stringContaining(digest) as string,
      });
    }
    await scenario.apply({ approved: ["0123456789ab"] });
    expect(scenario.writes()).toEqual([]);

    // One more leaves Git: that list was approved by nobody.
    if (leaving < of) {
      const [another] = names(of);
      const content = simpleStack(another!);
      await scenario.push(removed(another!));
      await scenario.apply({ approved: [digest] });
      expect(scenario.writes()).toEqual([]);
      await scenario.push({ [`${another!}.yaml`]: content });
    }
    const approved = await scenario.apply({ approved: [digest] });
    expect(approved.ok).toBe(true);
    expect(scenario.engine().held()).toBeNull();
    expect(projectNames(scenario)).toEqual(names(of).slice(0, of - leaving));
    expect(worldPicture(scenario.simulator).orphans).toEqual([]);
  });
}

test("O6 without --prune a pass removes nothing", async () => {
  await begin(stacks(5));
  await scenario.push(removed("s04"));
  await scenario.apply({ prune: false });
  expect(outcomes().s04).toMatchObject({ kind: "waiting", reason: "approval" });
  expect(scenario.writes()).toEqual([]);
});
