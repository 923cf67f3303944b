// Laws W7 to W9 end to end: one deploy for one configuration and attempt, whatever is lost, restarted,
// superseded or removed on the way.
import { afterEach, expect, test } from "vitest";
import { parseMarker } from "../../src/model/marker.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import { statusOf } from "../support/looks.ts";
import { simpleStack, simpleStacks } from "../support/scenario.ts";
import type { Scenario, ScenarioOptions } from "../support/scenario.ts";
import { until } from "../support/until.ts";
import { watchProxy } from "../support/watch-proxy.ts";
import type { WatchHooks, WatchProxy } from "../support/watch-proxy.ts";
import { worldPicture } from "../support/world-picture.ts";

let scenario: Scenario;
let proxy: WatchProxy | null = null;
afterEach(async () => {
  await scenario.close();
  await proxy?.close();
  proxy = null;
});

async function begin(options: ScenarioOptions = {}): Promise<void> {
  scenario = await createFastScenario(options);
}
async function beginWatched(hooks: WatchHooks = {}): Promise<WatchProxy> {
  await begin({
    through: async (url) => {
      proxy = await watchProxy(url, hooks);
      return proxy.url;
    },
  });
  return proxy!;
}

function stacks(count: number, image = "ghcr.io/acme/web:1"): Record<string, string> {
  const names = Array.from({ length: count }, (_, index) => `s${String(index).padStart(2, "0")}`);
  return simpleStacks(names, { image });
}

/** Titles of the deploys that were asked for, in order. */
function deployTitles(): string[] {
  return scenario.simulator.log.entries
    .filter(({ procedures }) => procedures.includes("application.deploy"))
    .map(({ body }) => (body as { title: string }).title);
}
const rows = () => [...scenario.simulator.state.deployments.values()];
const outcomeOf = (stack: string) => statusOf(scenario, stack)?.outcome;
const isReady = (name: string): boolean => outcomeOf(name)?.kind === "converged";
const image = (name: string): string | undefined =>
  worldPicture(scenario.simulator).applications.find((one) => one.name === `${name}-web`)?.runs ??
  undefined;

async function nothingLeftToDo(): Promise<void> {
  scenario.writes();
  await scenario.apply();
  expect(scenario.writes()).toEqual([]);
}

for (const rule of [
  { kind: "answerLost" },
  { kind: "lateWrite", ms: 2_000 },
  { kind: "reset" },
] as const) {
  test(`W7 a deploy whose answer was lost (${rule.kind}) is issued once`, async () => {
    await begin();
    scenario.simulator.faults.add({ ...rule, procedure: "application.deploy" });
    await scenario.push({ "shop.yaml": simpleStack("shop") });
    const result = await scenario.apply();
    expect(result.stacks[0]?.outcome).toEqual({ kind: "converged" });
    expect(rows().map(({ status }) => status)).toEqual(["done"]);
    await nothingLeftToDo();
  });
}

test("W7 deploys that vanished when Dokploy restarted are issued again, and all ends as Git says", async () => {
  await begin();
  scenario.simulator.faults.image("ghcr.io/acme/web", "slow");
  await scenario.push(stacks(6));
  const pass = scenario.apply();
  await until("jobs wait in Dokploy", () => scenario.simulator.state.queue.waiting.length >= 2);
  const lost = scenario.simulator.state.queue.waiting.map(({ data }) => data.titleLog);
  await scenario.simulator.faults.restart({ downMs: 1_000 });
  const result = await pass;
  expect(result.stacks.map(({ outcome }) => outcome.kind)).toEqual(Array(6).fill("converged"));
  for (const title of lost) {
    expect(deployTitles().filter((one) => one === title).length).toBeGreaterThan(1);
  }
  const { applications, orphans } = worldPicture(scenario.simulator);
  expect(applications.map(({ settled, runsWhatIsWanted }) => settled && runsWhatIsWanted)).toEqual(
    Array(6).fill(true),
  );
  expect(orphans).toEqual([]);
  expect(rows().filter(({ status }) => status === "done")).toHaveLength(6);
  await nothingLeftToDo();
});

