// What a stack waits for, and when a stack may join the rollout of its template. Pure.
import { describe, expect, test } from "vitest";
import {
  beginsRollout,
  dependencyWait,
  mayDeploy,
  templateWait,
} from "../../../src/engine/order/order.ts";
import type { RunEnd, Siblings } from "../../../src/engine/order/order.ts";
import type { DesiredStack } from "../../../src/model/desired.ts";
import {
  converged,
  degraded,
  failed,
  judged,
  loadedOf,
  marking,
  progressing,
  rolling,
  stack,
} from "./fixture.ts";
import type { LoadedOptions } from "./fixture.ts";

describe("H5 what a stack waits for", () => {
  const web = stack("web", { dependsOn: ["db"] });
  const wait = (
    db: DesiredStack | null,
    last: RunEnd | undefined,
    options: LoadedOptions = {},
  ): string | null =>
    dependencyWait(
      web,
      loadedOf(db === null ? [web] : [web, db], options),
      new Map(last === undefined ? [] : [["db", last]]),
    );
  const db = stack("db");

  test("H5 nothing when its dependency is Ready on this revision, or on an older one that is still its newest", () => {
    expect(wait(db, judged(converged))).toBeNull();
    expect(wait(db, judged(converged), { sequence: 4, changedAt: { db: 1 } })).toBeNull();
    expect(dependencyWait(stack("alone"), loadedOf([]), new Map())).toBeNull();
  });

  test("H5 a dependency that is Ready on an older revision is waited for", () => {
    const message = wait(db, judged(converged), { sequence: 4, changedAt: { db: 2 } });
    expect(message).toBe("waits for db: its newest change has not been carried out yet");
  });

  const cases: readonly (readonly [string, DesiredStack | null, RunEnd | undefined, string])[] = [
    ["unknown", db, undefined, "it has not been checked yet"],
    ["suspended", stack("db", { suspend: true }), judged(converged), "it is suspended in Git"],
    ["rolling out", db, judged(progressing), "it is being rolled out (app/web: deploying)"],
    ["degraded", db, judged(degraded), "it failed (web: it crashed)"],
    ["failing", db, judged(failed), "it failed (no answer)"],
    ["not in Git", null, judged(converged), "it is not in Git"],
    [
      "unhealthy",
      db,
      judged(converged, { ready: false, message: "app/web: 0 of 1 replicas are running" }),
      "it is not healthy (app/web: 0 of 1 replicas are running)",
    ],
    [
      "waiting",
      db,
      judged({ kind: "waiting", reason: "approval", message: "removals wait", afterMs: null }),
      "it waits itself (removals wait)",
    ],
  ];
  test.each(cases)("H5 a dependency that is %s is waited for by name", (_, one, last, reason) => {
    expect(wait(one, last)).toBe(`waits for db: ${reason}`);
  });

  test("H5 one whose manifest is broken is told, though it was Ready before", () => {
    const message = wait(null, judged(converged), { broken: ["db"] });
    expect(message).toBe("waits for db: its manifest has a problem");
  });

  test("H5 all that are not Ready are named", () => {
    const both = stack("web", { dependsOn: ["cache", "db", "queue"] });
    const loaded = loadedOf([both, db, stack("cache"), stack("queue")]);
    const known = new Map([
      ["cache", judged(degraded)],
      ["db", judged(converged)],
    ]);
    expect(dependencyWait(both, loaded, known)).toBe(
      "waits for cache: it failed (web: it crashed); queue: it has not been checked yet",
    );
  });
});

describe("H8 whether a stack may join its template's rollout", () => {
  const none: Siblings = { inFlight: [], unknown: [], failed: new Map() };
  const both = { maxParallel: 2, stopOnFailure: true };

  test("H8 there is room below maxParallel, and without it always", () => {
    const two = { ...none, inFlight: ["ann", "bob"] };
    expect(templateWait("box", both, { ...none, inFlight: ["ann"] }, true)).toBeNull();
    expect(templateWait("box", both, two, true)).toBe(
      "waits for ann, bob: the template box is rolled out to 2 stacks at a time",
    );
    const unlimited = { maxParallel: null, stopOnFailure: false };
    expect(templateWait("box", unlimited, two, true)).toBeNull();
  });

  test("H8 a failure holds those that its change reaches, and only when the template says so", () => {
    const one = { ...none, failed: new Map([["ann", "web: it crashed"]]) };
    expect(templateWait("box", both, one, true)).toContain("ann failed on the newest change");
    expect(templateWait("box", both, one, true)).toContain("web: it crashed");
    expect(templateWait("box", both, one, false)).toBeNull();
    expect(templateWait("box", { ...both, stopOnFailure: false }, one, true)).toBeNull();
  });
});

test("H6 a deploy that was not requested yet is not when its stack is suspended or closed", () => {
  const windows = [{ allow: "0 6 * * *", forMs: 3_600_000, timezone: "UTC" }];
  const closing = stack("shop", { sync: { selfHeal: true, prune: true, windows } });
  expect(mayDeploy(closing, Date.parse("2026-11-23T06:30:00Z"))).toBe(true);
  expect(mayDeploy(closing, Date.parse("2026-11-23T07:00:00Z"))).toBe(false);
  expect(mayDeploy(stack("shop", { suspend: true }), 0)).toBe(false);
  expect(mayDeploy(undefined, 0)).toBe(true);
});

test("H8 a rollout is what deploys; a marker is none", () => {
  expect(beginsRollout([marking])).toBe(false);
  expect(beginsRollout([marking, rolling])).toBe(true);
});
