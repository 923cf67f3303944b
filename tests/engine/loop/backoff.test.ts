// Law Q5 where it is decided: a controller on a clock that only the test turns, with runs that end as
// the test says.
import { expect, test } from "vitest";
import { createStackRecords } from "../../../src/engine/memory/stack-records.ts";
import { createBackoffMemory } from "../../../src/engine/memory/backoff-memory.ts";
import { createController } from "../../../src/engine/loop/controller.ts";
import type { Controller } from "../../../src/engine/loop/controller.ts";
import type { DesiredState, Loaded } from "../../../src/engine/state/desired-state.ts";
import { createEventLog } from "../../../src/engine/events/events.ts";
import type { Outcome } from "../../../src/model/status.ts";
import { silentLogger } from "../../../src/lib/logger.ts";
import { createRedactor } from "../../../src/lib/redact.ts";
import type { Store } from "../../../src/ports-store.ts";
import { memoryStore } from "../../support/memory.ts";
import { createVirtualClock } from "../../support/virtual-clock.ts";
import type { VirtualClock } from "../../support/virtual-clock.ts";

const second = 1_000;
const minute = 60 * second;

interface Bench {
  readonly records: ReturnType<typeof createStackRecords>;
  readonly controller: Controller;
  /** When each stack ran. */
  readonly runs: Map<string, number[]>;
  /** How the runs of a stack end; converged where nothing is said. */
  readonly outcomes: Map<string, Outcome>;
  /** What the memory compares: what Git says of a stack. */
  readonly inputs: Map<string, string>;
  /** Reads Git, as a start does: every stack is new, and what waits from before goes on waiting. */
  readonly load: (...stacks: readonly string[]) => void;
  readonly add: (stack: string, input?: boolean) => void;
}

const failed: Outcome = { kind: "failed", message: "no", retryAfterMs: null };

function bench(
  clock: VirtualClock,
  given: { store?: Store; random?: () => number; workers?: number } = {},
): Bench {
  const runs = new Map<string, number[]>();
  const outcomes = new Map<string, Outcome>();
  const inputs = new Map<string, string>();
  const revision = { id: "3f9c0aa1b2c4", title: "" };
  const loaded = {
    revision,
    sequence: 1,
    byName: new Map(),
    changedAt: new Map(),
  } as unknown as Loaded;
  const desired: DesiredState = {
    current: () => loaded,
    refresh: async () => null,
    input: (name) => inputs.get(name) ?? "as before",
    settled: () => undefined,
    at: () => Promise.reject(new Error("nobody asks for another revision here")),
  };
  const records = createStackRecords();
  const memory = createBackoffMemory(given.store ?? memoryStore());
  const controller = createController({
    records,
    workers: given.workers ?? 1,
    clock,
    random: given.random ?? (() => 0.5),
    desired,
    reconciler: {
      run: async ({ stack }) => {
        runs.set(stack, [...(runs.get(stack) ?? []), clock.now()]);
        const outcome = outcomes.get(stack) ?? { kind: "converged" as const };
        return { outcome, plan: null, desired: null, unhealthy: null };
      },
    },
    policy: () => ({
      ...{ readOnly: null, prune: true, marksOnly: false, isPass: false },
      ...{ approval: "run", approved: new Set() },
    }),
    redeploys: () => new Map(),
    driftOf: () => null,
    ended: () => undefined,
    events: createEventLog(clock, silentLogger, createRedactor()),
    history: { ended: () => undefined },
    backoffs: memory,
    mostFailures: null,
    tell: () => undefined,
  });
  const add = (stack: string, input = false): void => {
    const nowMs = clock.now();
    controller.add(stack, { reason: "test", input, dueAtMs: nowMs, freshAtMs: nowMs });
  };
  return {
    records,
    controller,
    runs,
    outcomes,
    inputs,
    add,
    load(...stacks) {
      for (const stack of stacks) add(stack, true);
      for (const stack of memory.left()) {
        const hold = memory.takeUp(stack, desired.input(stack), clock.now());
        if (hold !== null) controller.restore(stack, hold);
      }
      controller.begin();
    },
  };
}

function waits(times: readonly number[] | undefined): readonly number[] {
  return (times ?? []).slice(1).map((atMs, index) => atMs - (times?.[index] ?? 0));
}

test("of a stack that is gone nothing is kept", async () => {
  const clock = createVirtualClock();
  const { load, add, outcomes, controller, records } = bench(clock);
  load("shop", "blog");
  await controller.idle();
  expect(records.fieldsOf("shop")).toEqual(["outcome told", "status", "ran with"]);
  outcomes.set("shop", { kind: "removed" });
  add("shop");
  await controller.idle();
  expect(records.fieldsOf("shop")).toEqual([]);
  expect([...controller.statuses().keys()]).toEqual(["blog"]);
});

