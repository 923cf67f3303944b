// How long a pull request that failed is left alone, and when that ends early.
import { beforeEach, expect, test } from "vitest";
import { createFailedPulls } from "../../../src/engine/checks/failed-pulls.ts";
import type { FailedPulls } from "../../../src/engine/checks/failed-pulls.ts";

let nowMs: number;
let revision: string | null;
let failed: FailedPulls;

beforeEach(() => {
  nowMs = 0;
  revision = "one";
  failed = createFailedPulls({ now: () => nowMs }, () => revision);
});

/** How long it is put off. */
function pauseMs(): number {
  const begunAtMs = nowMs;
  while (failed.isPutOff(1)) nowMs += 1_000;
  return nowMs - begunAtMs;
}

test("it is put off for longer each time, a quarter of an hour at most, until all is well", () => {
  const pauses = Array.from({ length: 6 }, () => {
    failed.putOff(1, "git is out of order");
    return pauseMs() / 60_000;
  });
  expect(pauses).toEqual([1, 2, 4, 8, 15, 15]);
  failed.done(1);
  expect(failed.isPutOff(1)).toBe(false);
  failed.putOff(1, "git is out of order");
  expect(pauseMs()).toBe(60_000);
});

test("the same failure is news once", () => {
  const news = ["down", "down", "full", "down"].map((message) => failed.putOff(1, message));
  expect(news).toEqual([true, false, true, true]);
});

test("with another revision it is tried at once", () => {
  failed.putOff(1, "no such template");
  revision = "two";
  expect(failed.isPutOff(1)).toBe(false);
});

test("one that ended and could not be told so is tried again some times, and then given up", () => {
  const tries: number[] = [];
  for (let sweep = 0; sweep < 10; sweep++) {
    failed.putOff(2, "open");
    if (sweep < 7) failed.putOff(1, "nobody answers");
    nowMs += 3_600_000;
    tries.push(failed.endings(new Set([2])).length);
  }
  expect(tries).toEqual([1, 1, 1, 1, 1, 0, 1, 1, 1, 1]);
});
