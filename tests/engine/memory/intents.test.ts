// W3: a create whose answer was lost is looked for, twice and some time apart, before it is repeated.
import { beforeEach, describe, expect, test } from "vitest";
import { createIntents } from "../../../src/engine/memory/intents.ts";
import type { Intents } from "../../../src/engine/memory/intents.ts";
import type { Store } from "../../../src/ports-store.ts";
import { memoryStore } from "../../support/memory.ts";
import { createVirtualClock } from "../../support/virtual-clock.ts";
import type { VirtualClock } from "../../support/virtual-clock.ts";

const lookAgainMs = 10_000;
const startMs = 1_000_000;
let clock: VirtualClock;
let store: Store;
let intents: Intents;
beforeEach(() => {
  clock = createVirtualClock(startMs);
  store = memoryStore();
  intents = createIntents(store, clock, lookAgainMs);
});

describe("W3 a create whose answer was lost", () => {
  beforeEach(() => intents.begin("shop/project"));

  test("is in the store before its request goes out", () => {
    expect(store.intents()).toEqual([{ resource: "shop/project", atMs: startMs }]);
  });

  test("waits until two observations, ten seconds apart, lack it", () => {
    const first = startMs + 5;
    expect(intents.gate("shop/project", first)).toEqual({ kind: "wait", afterMs: lookAgainMs });
    expect(intents.gate("shop/project", first)).toEqual({ kind: "wait", afterMs: lookAgainMs });
    expect(intents.gate("shop/project", first + 9_999)).toEqual({ kind: "wait", afterMs: 1 });
    expect(intents.open("shop/project")).toBe(true);
    expect(intents.gate("shop/project", first + 10_000)).toEqual({ kind: "free" });
    expect(intents.open("shop/project")).toBe(false);
    expect(store.intents()).toEqual([]);
  });

  test("an observation from before the request proves nothing", () => {
    for (const observedAtMs of [startMs - 60_000, startMs]) {
      expect(intents.gate("shop/project", observedAtMs).kind).toBe("wait");
    }
    expect(intents.gate("shop/project", startMs + 1).kind).toBe("wait");
    expect(intents.gate("shop/project", startMs + 9_999).kind).toBe("wait");
  });

  test("is over when its answer came, and the next create is free", () => {
    intents.end("shop/project");
    expect(intents.gate("shop/project", startMs + 1)).toEqual({ kind: "free" });
    expect(store.intents()).toEqual([]);
  });

  test("is over when it was seen: only what is still missing stays", () => {
    intents.begin("shop/app/web");
    intents.begin("shop-2/project");
    intents.keepOnly("shop/", new Set(["shop/app/web"]));
    expect(store.intents().map(({ resource }) => resource)).toEqual([
      "shop/app/web",
      "shop-2/project",
    ]);
  });

  test("a second try starts the waiting anew", () => {
    expect(intents.gate("shop/project", startMs + 5).kind).toBe("wait");
    clock.set(startMs + 20_000);
    intents.begin("shop/project");
    expect(intents.gate("shop/project", startMs + 20_001).kind).toBe("wait");
    expect(intents.gate("shop/project", startMs + 30_000).kind).toBe("wait");
    expect(intents.gate("shop/project", startMs + 30_001).kind).toBe("free");
  });
});

describe("W3 a start that finds an unfinished create", () => {
  function restart(atMs: number): Intents {
    store.saveIntent({ resource: "shop/project", atMs });
    return createIntents(store, clock, lookAgainMs);
  }

  test.each([0, 1, 59_999])("waits when it is %d ms old", (ageMs) => {
    const started = restart(startMs - ageMs);
    expect(started.gate("shop/project", startMs + 1).kind).toBe("wait");
    expect(started.gate("shop/project", startMs + 10_001).kind).toBe("free");
  });

  test.each([60_000, 3_600_000])("forgets it when it is %d ms old", (ageMs) => {
    const started = restart(startMs - ageMs);
    expect(started.gate("shop/project", startMs + 1)).toEqual({ kind: "free" });
    expect(store.intents()).toEqual([]);
  });

  test("does not wait for ever when the clock was set back in between", () => {
    const started = restart(startMs + 86_400_000);
    expect(started.gate("shop/project", startMs + 1)).toEqual({
      kind: "wait",
      afterMs: lookAgainMs,
    });
    expect(started.gate("shop/project", startMs + 10_001)).toEqual({ kind: "free" });
  });
});

test("a store that was deleted in between does no harm", () => {
  store.saveIntent({ resource: "shop/project", atMs: startMs });
  const started = createIntents(memoryStore(), clock, lookAgainMs);
  expect(started.gate("shop/project", startMs + 1)).toEqual({ kind: "free" });
  started.end("shop/project");
});
