// The queue against its laws: single sentences first, then any sequence of calls against a model.
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { createQueue } from "../../../src/engine/loop/queue.ts";
import type { KeyedQueue } from "../../../src/engine/loop/queue.ts";
import type { Requeue } from "../../../src/engine/loop/queue-key.ts";
import type { Trigger } from "../../../src/engine/wakeups.ts";
import { backoffMs, stackBackoff } from "../../../src/lib/backoff.ts";

let queue: KeyedQueue;
beforeEach(() => {
  queue = createQueue();
});

const trigger = (given: Partial<Trigger> = {}): Trigger => ({
  reason: "resync",
  input: false,
  dueAtMs: 0,
  freshAtMs: 0,
  ...given,
});
const input = (given: Partial<Trigger> = {}): Trigger => trigger({ input: true, ...given });
const failed: Requeue = { kind: "failed", delayMs: (failures) => 1000 * 2 ** (failures - 1) };

test("Q1 a key that runs is not given out again, whatever the number of workers", () => {
  queue.add("a", trigger());
  expect(queue.take(0)?.key).toBe("a");
  queue.add("a", input());
  expect(queue.take(1_000_000)).toBeNull();
  queue.add("b", trigger());
  expect(queue.take(0)?.key).toBe("b");
  expect(queue.take(0)).toBeNull();
});

test("what is due and does not run is counted, with the time since when the oldest is due", () => {
  expect(queue.due(0)).toEqual({ count: 0, oldestDueAtMs: null });
  queue.add("a", trigger({ dueAtMs: 100 }));
  queue.add("b", trigger({ dueAtMs: 50 }));
  queue.add("c", trigger({ dueAtMs: 500 }));
  expect(queue.due(200)).toEqual({ count: 2, oldestDueAtMs: 50 });
  expect(queue.take(200)?.key).toBe("b");
  expect(queue.due(200)).toEqual({ count: 1, oldestDueAtMs: 100 });
});

test("Q2 a thousand triggers for a waiting key are one run", () => {
  for (let n = 0; n < 1000; n++) queue.add("a", trigger({ reason: `r${n}`, freshAtMs: n }));
  const taken = queue.take(0);
  expect(taken?.freshAtMs).toBe(999);
  expect(taken?.reasons.length).toBeLessThanOrEqual(5);
  expect(queue.take(0)).toBeNull();
  queue.finish("a", { kind: "done" }, 0);
  expect(queue.isIdle()).toBe(true);
  expect(queue.size()).toEqual({ waiting: 0, running: 0 });
});

test("Q3 a trigger that comes during a run causes exactly one more run, as fresh as it asks", () => {
  queue.add("a", trigger());
  queue.take(0);
  for (let n = 1; n <= 1000; n++) queue.add("a", trigger({ freshAtMs: n }));
  queue.finish("a", { kind: "done" }, 5);
  expect(queue.take(5)?.freshAtMs).toBe(1000);
  queue.finish("a", { kind: "done" }, 5);
  expect(queue.take(5)).toBeNull();
});

test("Q3 new input during a run that failed is run at once and with a clean record", () => {
  queue.add("a", trigger());
  queue.take(0);
  queue.add("a", input({ dueAtMs: 3 }));
  queue.finish("a", failed, 5);
  expect(queue.failures("a")).toBe(0);
  expect(queue.take(5)?.key).toBe("a");
});

