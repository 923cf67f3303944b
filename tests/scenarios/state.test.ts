// What Capstan remembers: history, causes and backoffs, over restarts and without the store (Q5, H7, P7).
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { openStore } from "../../src/store/store.ts";
import type { Clock } from "../../src/lib/clock.ts";
import { fastClock } from "../support/fast-clock.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import { jumpClock } from "../support/jump-clock.ts";
import { simpleStack, simpleStacks } from "../support/scenario.ts";
import type { Scenario, ScenarioOptions } from "../support/scenario.ts";
import { until } from "../support/until.ts";
import { watchProxy } from "../support/watch-proxy.ts";
import { worldPicture } from "../support/world-picture.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function begin(options: ScenarioOptions = {}): Promise<Scenario> {
  const scenario = await createFastScenario(options);
  open.push(scenario);
  return scenario;
}

const isReady = (scenario: Scenario, ...names: readonly string[]): boolean => {
  const stacks = scenario.engine().stacks();
  return names.every((name) =>
    stacks.some(
      (stack) =>
        stack.name === name &&
        stack.conditions.some(({ type, status }) => type === "Ready" && status === "True"),
    ),
  );
};

/** Titles of the deploy actions of a stack with their causes, the newest first. */
const deploys = (scenario: Scenario, stack: string): readonly string[] =>
  scenario
    .store()
    .runs(stack, 100)
    .flatMap(({ actions }) => actions)
    .filter(({ title, status }) => title.startsWith("deploy ") && status === "done")
    .map(({ reason }) => reason);

const described = (scenario: Scenario): readonly string[] =>
  [...scenario.simulator.state.deployments.values()].map(({ description }) => description);

test("H7 every deploy says why: commit, file and field, drift, or a person's request", async () => {
  const scenario = await begin();
  const first = await scenario.push({ "shop.yaml": simpleStack("shop") });
  await scenario.restart();
  const engine = scenario.engine();
  engine.start();
  await until("it is ready", () => isReady(scenario, "shop"));
  const second = await scenario.push({
    "shop.yaml": simpleStack("shop", { image: "ghcr.io/acme/web:2" }),
  });
  await until("the new image is ready", () => deploys(scenario, "shop").length === 2);
  await until("it is ready", () => isReady(scenario, "shop"));
  // A commit that does not touch the stack is not the cause of what happens to it afterwards.
  await scenario.push({ "other.yaml": simpleStack("other") });
  await until("the other is ready", () => isReady(scenario, "shop", "other"));
  engine.redeploy("shop", null, "alice");
  await until("it is deployed again", () => deploys(scenario, "shop").length === 3);
  await until("it is ready", () => isReady(scenario, "shop", "other"));
  const [application] = [...scenario.simulator.state.applications.values()].filter(
    ({ dockerImage }) => dockerImage === "ghcr.io/acme/web:2",
  );
  scenario.simulator.state.swarmServices.delete(application?.appName ?? "");
  await until("it is put back", () => deploys(scenario, "shop").length === 4);

  const place = "stacks/shop.yaml:6";
  const expected = [
    `new application (${place}, ${first.slice(0, 12)})`,
    `image changed in Git (${place}, ${second.slice(0, 12)})`,
    `alice asked for a redeploy (${place}, ${second.slice(0, 12)})`,
    `drift: its swarm service was removed by hand (${place}, ${second.slice(0, 12)})`,
  ];
  expect([...deploys(scenario, "shop")].reverse()).toEqual(expected);
  await until("Dokploy has them all", () =>
    expected.every((line) => described(scenario).includes(line)),
  );
});

test("history tells runs with their actions, and a resync that changes nothing writes nothing", async () => {
  const scenario = await begin();
  const revision = await scenario.push({
    "bad.yaml": simpleStack("bad").replace("image:", "imagee:"),
    "shop.yaml": simpleStack("shop"),
  });
  scenario.engine().start();
  await until("it is ready", () => isReady(scenario, "shop"));
  await until("it is told", () => scenario.store().runs("shop", 1)[0]?.outcome === "converged");
  await until("the broken one is told", () => scenario.store().runs("bad", 1).length > 0);
  const runs = scenario.engine().runs("shop", 10);
  expect(runs.map(({ outcome }) => outcome)).toEqual(["converged", "progressing"]);
  expect(runs[1]).toMatchObject({ stack: "shop", revision, outcome: "progressing" });
  expect(runs[1]?.reasons.length).toBeGreaterThan(0);
  expect(runs[1]?.actions.map(({ title, status }) => `${title}: ${status}`)).toEqual([
    "create project shop: done",
    "create app/web: done",
    "add domain shop.example.com of app/web: done",
    "configure app/web: done",
    "deploy app/web: done",
  ]);
  expect(scenario.store().runs("bad", 10)).toMatchObject([{ outcome: "terminal", actions: [] }]);
  const problems = scenario.store().events(100, { stack: "bad", kinds: ["problem"] });
  expect(problems.map(({ message }) => message)).toContainEqual(
    expect.stringMatching(/^stacks\/bad\.yaml:7:.*imagee.* is unknown/),
  );

  const count = (): number =>
    scenario.store().runs(null, 1_000).length + scenario.store().events(1_000).length;
  const before = count();
  const lists = (): number => scenario.simulator.log.count("project.all");
  const seen = lists();
  await until("some resyncs have passed", () => lists() >= seen + 4);
  expect(count()).toBe(before);

  // A restart finds all as it was: nothing but what it read is new.
  await scenario.restart();
  scenario.engine().start();
  await until("it is ready again", () => isReady(scenario, "shop"));
  expect(scenario.store().runs(null, 100)).toHaveLength(3);
});