test("Q5 repeated failure waits from 1 s to 15 min, doubling, with jitter", async () => {
  for (const random of [0, 0.5, 0.999]) {
    const clock = createVirtualClock();
    const { load, outcomes, runs, controller } = bench(clock, { random: () => random });
    outcomes.set("bad", failed);
    load("bad");
    await clock.advance(120 * minute);
    const full = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900].map((s) => s * second);
    const expected = full.map((ms) => Math.round(ms * (0.8 + 0.2 * random)));
    expect(waits(runs.get("bad")).slice(0, full.length)).toEqual(expected);
    await controller.stop();
  }
});

test("Q5 one failing stack never delays another, even with a single worker", async () => {
  const clock = createVirtualClock();
  const { load, add, outcomes, runs, controller } = bench(clock);
  outcomes.set("bad", failed);
  load("bad", "good", "other");
  await clock.advance(0);
  const asked = [clock.now()];
  for (let n = 0; n < 20; n++) {
    await clock.advance(7 * second);
    add("bad");
    add("good");
    asked.push(clock.now());
    await clock.advance(0);
  }
  expect(runs.get("good")).toEqual(asked);
  // Resyncs of the failing one were held back: 1 + 2 + 4 + … s, not every 7 s.
  expect(runs.get("bad")?.length).toBeLessThan(9);
  await controller.stop();
});

test("Q5 the wait goes on after a restart: the failures count, and nothing is tried early", async () => {
  const clock = createVirtualClock();
  const store = memoryStore();
  const before = bench(clock, { store });
  before.outcomes.set("bad", failed);
  before.load("bad", "good");
  await clock.advance(50 * second);
  await before.controller.stop();
  const [kept] = store.backoffs();
  expect(store.backoffs()).toHaveLength(1);
  expect(kept).toMatchObject({ stack: "bad", failures: 6 });

  const after = bench(clock, { store });
  after.outcomes.set("bad", failed);
  after.load("bad", "good");
  after.add("bad");
  await clock.advance(0);
  expect([...after.runs.keys()]).toEqual(["good"]);
  await clock.advance(2 * minute);
  const [first, next] = after.runs.get("bad") ?? [];
  expect(first).toBe(kept?.dueAtMs);
  expect((next ?? 0) - (first ?? 0)).toBe(0.9 * 64 * second);
  await after.controller.stop();
});

test("Q5 what is due since long is tried at once after a restart, and success is forgotten", async () => {
  const clock = createVirtualClock();
  const store = memoryStore();
  store.saveBackoff({ stack: "bad", failures: 9, dueAtMs: 5, input: "as before" });
  const { load, runs, controller } = bench(clock, { store });
  load("bad");
  await clock.advance(0);
  expect(runs.get("bad")).toHaveLength(1);
  expect(store.backoffs()).toEqual([]);
  await controller.stop();
});

test("Q5 new input ends the wait, also when it came while nobody ran; other stacks' does not", async () => {
  const clock = createVirtualClock();
  const store = memoryStore();
  const dueAtMs = clock.now() + 10 * minute;
  for (const stack of ["changed", "same"]) {
    store.saveBackoff({ stack, failures: 9, dueAtMs, input: "as before" });
  }
  const { load, add, inputs, outcomes, runs, controller } = bench(clock, { store });
  outcomes.set("changed", failed);
  outcomes.set("same", failed);
  inputs.set("changed", "another commit");
  load("changed", "same");
  await clock.advance(0);
  expect([...runs.keys()]).toEqual(["changed"]);
  await clock.advance(1 * second);
  expect(runs.get("changed")).toHaveLength(2);
  expect(store.backoffs()).toMatchObject([
    { stack: "changed", failures: 2, input: "another commit" },
    { stack: "same", failures: 9, input: "as before" },
  ]);
  add("same", true);
  await clock.advance(0);
  expect(runs.get("same")).toHaveLength(1);
  await controller.stop();
});

test("Q5 a clock that was set back makes nobody wait longer than 15 min", async () => {
  const clock = createVirtualClock();
  const store = memoryStore();
  const dueAtMs = clock.now() + 1_000 * minute;
  store.saveBackoff({ stack: "bad", failures: 3, dueAtMs, input: "as before" });
  const { load, runs, controller } = bench(clock, { store });
  load("bad");
  await clock.advance(15 * minute);
  expect(runs.get("bad")).toHaveLength(1);
  await controller.stop();
});

test("Q8 stacks that do not fail write nothing, however often they run", async () => {
  const clock = createVirtualClock();
  let writes = 0;
  const store: Store = {
    ...memoryStore(),
    saveBackoff: () => void (writes += 1),
    removeBackoff: () => void (writes += 1),
  };
  const { load, add, runs, controller } = bench(clock, { store });
  load("good");
  for (let n = 0; n < 5; n++) {
    add("good");
    await clock.advance(minute);
  }
  expect(runs.get("good")?.length).toBeGreaterThan(4);
  expect(writes).toBe(0);
  await controller.stop();
});
