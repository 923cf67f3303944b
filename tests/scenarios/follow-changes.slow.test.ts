// Branches that are followed, when something about them changes: the manifest names another one, one is deleted or
// rewritten, a tag stands in the place of a branch, and many services follow the same.
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseMarker } from "../../src/model/marker.ts";
import type { Repositories } from "../../src/simulator/repositories.ts";
import { createCodeRepository } from "../support/code-repository.ts";
import type { CodeRepository } from "../support/code-repository.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import { addNamed } from "../support/git-sources.ts";
import type { Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";

let scenario: Scenario;
let code: CodeRepository;
/** Dokploy cannot clone. */
let isAway: boolean;
/** It clones, and cannot tell which commit. */
let isNameless: boolean;
beforeEach(async () => {
  code = await createCodeRepository();
  isAway = false;
  isNameless = false;
  const repositories: Repositories = {
    ...code.repositories,
    async at(url, ref) {
      if (isAway) return null;
      const found = await code.repositories.at(url, ref);
      return isNameless && found !== null && found !== "ref" ? { ...found, hash: "" } : found;
    },
  };
  const simulator = { timeScale: 0.02, repositories };
  scenario = await createFastScenario({ simulator });
  addNamed(scenario.simulator);
});
afterEach(async () => {
  await scenario.close();
  await code.close();
});

const stack = (name: string, git = ", follow: true", env = "live"): string =>
  [
    "apiVersion: capstan/v1",
    "kind: Stack",
    `metadata: { name: ${name} }`,
    "spec:",
    "  applications:",
    "    web:",
    `      git: { url: ${code.url}${git} }`,
    `      env: { MODE: ${env} }`,
    "      rollout: { stableFor: 0s, timeout: 60s }",
    "",
  ].join("\n");

const ofStack = (name: string) =>
  [...scenario.simulator.state.applications.values()].find(
    ({ description }) => parseMarker(description)?.owner === `default/${name}`,
  );
const marker = (name: string) => parseMarker(ofStack(name)?.description ?? null);
const deploys = () => scenario.simulator.log.count("application.deploy");
const messages = (): readonly string[] =>
  scenario
    .engine()
    .events()
    .map(({ message }) => message);
const ready = (name = "shop") =>
  scenario
    .engine()
    .stacks()
    .find((one) => one.name === name)
    ?.conditions.find(({ type }) => type === "Ready") ?? { status: "none", message: "" };

function isBuilt(name: string, commit: string): boolean {
  const { want, done, commit: built } = marker(name) ?? {};
  return (
    built === commit.slice(0, 12) &&
    JSON.stringify(want) === JSON.stringify(done) &&
    ready(name).status === "True"
  );
}

async function start(changes = {}): Promise<void> {
  await scenario.restart(changes);
  await scenario.engine().lead();
  scenario.engine().start();
}

/** Branches are not asked again by themselves, and were asked once. */
async function startSlow(): Promise<void> {
  await scenario.restart({ followIntervalMs: 600_000 });
  // The controller before asks no more.
  const before = code.requests();
  await scenario.engine().lead();
  scenario.engine().start();
  await until("its branch was asked", () => code.requests() > before + 1);
}

/** A pass of comparisons with Git that changes nothing. */
async function rests(passes = 3): Promise<void> {
  const before = scenario.simulator.log.count("project.all");
  await until(
    "it is looked at",
    () => scenario.simulator.log.count("project.all") >= before + passes,
  );
}

test("a manifest that names another branch is built once, from that branch, and nothing says otherwise", async () => {
  const first = await code.commit("The first one");
  await code.repository.git("branch", "dev");
  const second = await code.commit("The second one");
  expect(second).not.toBe(first);
  await scenario.push({ "shop.yaml": stack("shop") });
  await start();
  await until("it is well", () => isBuilt("shop", second));
  await startSlow();
  expect(deploys()).toBe(1);
  await scenario.push({ "shop.yaml": stack("shop", ", follow: true, ref: dev") });
  await until("dev runs", () => isBuilt("shop", first));
  await rests();
  expect(messages().filter((one) => one.includes("(new commit"))).toEqual([]);
  expect(deploys()).toBe(2);
});

test("R7 a branch that is rewritten is followed, and one that is deleted builds nothing and is told", async () => {
  const first = await code.commit("The first one");
  const second = await code.commit("The second one");
  await scenario.push({ "shop.yaml": stack("shop") });
  await start();
  await until("it is well", () => isBuilt("shop", second));
  await code.repository.git("update-ref", "refs/heads/main", first);
  await until("the older one is built", () => isBuilt("shop", first));
  expect(deploys()).toBe(2);
  await code.repository.git("branch", "other", "main");
  await code.repository.git("update-ref", "-d", "refs/heads/main");
  await until("it is told", () =>
    messages().some((one) => one.includes("has no branch or tag main")),
  );
  await rests();
  expect(deploys()).toBe(2);
  expect(ready().message).toContain("cannot be seen");
  await code.repository.git("update-ref", "refs/heads/main", second);
  await until("it is back", () => isBuilt("shop", second));
  expect(ready().message).not.toContain("cannot be seen");
  expect(deploys()).toBe(3);
});

test("a tag that is followed, and moved, is built once for each place, whatever kind of tag it is", async () => {
  const first = await code.commit("The first one");
  await code.repository.git("tag", "v1");
  await scenario.push({ "shop.yaml": stack("shop", ", follow: true, ref: v1") });
  await start();
  await until("it is well", () => isBuilt("shop", first));
  const second = await code.commit("The second one");
  await rests();
  expect(deploys()).toBe(1);
  await code.repository.git(
    "-c",
    "user.name=a",
    "-c",
    "user.email=a@example.com",
    "tag",
    "-f",
    "-a",
    "-m",
    "A tag",
    "v1",
  );
  await until("the new place is built", () => isBuilt("shop", second));
  await rests();
  expect(deploys()).toBe(2);
});

test("many stacks that follow one branch ask its server once for all of them", async () => {
  await code.commit("The first one");
  const names = ["one", "two", "three", "four"];
  await scenario.push(Object.fromEntries(names.map((name) => [`${name}.yaml`, stack(name)])));
  await startSlow();
  await until("all are well", () => names.every((name) => ready(name).status === "True"));
  const before = code.requests();
  const commit = await code.commit("The second one");
  expect(scenario.engine().pushed("someone/else")).toBe(false);
  const title = new URL(code.url).pathname.slice(1).replace(/\.git$/, "");
  expect(scenario.engine().pushed(title)).toBe(true);
  await until("all are built", () => names.every((name) => isBuilt(name, commit)), 90_000);
  expect(code.requests() - before).toBeLessThanOrEqual(3);
  expect(deploys()).toBe(8);
});

test("a push that comes during a look at its repository is not missed", async () => {
  await code.commit("The first one");
  await scenario.push({ "shop.yaml": stack("shop") });
  await startSlow();
  await until("it is well", () => ready().status === "True");
  const title = new URL(code.url).pathname.slice(1).replace(/\.git$/, "");
  // The first of these is asking when the commit comes.
  scenario.engine().pushed(title);
  const commit = await code.commit("The second one");
  scenario.engine().pushed(title);
  await until("it is built", () => isBuilt("shop", commit), 20_000);
});

test("W7 a followed commit that cannot be cloned is given up like any other, and not built again and again", async () => {
  const first = await code.commit("The first one");
  await scenario.push({ "shop.yaml": stack("shop") });
  await start();
  await until("it is well", () => isBuilt("shop", first));
  isAway = true;
  await code.commit("The second one");
  await until("it is given up", () => ready().message.includes("tried 4 times"));
  await rests(6);
  expect(deploys()).toBe(5);
  isAway = false;
  const third = await code.commit("The third one");
  await until("the third one is built", () => isBuilt("shop", third));
  expect(deploys()).toBe(6);
});

test("what Git changed just after a commit that was not seen yet is built once, and nothing says otherwise", async () => {
  const first = await code.commit("The first one");
  await scenario.push({ "shop.yaml": stack("shop") });
  await start();
  await until("it is well", () => isBuilt("shop", first));
  code.hide(true);
  const second = await code.commit("The second one");
  await scenario.push({ "shop.yaml": stack("shop", ", follow: true", "other") });
  await until("the second one is built", () => isBuilt("shop", second));
  code.hide(false);
  await rests(6);
  expect(messages().filter((one) => one.includes("(new commit"))).toEqual([]);
  expect(deploys()).toBe(2);
});

test("a followed commit that Dokploy cannot name is built once", async () => {
  const first = await code.commit("The first one");
  await scenario.push({ "shop.yaml": stack("shop") });
  await start();
  await until("it is well", () => isBuilt("shop", first));
  isNameless = true;
  const second = await code.commit("The second one");
  await until("it is built", () => isBuilt("shop", second));
  await rests(6);
  expect(deploys()).toBe(2);
});
