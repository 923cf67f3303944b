// What the workers promise whatever a run does: how many run, when they begin, and how they stop.
import { beforeEach, expect, test } from "vitest";
import { createQueue } from "../../../src/engine/loop/queue.ts";
import type { KeyedQueue } from "../../../src/engine/loop/queue.ts";
import { createWorkers } from "../../../src/engine/loop/workers.ts";
import type { Workers } from "../../../src/engine/loop/workers.ts";
import { createVirtualClock, settled } from "../../support/virtual-clock.ts";
import type { VirtualClock } from "../../support/virtual-clock.ts";

let clock: VirtualClock;
let queue: KeyedQueue;
let workers: Workers;
/** Runs under way, each with what ends it. */
let running: Map<string, () => void>;
let fresh: number[];

beforeEach(() => {
  clock = createVirtualClock(1_000);
  queue = createQueue();
  running = new Map();
  fresh = [];
  workers = createWorkers({
    ...{ queue, clock, most: 2 },
    run: async ({ key }, freshAtMs) => {
      fresh.push(freshAtMs);
      await new Promise<void>((resolve) => running.set(key, resolve));
      running.delete(key);
      queue.finish(key, { kind: "done" }, clock.now());
    },
  });
});

function add(key: string, inMs = 0, freshAtMs = 0): void {
  queue.add(key, { reason: "test", input: false, dueAtMs: clock.now() + inMs, freshAtMs });
  workers.look();
}
const names = (): readonly string[] => [...running.keys()];

test("nothing runs before they begin, and then so many at a time", async () => {
  for (const key of ["a", "b", "c"]) add(key);
  await settled();
  expect(names()).toEqual([]);
  workers.begin();
  await settled();
  expect(names()).toEqual(["a", "b"]);
  running.get("a")?.();
  await settled();
  expect(names()).toEqual(["b", "c"]);
});

test("all that is added in one moment is in before the first is taken", async () => {
  workers.begin();
  await settled();
  add("late");
  add("late but due earlier", -10);
  await settled();
  expect(names()).toEqual(["late but due earlier", "late"]);
});

test("a key that is due later runs then, and reads nothing newer than that", async () => {
  workers.begin();
  add("a", 500, 1_000_000);
  await clock.advance(499);
  expect(names()).toEqual([]);
  await clock.advance(1);
  expect(names()).toEqual(["a"]);
  expect(fresh).toEqual([1_500]);
});

test("it is idle once nothing waits or runs, or who asks gives up", async () => {
  const over: string[] = [];
  const giveUp = new AbortController();
  workers.begin();
  add("a");
  void workers.idle().then(() => over.push("idle"));
  void workers.idle(giveUp.signal).then(() => over.push("given up"));
  await settled();
  expect(over).toEqual([]);
  giveUp.abort();
  await settled();
  expect(over).toEqual(["given up"]);
  running.get("a")?.();
  await settled();
  expect(over).toEqual(["given up", "idle"]);
});

test("W12 once they stop no run begins, and those under way are waited for", async () => {
  workers.begin();
  for (const key of ["a", "b", "c"]) add(key);
  await settled();
  let stopped = false;
  void workers.stop().then(() => {
    stopped = true;
  });
  running.get("a")?.();
  await settled();
  expect([names(), stopped, workers.isStopping()]).toEqual([["b"], false, true]);
  running.get("b")?.();
  await settled();
  expect([names(), stopped, clock.pending()]).toEqual([[], true, 0]);
});