test("a store that is deleted in the middle harms nothing: the world converges, nothing twice", async () => {
  let stateDir = "";
  const writes: string[] = [];
  const scenario = await begin({
    openStore: (dir) => {
      stateDir = dir;
      return openStore(dir);
    },
    through: async (url) => {
      const proxy = await watchProxy(url, {
        before: async ({ procedures, isWrite }) => {
          if (!isWrite) return true;
          writes.push(...procedures);
          for (const end of ["", "-wal", "-shm"]) {
            rmSync(join(stateDir, `store.sqlite${end}`), { force: true });
          }
          return true;
        },
      });
      open.push(proxy);
      return proxy.url;
    },
  });
  const names = ["a", "b", "c", "d"];
  await scenario.push(simpleStacks(names));
  scenario.engine().start();
  await until("all are ready", () => isReady(scenario, ...names));
  const creates = writes.filter((procedure) => procedure.endsWith(".create"));
  expect(creates).toHaveLength(3 * names.length);
  const { applications, projects, orphans } = worldPicture(scenario.simulator);
  expect([applications.length, projects.length, orphans]).toEqual([4, 4, []]);
  expect(applications.every(({ settled, runsWhatIsWanted }) => settled && runsWhatIsWanted)).toBe(
    true,
  );
  expect(applications.map(({ deployments }) => deployments)).toEqual(names.map(() => ["done"]));
  // What came after the last write is remembered again, in a new file.
  expect(scenario.store().runs(null, 100).length).toBeGreaterThan(0);
  expect(existsSync(join(stateDir, "store.sqlite"))).toBe(true);
  writes.length = 0;
  await scenario.apply();
  expect(writes).toEqual([]);
});

test("Q5 a restart keeps the wait of a stack that fails; a commit that touches it ends that", async () => {
  let time: Clock = fastClock({ times: 10, startMs: Date.now() });
  const clock: Clock = {
    now: () => time.now(),
    sleep: (ms, signal) => time.sleep(ms, signal),
    after: (ms, run) => time.after(ms, run),
  };
  const attempts: number[] = [];
  let refuses = true;
  const refusal = {
    message: "You are not authorized to access this application",
    code: "UNAUTHORIZED",
    data: { code: "UNAUTHORIZED", httpStatus: 401, path: "application.update", zodError: null },
  };
  const scenario = await begin({
    clock,
    through: async (url) => {
      const proxy = await watchProxy(url, {
        instead({ procedures, body }) {
          const isBad = body.includes("ghcr.io/acme/bad");
          if (!isBad || !procedures.includes("application.update")) return null;
          attempts.push(clock.now());
          return refuses ? { status: 401, body: JSON.stringify(refusal) } : null;
        },
      });
      open.push(proxy);
      return proxy.url;
    },
  });
  const bad = (tag: string): string => simpleStack("bad", { image: `ghcr.io/acme/bad:${tag}` });
  await scenario.push({ "bad.yaml": bad("1"), "good.yaml": simpleStack("good") });
  scenario.engine().start();
  const kept = await until("it has failed four times", () =>
    scenario
      .store()
      .backoffs()
      .find(({ failures }) => failures === 4),
  );
  expect(kept.stack).toBe("bad");
  expect(attempts).toHaveLength(4);

  await scenario.push({ "good.yaml": simpleStack("good", { image: "ghcr.io/acme/web:2" }) });
  await scenario.restart();
  scenario.engine().start();
  await until("good is ready", () => isReady(scenario, "good"));
  await until("trying again", () => attempts.length === 5);
  expect(attempts[4]).toBeGreaterThanOrEqual(kept.dueAtMs);
  const next = await until("it has failed again", () =>
    scenario
      .store()
      .backoffs()
      .find(({ failures }) => failures === 5),
  );

  // From here on it runs as slowly as the real one: the next try is due long after all that follows.
  time = jumpClock(new Date(time.now()).toISOString());
  refuses = false;
  await scenario.restart();
  await scenario.push({ "bad.yaml": bad("2") });
  scenario.engine().start();
  await until("it is ready", () => isReady(scenario, "bad"));
  expect(attempts[5]).toBeLessThan(next.dueAtMs);
  expect(scenario.store().backoffs()).toEqual([]);
});
