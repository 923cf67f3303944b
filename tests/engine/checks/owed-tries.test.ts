// Whose turn it is among checks that the host did not take.
import { expect, test } from "vitest";
import { createOwedTries } from "../../../src/engine/checks/owed-tries.ts";
import type { CheckReason, CheckRow } from "../../../src/model/checks.ts";

const row = (context: string, reason: CheckReason = "queued"): CheckRow => ({
  ...{ sha: "a".repeat(40), context, stack: null, reason, state: "pending" },
  ...{ description: "", change: null, atMs: 0, owed: true },
});
const [one, two, three] = [row("one"), row("two"), row("three")];

function triesAt(nowMs: number) {
  const clock = { now: () => nowMs };
  return { clock, tries: createOwedTries(clock, () => 0) };
}

test("a commit that the host does not know waits alone, longer each time, and is given up in the end", () => {
  const { tries } = triesAt(1_000);
  expect(tries.failed(one, "not-found")).toBe("later");
  const first = tries.dueAtMs(one);
  expect(first).toBeGreaterThan(1_000);
  expect(tries.dueAtMs(two)).toBe(0);
  expect(tries.failed(one, "not-found")).toBe("later");
  expect(tries.dueAtMs(one)).toBeGreaterThan(first);
  for (const verdict of ["later", "later", "later", "drop"]) {
    expect(tries.failed(one, "not-found")).toBe(verdict);
  }
});

test("a host that is down is not held against a commit that it does not know later", () => {
  const { tries } = triesAt(0);
  for (let times = 0; times < 20; times++) expect(tries.failed(one, "unavailable")).toBe("host");
  expect(tries.failed(one, "not-found")).toBe("later");
});

test.each(["invalid", "unsupported"] as const)("what is %s is dropped at once", (code) => {
  expect(triesAt(0).tries.failed(one, code)).toBe("drop");
});

test("what was tried least comes first, and a limited rate counts as no try", () => {
  const { tries } = triesAt(0);
  tries.failed(one, "unavailable");
  tries.failed(two, "rate-limited");
  expect(tries.inOrder([one, two, three])).toEqual([two, three, one]);
  tries.done(one);
  expect(tries.inOrder([one, two, three])).toEqual([one, two, three]);
});

test("another thing to say of the same commit begins anew", () => {
  const { tries } = triesAt(0);
  tries.failed(one, "not-found");
  expect(tries.dueAtMs(row("one", "healthy"))).toBe(0);
});

test("what is not owed any more is forgotten", () => {
  const { tries } = triesAt(0);
  tries.failed(one, "not-found");
  tries.failed(two, "not-found");
  tries.keepOnly([two]);
  expect(tries.count()).toBe(1);
  expect(tries.dueAtMs(one)).toBe(0);
});