describe("Q4", () => {
  test("Q4 the earliest due time wins, between keys and for one key", () => {
    queue.add("late", trigger({ dueAtMs: 30 }));
    queue.add("early", trigger({ dueAtMs: 20 }));
    queue.add("late", trigger({ dueAtMs: 10 }));
    queue.add("late", trigger({ dueAtMs: 40 }));
    expect(queue.nextDueMs()).toBe(10);
    expect(queue.take(9)).toBeNull();
    expect([queue.take(50)?.key, queue.take(50)?.key]).toEqual(["late", "early"]);
  });

  const failTwice = (): void => {
    queue.add("a", trigger());
    for (const nowMs of [0, 1000]) {
      queue.take(nowMs);
      queue.finish("a", failed, nowMs);
    }
    expect(queue.nextDueMs()).toBe(3000);
  };

  test("Q4 new input resets the backoff", () => {
    failTwice();
    queue.add("a", input({ dueAtMs: 1500 }));
    expect(queue.failures("a")).toBe(0);
    expect(queue.take(1500)?.key).toBe("a");
  });

  test("Q4 success resets the backoff", () => {
    failTwice();
    queue.take(3000);
    queue.finish("a", { kind: "done" }, 3000);
    expect(queue.failures("a")).toBe(0);
    queue.add("a", trigger({ dueAtMs: 3001 }));
    expect(queue.take(3001)?.key).toBe("a");
  });

  test("Q4 nothing else does: not a trigger, and not a run that only waits", () => {
    failTwice();
    queue.add("a", trigger({ dueAtMs: 1500 }));
    expect(queue.nextDueMs()).toBe(3000);
    queue.take(3000);
    queue.finish("a", { kind: "again", dueAtMs: 3010 }, 3000);
    expect(queue.nextDueMs()).toBe(3010);
    queue.take(3010);
    queue.finish("a", failed, 3010);
    expect(queue.failures("a")).toBe(3);
    expect(queue.nextDueMs()).toBe(3010 + 4000);
  });
});

describe("Q5", () => {
  test("Q5 repeated failure waits 1 s to 15 min, doubling, with jitter", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (failures, random) => {
          const full = Math.min(15 * 60_000, 1000 * 2 ** (failures - 1));
          const delay = backoffMs(stackBackoff, failures, random);
          expect(delay).toBeGreaterThanOrEqual(full * 0.8 - 1);
          expect(delay).toBeLessThanOrEqual(full);
          expect(Number.isInteger(delay)).toBe(true);
        },
      ),
    );
    expect(backoffMs(stackBackoff, 1, 0)).not.toBe(backoffMs(stackBackoff, 1, 0.9));
  });

  test("Q5 one failing key never delays another", () => {
    queue.add("bad", trigger());
    queue.take(0);
    queue.finish("bad", { kind: "failed", delayMs: () => 900_000 }, 0);
    queue.add("good", trigger({ dueAtMs: 1 }));
    expect(queue.take(1)?.key).toBe("good");
  });
});

test("Q6 a terminal error waits for new input", () => {
  queue.add("a", trigger());
  queue.take(0);
  queue.finish("a", { kind: "blocked" }, 0);
  queue.add("a", trigger());
  expect(queue.take(1_000_000)).toBeNull();
  expect(queue.isIdle()).toBe(true);
  queue.add("a", input({ dueAtMs: 5 }));
  expect(queue.take(5)?.key).toBe("a");
});

test("Q6 new input that came during the run is not lost to its terminal end", () => {
  queue.add("a", trigger());
  queue.take(0);
  queue.add("a", input());
  queue.finish("a", { kind: "blocked" }, 0);
  expect(queue.take(0)?.key).toBe("a");
});

test("Q6 a trigger without input during a run that ends terminally does not repeat it", () => {
  queue.add("a", trigger());
  queue.take(0);
  queue.add("a", trigger());
  queue.finish("a", { kind: "blocked" }, 0);
  expect(queue.take(1_000_000)).toBeNull();
});

test("Q8 a resync skips keys in backoff, and the retry then reads no older list than the resync's", () => {
  queue.add("a", trigger({ freshAtMs: 1 }));
  queue.take(0);
  queue.finish("a", failed, 0);
  queue.add("a", trigger({ dueAtMs: 10, freshAtMs: 10 }));
  expect(queue.take(999)).toBeNull();
  expect(queue.take(1000)?.freshAtMs).toBe(10);
});