test("W7 a deployment that fails is tried again three times with new attempts, and then not until a new commit", async () => {
  await begin();
  await scenario.push({ "shop.yaml": simpleStack("shop", { image: "ghcr.io/acme/missing:1" }) });
  const result = await scenario.apply();
  expect(result.stacks[0]?.outcome).toMatchObject({ kind: "degraded" });
  const attempts = deployTitles().map((title) => title.replace(/^capstan [0-9a-f]{12}/, ""));
  expect(attempts).toEqual([".1", ".2", ".3", ".4"]);
  expect(result.stacks[0]?.outcome).toMatchObject({
    message: expect.stringContaining("tried 4 times") as string,
  });
  await nothingLeftToDo();

  await scenario.push({ "shop.yaml": simpleStack("shop", { image: "ghcr.io/acme/web:2" }) });
  const mended = await scenario.apply();
  expect(mended.stacks[0]?.outcome).toEqual({ kind: "converged" });
  expect(image("shop")).toBe("ghcr.io/acme/web:2");
});

test("W7 a rollout that was given up while the old version runs is told once, and not followed again at every resync", async () => {
  await begin();
  await scenario.push({ "shop.yaml": simpleStack("shop") });
  expect((await scenario.apply()).ok).toBe(true);
  await scenario.restart();
  const engine = scenario.engine();
  await scenario.push({ "shop.yaml": simpleStack("shop", { image: "ghcr.io/acme/missing:1" }) });
  engine.start();
  const status = () => engine.stacks()[0];
  await until("it is given up", () => status()?.outcome.kind === "degraded");
  const { outcome } = status()!;
  const told = engine.events().length;
  for (let resync = 0; resync < 3; resync += 1) {
    const last = status()!.lastRunMs;
    await until("the next resync", () => status()!.lastRunMs > last);
  }
  expect(status()!.outcome).toEqual(outcome);
  expect(outcome).toMatchObject({ message: expect.stringContaining("tried 4 times") as string });
  expect(engine.events().slice(told)).toEqual([]);
});

test("W7 a new commit supersedes a failing deployment at once", async () => {
  await begin();
  await scenario.push({ "shop.yaml": simpleStack("shop", { image: "ghcr.io/acme/missing:1" }) });
  scenario.engine().start();
  await until("it failed once", () => rows().some(({ status }) => status === "error"));
  const commit = await scenario.push({
    "shop.yaml": simpleStack("shop", { image: "ghcr.io/acme/web:2" }),
  });
  await until("the commit is seen", () => scenario.engine().state().revision === commit);
  const before = rows().filter(({ status }) => status === "error").length;
  await until("the new version runs", () => isReady("shop") && image("shop")?.endsWith(":2"));
  const failed = rows().filter(({ status }) => status === "error").length;
  // The one that was under way when the commit was seen may still have failed.
  expect(failed).toBeLessThanOrEqual(before + 1);
  await scenario.engine().stop();
  expect(rows().filter(({ status }) => status === "error")).toHaveLength(failed);
});

test("W7 at most four of twenty deploys wait in Dokploy's queue", async () => {
  let most = 0;
  await beginWatched({
    after: async ({ procedures }) => {
      const { waiting, active } = scenario.simulator.state.queue;
      if (procedures.includes("application.deploy")) {
        most = Math.max(most, waiting.length + active.length);
      }
      return true;
    },
  });
  // Nothing ends until four wait, so that the number does not depend on how fast the machine is.
  const release = scenario.simulator.faults.holdPulls("ghcr.io/acme/web:1");
  await scenario.push(stacks(20));
  const applied = scenario.apply();
  await until("four wait", () => most === 4);
  const seen = scenario.simulator.log.entries.length;
  await until("they are looked at again", () => scenario.simulator.log.entries.length > seen + 20);
  release();
  const result = await applied;
  expect(result.ok).toBe(true);
  expect(new Set(deployTitles()).size).toBe(20);
  expect(most).toBeLessThanOrEqual(4);
});

test("W8 what changed during a deployment is deployed after it", async () => {
  await begin();
  const release = scenario.simulator.faults.holdPulls("ghcr.io/acme/web:1");
  await scenario.push({ "shop.yaml": simpleStack("shop", { env: { MODE: "one" } }) });
  scenario.engine().start();
  await until("it is being deployed", () => rows().some(({ status }) => status === "running"));
  await scenario.push({ "shop.yaml": simpleStack("shop", { env: { MODE: "two" } }) });
  await until("the newest is stored", () =>
    worldPicture(scenario.simulator).applications.some(({ env }) => env?.includes("two")),
  );
  expect(rows().map(({ status }) => status)).toContain("running");
  release();
  await until("all is settled", () =>
    worldPicture(scenario.simulator).applications.every(({ settled }) => settled),
  );
  const [row] = [...scenario.simulator.state.applications.values()];
  const { ContainerSpec } = scenario.simulator.state.swarmServices.get(row!.appName)!.spec
    .TaskTemplate;
  expect(ContainerSpec.Env).toContain("MODE=two");
  const { want } = parseMarker(row!.description)!;
  expect(ContainerSpec.Labels?.["capstan.want"]).toBe(`${want!.hash}.${want!.attempt}`);
  expect(rows().map(({ status }) => status)).toEqual(["done", "done"]);
  await nothingLeftToDo();
});

