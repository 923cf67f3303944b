// Law O7 for owners: what is left of one person's stack goes to nobody else of the same name unless a manifest
// says so, and that a stack changes hands is told.
import { afterEach, beforeEach, expect, test } from "vitest";
import { ownerLabel } from "../../src/model/owner.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import { statusOf } from "../support/looks.ts";
import { simpleStack, simpleStacks } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";

let scenario: Scenario;
beforeEach(async () => {
  scenario = await createFastScenario();
});
afterEach(() => scenario.close());

const others = simpleStacks(["s1", "s2", "s3", "s4"]);
const path = "users/ada.yaml";
const plain = simpleStack("ada");
const of = (owner: string, manifest = plain): string =>
  manifest.replace(
    "metadata: { name: ada }",
    `metadata: { name: ada, labels: { ${ownerLabel}: "${owner}" } }`,
  );
const retained = plain.replace("spec:", "spec:\n  deletionPolicy: retain");
const withVolume = `${plain}      mounts: [ { type: volume, source: data, target: /data } ]\n`;

const adopting = (manifest: string, what: string): string =>
  manifest.replace("spec:", `spec:\n  adopt: ${what}`);
const projectOfAda = () =>
  [...scenario.simulator.state.projects.values()].find(({ name }) => name === "ada");
const status = () => statusOf(scenario, "ada");
const conflict = (): string | null => {
  const outcome = status()?.outcome;
  return outcome?.kind === "waiting" && outcome.reason === "conflict" ? outcome.message : null;
};
const warnings = () =>
  scenario
    .engine()
    .events()
    .filter(({ level, kind }) => level === "warn" && kind === "note")
    .map(({ message }) => message);

async function begin(manifest: string): Promise<void> {
  await scenario.push({ [path]: manifest, ...others });
  expect((await scenario.apply()).ok).toBe(true);
}
/** The controller works, and sees what is pushed from now on. */
async function work(): Promise<void> {
  scenario.engine().start();
  await until("it is read", () => scenario.engine().state().ready);
}
async function isWell(): Promise<void> {
  await until("ada is ready", () =>
    status()?.conditions.some(({ type, status: is }) => type === "Ready" && is === "True"),
  );
}

test("O7 a kept project is its owner's: another one at the same place waits, until `adopt` names it", async () => {
  await begin(of("token:zoe", retained));
  await scenario.push({ [path]: null });
  await scenario.apply();
  scenario.writes();
  await scenario.push({ [path]: of("token:yan", retained) });
  await scenario.apply();
  expect(conflict()).toContain("token:zoe");
  expect(conflict()).toContain(`adopt: ${projectOfAda()!.projectId}`);
  expect(scenario.writes()).toEqual([]);
  await scenario.push({ [path]: of("token:zoe", retained) });
  expect((await scenario.apply()).ok).toBe(true);
  await scenario.push({ [path]: null });
  await scenario.apply();
  const { projectId } = projectOfAda()!;
  await scenario.push({ [path]: adopting(of("token:yan", retained), projectId) });
  expect((await scenario.apply()).ok).toBe(true);
  expect(projectOfAda()?.projectId).toBe(projectId);
  // Now it is this owner's.
  await scenario.push({ [path]: null });
  await scenario.apply();
  await scenario.push({ [path]: of("token:yan", retained) });
  expect((await scenario.apply()).ok).toBe(true);
});

test("O7 what waits to be removed is not taken over by another owner, also after a restart", async () => {
  await begin(of("token:zoe"));
  await work();
  // More than a third of all stacks: it waits for an approval.
  const most = { [path]: null, "s1.yaml": null, "s2.yaml": null };
  await scenario.push(most);
  await until("it waits", () => status()?.outcome.kind === "waiting");
  const { projectId } = projectOfAda()!;
  scenario.writes();
  await scenario.push({ [path]: of("token:yan") });
  await until("it is held", conflict);
  expect(conflict()).toContain("token:zoe");
  expect(conflict()).toContain(`adopt: ${projectId}`);
  await scenario.restart();
  await work();
  await until("it is held after the restart", conflict);
  expect(scenario.writes()).toEqual([]);
  await scenario.push({ [path]: of("token:zoe") });
  await isWell();
  expect(projectOfAda()?.projectId).toBe(projectId);
});

test("O7 a manifest without an owner is another one's as well", async () => {
  await begin(of("token:zoe"));
  await work();
  await scenario.push({ [path]: null, "s1.yaml": null, "s2.yaml": null });
  await until("it waits", () => status()?.outcome.kind === "waiting");
  await scenario.push({ [path]: plain });
  await until("it is held", conflict);
});

async function removeAda(manifest: string): Promise<void> {
  await begin(manifest);
  await work();
  await scenario.push({ [path]: null });
  await until("it is gone", () => projectOfAda() === undefined && status() === undefined);
  scenario.writes();
}

test("O7 volumes of a removed stack go to another owner of its name only with `adopt`, and the plan says so", async () => {
  await removeAda(of("token:zoe", withVolume));
  await scenario.push({ [path]: of("token:yan", withVolume) });
  await until("it is held", conflict);
  expect(conflict()).toContain("ada-data");
  expect(conflict()).toContain("token:zoe");
  expect(scenario.writes()).toEqual([]);
  await scenario.push({ [path]: adopting(of("token:yan", withVolume), "true") });
  const notes: string[] = [];
  scenario.engine().onEvent(() => {
    notes.push(...(status()?.plan?.notes ?? []).map(({ message }) => message));
  });
  await isWell();
  expect(notes.join("\n")).toContain("ada-data");
});

test("O7 their owner gets them back without a word, also from another file", async () => {
  await removeAda(of("token:zoe", withVolume));
  await scenario.push({ [path]: of("token:zoe", withVolume) });
  await isWell();
  await scenario.push({ [path]: null });
  await until("it is gone", () => projectOfAda() === undefined && status() === undefined);
  await scenario.push({ "team/ada.yaml": of("token:zoe", withVolume) });
  await isWell();
});

test("O7 of two owners that had them one after the other, the last one is theirs", async () => {
  await removeAda(of("token:zoe", withVolume));
  await scenario.push({ "yan/ada.yaml": adopting(of("token:yan", withVolume), "true") });
  await isWell();
  await scenario.push({ "yan/ada.yaml": null });
  await until("it is gone", () => projectOfAda() === undefined && status() === undefined);
  await scenario.push({ "yan/ada.yaml": of("token:yan", withVolume) });
  await isWell();
});

test("a stack that a commit hands to another owner goes on, and everybody is told", async () => {
  await begin(of("token:zoe"));
  const { projectId } = projectOfAda()!;
  await scenario.push({ [path]: of("token:yan") });
  await scenario.restart();
  const { plans } = await scenario.engine().plan();
  const said = "its owner changes from token:zoe to token:yan";
  const plan = plans.find(({ stack }) => stack === "ada");
  expect(plan?.notes.map(({ message }) => message)).toContainEqual(expect.stringContaining(said));
  await work();
  await isWell();
  await until("it is told", () => warnings().some((message) => message.includes(said)));
  expect(projectOfAda()?.projectId).toBe(projectId);
  // Once.
  await scenario.restart();
  await work();
  await isWell();
  expect(warnings()).toEqual([]);
  await scenario.push({ [path]: plain });
  const gone = "its owner changes from token:yan to nobody";
  await until("it is told", () => warnings().some((message) => message.includes(gone)));
});