describe("any sequence of calls", () => {
  interface ModelKey {
    dueAtMs: number | null;
    freshAtMs: number;
    failures: number;
    blocked: boolean;
    running: boolean;
    renewed: boolean;
  }
  interface Model {
    nowMs: number;
    keys: Record<string, ModelKey>;
  }
  type Call = fc.Command<Model, KeyedQueue>;
  const names = ["a", "b", "c"];

  function agree(model: Model, real: KeyedQueue): void {
    const all = Object.values(model.keys);
    const due = all.flatMap(({ dueAtMs, running }) =>
      dueAtMs === null || running ? [] : [dueAtMs],
    );
    expect(real.nextDueMs()).toBe(due.length === 0 ? null : Math.min(...due));
    expect(real.size()).toEqual({
      waiting: all.filter(({ dueAtMs }) => dueAtMs !== null).length,
      running: all.filter(({ running }) => running).length,
    });
    expect(real.isIdle()).toBe(all.every((key) => key.dueAtMs === null && !key.running));
    for (const name of names) expect(real.failures(name)).toBe(model.keys[name]!.failures);
  }

  const add = (name: string, isInput: boolean, inMs: number): Call => ({
    check: () => true,
    run(model, real) {
      const key = model.keys[name]!;
      const dueAtMs = model.nowMs + inMs;
      real.add(name, trigger({ input: isInput, dueAtMs, freshAtMs: model.nowMs }));
      const held = !key.running && (key.blocked || (key.failures > 0 && key.dueAtMs !== null));
      if (isInput) {
        key.failures = 0;
        key.blocked = false;
        key.renewed = key.running;
      }
      if (isInput || !held) key.dueAtMs = Math.min(key.dueAtMs ?? Infinity, dueAtMs);
      key.freshAtMs = Math.max(key.freshAtMs, model.nowMs);
      agree(model, real);
    },
    toString: () => `add(${name}, ${isInput ? "input" : "trigger"}, +${inMs})`,
  });

  const take = (): Call => ({
    check: () => true,
    run(model, real) {
      const due = Object.entries(model.keys).filter(
        ([, { running, dueAtMs }]) => !running && dueAtMs !== null && dueAtMs <= model.nowMs,
      );
      const taken = real.take(model.nowMs);
      expect(taken === null).toBe(due.length === 0);
      if (taken === null) return;
      const key = model.keys[taken.key]!;
      expect(key.running).toBe(false);
      expect(key.dueAtMs).toBe(Math.min(...due.map(([, one]) => one.dueAtMs!)));
      expect(taken.freshAtMs).toBeGreaterThanOrEqual(key.freshAtMs);
      Object.assign(key, { running: true, dueAtMs: null, renewed: false });
      agree(model, real);
    },
    toString: () => "take()",
  });

  const settle = (name: string, kind: Requeue["kind"], ms: number): Call => ({
    check: (model) => model.keys[name]!.running,
    run(model, real) {
      const key = model.keys[name]!;
      const dueAtMs = model.nowMs + ms;
      const settlements: Record<Requeue["kind"], Requeue> = {
        done: { kind: "done" },
        again: { kind: "again", dueAtMs },
        failed: { kind: "failed", delayMs: () => ms },
        blocked: { kind: "blocked" },
      };
      real.finish(name, settlements[kind], model.nowMs);
      key.running = false;
      if (kind === "done") key.failures = 0;
      if (kind === "again") key.dueAtMs = Math.min(key.dueAtMs ?? Infinity, dueAtMs);
      if (kind === "failed" && !key.renewed) {
        key.failures += 1;
        key.dueAtMs = dueAtMs;
      }
      if (kind === "blocked" && !key.renewed) {
        key.blocked = true;
        key.dueAtMs = null;
      }
      key.renewed = false;
      agree(model, real);
    },
    toString: () => `settle(${name}, ${kind}, +${ms})`,
  });

  const pass = (ms: number): Call => ({
    check: () => true,
    run(model) {
      model.nowMs += ms;
    },
    toString: () => `pass(${ms})`,
  });

  test("Q1 Q2 Q3 Q4 Q6 Q8 hold for it", () => {
    const name = fc.constantFrom(...names);
    const ms = fc.constantFrom(0, 1, 10, 1000);
    const calls = [
      fc.tuple(name, fc.boolean(), ms).map((args) => add(...args)),
      fc.constant(take()),
      fc
        .tuple(name, fc.constantFrom("done", "again", "failed", "blocked" as const), ms)
        .map((args) => settle(...args)),
      ms.map(pass),
    ];
    fc.assert(
      fc.property(fc.commands(calls, { maxCommands: 60, size: "max" }), (sequence) => {
        const blank = (): ModelKey => ({
          dueAtMs: null,
          freshAtMs: 0,
          failures: 0,
          blocked: false,
          running: false,
          renewed: false,
        });
        const keys = Object.fromEntries(names.map((one) => [one, blank()]));
        fc.modelRun(() => ({ model: { nowMs: 1, keys }, real: createQueue() }), sequence);
      }),
      { numRuns: 500 },
    );
  });
});
