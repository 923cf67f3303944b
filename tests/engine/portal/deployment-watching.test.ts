// How often those who watch deployments are told, and how often the store and the Git host are asked for it.
import { beforeEach, describe, expect, test } from "vitest";
import { newRecord } from "../../../src/engine/portal/deployment-record.ts";
import { createDeploymentWatchers } from "../../../src/engine/portal/deployment-watchers.ts";
import { createGatheredNames } from "../../../src/engine/portal/gathered-names.ts";
import { createReviewStates } from "../../../src/engine/portal/review-states.ts";
import { createSharedStates } from "../../../src/engine/portal/shared-states.ts";
import type { PullRequest } from "../../../src/model/forge.ts";
import { createVirtualClock } from "../../support/virtual-clock.ts";
import type { VirtualClock } from "../../support/virtual-clock.ts";

let clock: VirtualClock;
beforeEach(() => {
  clock = createVirtualClock();
});

describe("who watches", () => {
  test("is told of its own deployment, and from time to time of what no event tells", async () => {
    const watchers = createDeploymentWatchers(clock, 3_000);
    const told: string[] = [];
    const end = watchers.watch("one", () => void told.push("one"));
    watchers.watch("two", () => void told.push("two"));
    watchers.tell(["one", "nobody's"]);
    expect(told).toEqual(["one"]);
    await clock.advance(6_000);
    expect(told.slice(1)).toEqual(["one", "two", "one", "two"]);
    end();
    watchers.tell(["one"]);
    expect(told).toHaveLength(5);
  });

  test("leaves no timer behind", async () => {
    const watchers = createDeploymentWatchers(clock, 3_000);
    watchers.watch("one", () => undefined)();
    await clock.advance(3_000);
    expect(clock.pending()).toBe(0);
    watchers.watch("one", () => undefined);
    watchers.close();
    expect(clock.pending()).toBe(0);
  });
});

test("what happens at once is handed on together, once", async () => {
  const settled: (readonly string[])[] = [];
  const names = createGatheredNames(clock, 50, (all) => void settled.push([...all]));
  names.add([]);
  expect(clock.pending()).toBe(0);
  names.add(["a", "b"]);
  await clock.advance(49);
  names.add(["b", "c"]);
  await clock.advance(1);
  expect(settled).toEqual([["a", "b", "c"]]);
  names.add(["d"]);
  names.close();
  await clock.advance(60_000);
  expect(settled).toHaveLength(1);
});

describe("a shared state", () => {
  test("is read once a second, or when something happened", async () => {
    let reads = 0;
    const shared = createSharedStates(clock, 1_000, async () => ++reads);
    expect(await Promise.all([shared.of("a"), shared.of("a")])).toEqual([1, 1]);
    await clock.advance(1_000);
    expect(await shared.of("a")).toBe(2);
    shared.forget("a");
    expect(await shared.of("a")).toBe(3);
    shared.forgetAll();
    expect(await shared.of("a")).toBe(4);
  });

  test("that could not be read is read again for the next one", async () => {
    let reads = 0;
    const shared = createSharedStates(clock, 1_000, async () => {
      reads += 1;
      if (reads === 1) throw new Error("the disk is full");
      return reads;
    });
    await expect(shared.of("a")).rejects.toThrow("the disk is full");
    expect(await shared.of("a")).toBe(2);
  });
});

describe("the pull request of a deployment", () => {
  const person = { id: "token:zoe", name: "Zoe", role: "deployer", email: null } as const;
  const asked = newRecord({ name: "ada", template: "t", url: null, person }, "dep_1", 0);
  const record = { ...asked, review: { number: 7, url: "" } };
  let asks: number;
  let answer: () => PullRequest["state"];
  const states = () =>
    createReviewStates({
      forge: {
        pull: async () => {
          asks += 1;
          return { state: answer() } as PullRequest;
        },
      },
      clock,
      freshMs: 3_000,
    });
  beforeEach(() => {
    asks = 0;
    answer = () => "open";
  });

  test("is asked for no more often than its answer is fresh, and never after it ended", async () => {
    const reviews = states();
    expect([await reviews.of(record), await reviews.of(record)]).toEqual(["open", "open"]);
    expect(asks).toBe(1);
    answer = () => "merged";
    await clock.advance(3_000);
    expect(await reviews.of(record)).toBe("merged");
    await clock.advance(60_000);
    expect(await reviews.of(record)).toBe("merged");
    expect(asks).toBe(2);
  });

  test("is as it was while the host does not answer", async () => {
    answer = () => {
      throw new Error("nobody answers");
    };
    expect(await states().of(record)).toBe("open");
    expect(await states().of(asked)).toBeNull();
    expect(asks).toBe(1);
    const without = createReviewStates({ forge: null, clock, freshMs: 3_000 });
    expect(await without.of(record)).toBe("open");
  });
});