test("W9 a stack that leaves Git in mid-deploy is removed after its deployment, without an orphan", async () => {
  await begin();
  await scenario.push({ "keep.yaml": simpleStack("keep") });
  await scenario.apply();
  const release = scenario.simulator.faults.holdPulls("ghcr.io/acme/slow");
  await scenario.push({ "shop.yaml": simpleStack("shop", { image: "ghcr.io/acme/slow:1" }) });
  scenario.engine().start();
  await until("it is being deployed", () => rows().some(({ status }) => status === "running"));
  await scenario.push({ "shop.yaml": null });
  await until("it waits for the deployment", () => outcomeOf("shop")?.kind === "waiting");
  expect(scenario.simulator.log.count("application.delete")).toBe(0);
  release();
  await until("the project is gone", () => scenario.simulator.state.projects.size === 1);
  const { applications, orphans } = worldPicture(scenario.simulator);
  expect(applications.map(({ name }) => name)).toEqual(["keep-web"]);
  expect(orphans).toEqual([]);
});

test("W9 nothing is deployed any more of what is being removed", async () => {
  const watched = await beginWatched();
  scenario.simulator.faults.image("ghcr.io/acme/web", "slow");
  const files = stacks(12);
  await scenario.push(files);
  scenario.engine().start();
  await until("deploys began", () => rows().length >= 2);
  const [, , , ...leaving] = Object.keys(files);
  await scenario.push(Object.fromEntries(leaving.slice(0, 3).map((file) => [file, null])));
  await until("they are gone", () => scenario.simulator.state.projects.size === 9);
  await until("the rest is ready", () =>
    worldPicture(scenario.simulator).applications.every(({ settled }) => settled),
  );
  const idOf = (body: string): string =>
    (JSON.parse(body) as { applicationId: string }).applicationId;
  const order = watched.passed.filter(({ procedures }) =>
    ["application.deploy", "application.delete"].includes(procedures[0] ?? ""),
  );
  for (const [index, { procedures, body }] of order.entries()) {
    if (!procedures.includes("application.delete")) continue;
    const after = order.slice(index + 1).map((later) => idOf(later.body));
    expect(after).not.toContain(idOf(body));
  }
  expect(worldPicture(scenario.simulator).orphans).toEqual([]);
});

test("W9 a removal waits for a deploy request that is still under way", async () => {
  await begin();
  await scenario.push({ "keep.yaml": simpleStack("keep") });
  await scenario.apply();
  const { faults, log } = scenario.simulator;
  faults.image("ghcr.io/acme/slow", "slow");
  // The deletion would arrive while the job runs that this request begins.
  faults.add({ kind: "latency", procedure: "application.deploy", ms: 4_000 });
  faults.add({ kind: "latency", procedure: "application.delete", ms: 5_000 });
  await scenario.push({ "shop.yaml": simpleStack("shop", { image: "ghcr.io/acme/slow:1" }) });
  scenario.engine().start();
  await until("the deploy is asked for", () => log.count("application.deploy") === 2);
  await scenario.push({ "shop.yaml": null });
  await until("the project is gone", () => scenario.simulator.state.projects.size === 1);
  await until("no job is left", () => scenario.simulator.state.queue.active.length === 0);
  expect(worldPicture(scenario.simulator).orphans).toEqual([]);
});

test("W9 a removal waits for a deploy request whose answer was lost", async () => {
  await begin({ engine: { lookAgainMs: 4_000 } });
  await scenario.push({ "keep.yaml": simpleStack("keep") });
  await scenario.apply();
  const { faults, log } = scenario.simulator;
  faults.image("ghcr.io/acme/slow", "slow");
  faults.add({ kind: "lateWrite", procedure: "application.deploy", ms: 4_000 });
  faults.add({ kind: "latency", procedure: "application.delete", ms: 5_000 });
  await scenario.push({ "shop.yaml": simpleStack("shop", { image: "ghcr.io/acme/slow:1" }) });
  scenario.engine().start();
  await until("the deploy is asked for", () => log.count("application.deploy") === 2);
  await scenario.push({ "shop.yaml": null });
  await until("the project is gone", () => scenario.simulator.state.projects.size === 1);
  await until("no job is left", () => scenario.simulator.state.queue.active.length === 0);
  expect(worldPicture(scenario.simulator).orphans).toEqual([]);
});
