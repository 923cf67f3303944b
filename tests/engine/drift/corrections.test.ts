// Which actions of a plan wait while their fields are fought over (H3), and what ends a fight.
import { beforeEach, expect, test } from "vitest";
import { createStackRecords } from "../../../src/engine/memory/stack-records.ts";
import { memoryStore } from "../../support/memory.ts";
import { createVirtualClock } from "../../support/virtual-clock.ts";
import { createMemory, noMemory } from "../../../src/engine/memory/memory.ts";
import { createCorrections } from "../../../src/engine/drift/corrections.ts";
import type { Corrections, Input } from "../../../src/engine/drift/corrections.ts";
import type { Cause } from "../../../src/model/cause.ts";
import type { Action } from "../../../src/model/plan.ts";

const input: Input = { stack: "shop", changedAt: 1, asked: false };
const second = 1_000;
const onServer: Cause = { kind: "drift", change: { what: "fields", fields: ["image"] } };
const inGit: Cause = { kind: "git", what: "fields", fields: ["image"], secret: null };

function configure(service: string, cause: Cause, ...paths: readonly string[]): Action {
  return {
    type: "configure-service",
    service,
    applicationId: service,
    cause,
    risk: "restart",
    changes: paths.map((path) => ({ path, was: "a", is: "b" })),
  } as unknown as Action;
}
const removal = {
  type: "delete-service",
  service: "app/old",
  cause: inGit,
  changes: [],
} as unknown;
const mark = {
  type: "mark",
  cause: inGit,
  changes: [],
  marks: [{ key: "app/web" }, { key: "app/api" }],
};
const drift = configure("app/web", onServer, "image");

let corrections: Corrections;
beforeEach(() => {
  corrections = createCorrections({
    memory: noMemory,
    records: createStackRecords(),
    input: () => "said",
  });
});
const correct = (action: Action, nowMs: number, about = input): string | null =>
  corrections.done(about, [{ action, status: "done", message: "" }], nowMs);
const held = (action: Action, nowMs: number, about = input): number | null =>
  corrections.allow(about, [action], nowMs).held?.afterMs ?? null;

test("H3 the second correction of one field waits two seconds after the first", () => {
  expect(held(drift, 0)).toBeNull();
  correct(drift, 0);
  expect(held(drift, 500)).toBe(1_500);
  expect(held(drift, 2 * second)).toBeNull();
});

test("H3 a service that waits waits whole, its marks and all removals with it; others go on", () => {
  correct(drift, 0);
  const other = configure("app/api", onServer, "image");
  const plan = [mark as unknown as Action, drift, other, removal as Action];
  const { actions } = corrections.allow(input, plan, 0);
  expect(actions).toEqual([{ ...mark, marks: [{ key: "app/api" }] }, other]);
});

test("what Git changes is no drift, and what failed is no correction", () => {
  correct(configure("app/web", inGit, "image"), 0);
  corrections.done(input, [{ action: drift, status: "failed", message: "" }], 0);
  expect(held(drift, 0)).toBeNull();
});

test("H3 once all was as Git says, every change of a field is drift, also where it needs no deploy", () => {
  const domain = {
    ...drift,
    type: "update-child",
    cause: { kind: "child", wanted: true },
  } as unknown as Action;
  correct(domain, 0);
  expect(held(domain, 0)).toBeNull();
  corrections.settled(input);
  correct(domain, 0);
  expect(held(domain, 0)).toBe(2 * second);
});

test("H3 a new commit, or a person who asks for a deploy, ends a fight", () => {
  for (const next of [
    { ...input, changedAt: 2 },
    { ...input, asked: true },
  ]) {
    corrections.forget("shop");
    correct(drift, 0);
    expect(held(drift, 0)).toBe(2 * second);
    expect(held(drift, 0, next)).toBeNull();
  }
});

test("H3 what is told of one correction is about its own fields", () => {
  const other = configure("app/api", onServer, "image");
  for (const at of [0, 2, 6]) correct(drift, at * second);
  expect(correct(other, 7 * second)).toBeNull();
  expect(corrections.message("shop", 7 * second)).toBe(
    "repeated drift: image of app/web, 3 times in 6s",
  );
  expect(corrections.message("blog", 7 * second)).toBeNull();
});

test("H3 a fight goes on after a restart where it was, until the input is another", () => {
  const store = memoryStore();
  const begin = (input: string): ReturnType<typeof createCorrections> =>
    createCorrections({
      records: createStackRecords(),
      memory: createMemory(store, createVirtualClock()),
      input: () => input,
    });
  const about = { stack: "shop", changedAt: 7, asked: false };
  const again = { stack: "shop", changedAt: 1, asked: false };
  const action = configure("app/web", onServer, "image");
  const first = begin("said");
  for (const atMs of [0, 10_000, 20_000, 30_000]) {
    first.allow(about, [action], atMs);
    first.done(about, [{ action, status: "done", message: "" }], atMs);
  }
  const second = begin("said");
  expect(second.allow(again, [action], 31_000).held?.message).toContain(
    "repeated drift: image of app/web, 4 times in 30s",
  );
  expect(second.allow({ ...again, changedAt: 2 }, [action], 31_000).held).toBeNull();
  expect(store.memos()).toEqual([]);
  second.done({ ...again, changedAt: 2 }, [{ action, status: "done", message: "" }], 31_000);
  expect(begin("something else").allow(again, [action], 31_001).held).toBeNull();
});
