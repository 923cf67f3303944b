// H2: what of a stack does not run as it should, in words.
import { beforeEach, describe, expect, test } from "vitest";
import { createStackRecords } from "../../../src/engine/memory/stack-records.ts";
import { createHealth } from "../../../src/engine/health/health.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { CapstanError } from "../../../src/lib/errors.ts";
import { indexOwnership } from "../../../src/plan/ownership.ts";
import type { Platform, TaskState } from "../../../src/ports.ts";
import { webStack } from "../../support/web-stack.ts";
import { allServices, emptyWorld, instance, swarmOf } from "../../support/model-state.ts";
import type { ModelState } from "../../support/model-state.ts";
import { converge } from "../../support/model-world.ts";

const desired = webStack();
let state: ModelState;
let asked: string[];
beforeEach(() => {
  state = emptyWorld();
  converge(state, desired);
  asked = [];
});

const failed: TaskState = { state: "failed", error: "exit (2)", ageMs: 1, failed: true };
const calm: TaskState = { ...failed, state: "running", failed: false, error: "" };
let restarted: string[];
beforeEach(() => {
  restarted = [];
});
const options = {
  // Of its own for each that is made.
  get records() {
    return createStackRecords();
  },
  clock: systemClock,
  restarted: (_stack: string, message: string): void => void restarted.push(message),
};
/** Null: they cannot be read. */
let tasks: readonly TaskState[] | null = [failed, failed, calm];
beforeEach(() => {
  tasks = [failed, failed, calm];
});
function platform(log: readonly string[] | CapstanError = ["one", "", "boom"]): Platform {
  return {
    tasks: async (appName: string) => {
      asked.push(appName);
      if (tasks === null) throw new CapstanError("unavailable", "no answer");
      return tasks;
    },
    serviceLog: async () => {
      if (log instanceof CapstanError) throw log;
      return log;
    },
  } as unknown as Platform;
}
async function lines(
  running: number | null,
  stack = desired,
  health = createHealth(platform(), options),
  deep: readonly string[] = [],
) {
  const { appName } = allServices(state)[0]!;
  const swarm = new Map(swarmOf(state));
  const service = swarm.get(appName)!;
  if (running === null) swarm.delete(appName);
  else swarm.set(appName, { ...service, running });
  const ownership = indexOwnership(instance, state.projects);
  return health.unhealthy(stack, { takenAtMs: 0, ownership, swarm }, new Set(deep));
}

describe("H2 a service that is rolled out", () => {
  test("and runs as wanted is no line, and nothing more is read", async () => {
    expect(await lines(1)).toEqual([]);
    expect(asked).toEqual([]);
  });

  test("and does not is named with the tasks' errors and the log's last lines", async () => {
    expect(await lines(0)).toEqual(["app/web: 0 of 1 replicas are running: exit (2) | one | boom"]);
  });

  test("and does not is named also when nobody can say why", async () => {
    tasks = [];
    const silent = platform(new CapstanError("unavailable", "no answer"));
    expect(await lines(0, desired, createHealth(silent, options))).toEqual([
      "app/web: 0 of 1 replicas are running",
    ]);
  });

  test("and is gone from the swarm is named", async () => {
    expect(await lines(null)).toEqual(["app/web: its swarm service is gone"]);
  });

  test("and shall not run at all may be gone", async () => {
    const none = webStack({ replicas: 0 });
    converge(state, none);
    expect(await lines(null, none)).toEqual([]);
  });

  test("with as many as people keep is well", async () => {
    const free = webStack({}, { ignore: ["replicas"] });
    converge(state, free);
    expect(await lines(1, free)).toEqual([]);
  });
});

test("H2 a process that dies every few seconds is seen by a deep check, and watched until it stays up", async () => {
  const health = createHealth(platform(), options);
  const { id } = allServices(state)[0]!;
  expect(await lines(1, desired, health)).toEqual([]);
  const told = ["app/web: it does not stay up: exit (2) | one | boom"];
  expect(await lines(1, desired, health, [id])).toEqual(told);
  expect(await lines(1, desired, health)).toEqual(told);
  tasks = null;
  expect(await lines(1, desired, health)).toEqual(told);
  tasks = [calm, { ...failed, ageMs: 3_600_000 }];
  expect(await lines(1, desired, health)).toEqual([]);
  asked = [];
  expect(await lines(1, desired, health)).toEqual([]);
  expect(asked).toEqual([]);
});

test("H2 one whose rollout is under way is not judged here", async () => {
  const [service] = allServices(state);
  service!.description = service!.description!.replace(/done=\S+/, "done=none");
  expect(await lines(0)).toEqual([]);
});

test("H2 nothing is said where the swarm's list cannot be believed", async () => {
  const ownership = indexOwnership(instance, state.projects);
  const view = { takenAtMs: 0, ownership, swarm: null };
  expect(await createHealth(platform(), options).unhealthy(desired, view, new Set())).toBeNull();
});

test("H2 one that ended once and has run since is healthy, and it is told once when and why", async () => {
  const health = createHealth(platform(), options);
  const { id } = allServices(state)[0]!;
  tasks = [
    { ...calm, ageMs: 60_000 },
    { ...failed, ageMs: 61_000 },
  ];
  expect(await lines(1, desired, health, [id])).toEqual([]);
  expect(await lines(1, desired, health, [id])).toEqual([]);
  expect(restarted).toEqual([
    expect.stringMatching(/^app\/web was restarted at \d{4}-\d\d-\d\d \d\d:\d\d UTC: exit \(2\)$/),
  ]);
  expect(health.restarts(desired.name)).toEqual(restarted);
  tasks = [calm];
  expect(await lines(1, desired, health)).toEqual([]);
  expect(health.restarts(desired.name)).toEqual([]);
});

test("H2 a crash loop keeps its words, whether it is seen up or down", async () => {
  const health = createHealth(platform(), options);
  const told = ["app/web: 0 of 1 replicas are running: exit (2) | one | boom"];
  expect(await lines(0, desired, health)).toEqual(told);
  expect(await lines(1, desired, health)).toEqual(told);
  expect(await lines(0, desired, health)).toEqual(told);
});
