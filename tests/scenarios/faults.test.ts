// Laws Q7 and Q8 end to end: a bug of our own stays where it is, and a controller with nothing to do
// does nothing.
import { afterEach, expect, test } from "vitest";
import type { Platform } from "../../src/ports.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import { statusOf } from "../support/looks.ts";
import { simpleStack } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";
import { worldPicture } from "../support/world-picture.ts";

let scenario: Scenario;
afterEach(() => scenario.close());

const files = {
  "bad.yaml": simpleStack("bad", { image: "ghcr.io/acme/bad:1" }),
  "one.yaml": simpleStack("one"),
  "two.yaml": simpleStack("two"),
};
const outcomeOf = (stack: string) => statusOf(scenario, stack)?.outcome;
const isReady = (name: string): boolean => outcomeOf(name)?.kind === "converged";

/** What a bug looks like: no CapstanError, and only for one of the stacks. */
function bug(): never {
  throw new TypeError("Cannot read properties of undefined (reading 'x')");
}

interface Broken {
  readonly calls: number;
  readonly wrap: (platform: Platform) => Platform;
}
type Method = "createService" | "configureService" | "deploy" | "tasks";

/** The platform with one method that fails for the stack `bad`, as long as `isBroken` says so. */
function broken(method: Method, isBroken: () => boolean): { calls: number } & Broken {
  const badIds = new Set<string>();
  const state = {
    calls: 0,
    wrap: (platform: Platform): Platform => {
      const failing = <A extends readonly unknown[], R>(
        call: (...args: A) => R,
        isBad: (...args: A) => boolean,
      ) => {
        return (...args: A): R => {
          if (!isBad(...args) || !isBroken()) return call(...args);
          state.calls += 1;
          return bug();
        };
      };
      const createService: Platform["createService"] = async (desired, input) => {
        const isBad = desired.appName.startsWith("bad");
        if (method === "createService" && isBad && isBroken()) {
          state.calls += 1;
          bug();
        }
        const created = await platform.createService(desired, input);
        if (isBad) badIds.add(created.id);
        return created;
      };
      const more: Partial<Platform> = {
        configureService: failing(
          (id, configuration) => platform.configureService(id, configuration),
          (id) => badIds.has(id),
        ),
        deploy: failing(
          (service, words, timeoutMs) => platform.deploy(service, words, timeoutMs),
          ({ id }) => badIds.has(id),
        ),
        tasks: failing(
          (appName) => platform.tasks(appName),
          (appName) => appName.startsWith("bad"),
        ),
      };
      const chosen = method === "createService" ? {} : { [method]: more[method] };
      return { ...platform, createService, ...chosen };
    },
  };
  return state;
}

for (const method of ["createService", "configureService", "deploy", "tasks"] as const) {
  test(`Q7 an unexpected exception in ${method} is isolated to its stack, counted and backed off`, async () => {
    let isBroken = true;
    const fault = broken(method, () => isBroken);
    scenario = await createFastScenario({ wrapPlatform: (platform) => fault.wrap(platform) });
    await scenario.push(files);
    scenario.engine().start();
    await until("the others are ready", () => isReady("one") && isReady("two"));
    await until("it was met again", () => fault.calls >= 3);
    expect(isReady("bad")).toBe(false);
    const told = scenario
      .engine()
      .events()
      .filter(({ stack, message }) => stack === "bad" && message.includes("Cannot read prop"));
    expect(told.length).toBeGreaterThan(0);
    // Backed off: one second, two, four …, and not as often as the loop looks.
    const before = fault.calls;
    const resyncs = scenario.simulator.log.count("swarm.getNodes");
    await until("some time has passed", () => {
      return scenario.simulator.log.count("project.all") >= 4 && resyncs > 0;
    });
    expect(fault.calls - before).toBeLessThanOrEqual(4);
    isBroken = false;
    await until("it recovers by itself", () => isReady("bad"));
    expect(worldPicture(scenario.simulator).applications.map(({ settled }) => settled)).toEqual([
      true,
      true,
      true,
    ]);
  });
}

test("Q7 a single pass with an unexpected exception ends, and says what failed", async () => {
  const fault = broken("deploy", () => true);
  scenario = await createFastScenario({ wrapPlatform: (platform) => fault.wrap(platform) });
  await scenario.push(files);
  const result = await scenario.apply();
  expect(result.ok).toBe(false);
  expect(isReady("one") && isReady("two")).toBe(true);
  expect(JSON.stringify(outcomeOf("bad"))).toContain("Cannot read prop");
});

test("Q8 with nothing changed the requests are the resyncs' lists and no more", async () => {
  scenario = await createFastScenario({ engine: { resyncIntervalMs: 2_000 } });
  await scenario.push(files);
  await scenario.apply();
  await scenario.restart();
  const { log } = scenario.simulator;
  log.clear();
  const beganAtMs = performance.now();
  scenario.engine().start();
  await until("several resyncs have passed", () => log.count("project.all") >= 6);
  await scenario.engine().stop();
  const intervals = (performance.now() - beganAtMs) / 200;
  const requests = log.entries
    .map(({ procedures }) => procedures.join(","))
    .filter((name) => !/^(settings|user)\./.test(name));
  expect(new Set(requests)).toEqual(
    new Set(["project.all,project.allForPermissions,swarm.getNodeApps,swarm.getNodes"]),
  );
  // One at the start, and one an interval.
  expect(requests.length).toBeLessThanOrEqual(Math.floor(intervals) + 2);
  expect(scenario.writes()).toEqual([]);
});
