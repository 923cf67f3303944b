// H4: what a run goes by, once it is known where a stack may return to.
import { describe, expect, test } from "vitest";
import { heldTarget, leavingTarget } from "../../../src/engine/rollback/target.ts";
import type { Found, Situation } from "../../../src/engine/rollback/target.ts";
import type { HealthyRevision } from "../../../src/ports-store.ts";
import { webStack } from "../../support/web-stack.ts";

const now = webStack({ image: "acme/web:2" }, { suspend: false });
const before = webStack({ image: "acme/web:1" }, { suspend: true });
const healthy = "aaaaaaaaaaaa0000";
const newest = "bbbbbbbbbbbb0000";
const changed = "cccccccccccc0000";

const found: Found = { stack: before, revision: healthy, hash: "hash-before" };
const situation = (more: Partial<Situation> = {}): Situation => ({
  now,
  hash: "hash-now",
  loaded: { changedIn: new Map([["shop", changed]]), revision: { id: newest, title: "" } },
  found,
  ...more,
});
const web = now.services[0]!;
const failures = [{ service: web, reason: "it\ncrashed" }];
const clean = (text: string): string => text.replaceAll("\n", " ");

describe("leaving a stack whose rollout was given up", () => {
  test("goes to the healthy one under Git's rules of today, and writes down what was left", () => {
    const { desired, revision, back, note } = leavingTarget(situation(), failures, clean);
    expect(desired).toEqual({ ...before, suspend: false });
    expect([revision, note]).toEqual([healthy, null]);
    expect(back).toMatchObject({ from: changed, to: healthy, stuck: null });
    expect(back?.plan).toMatchObject({ hash: "hash-now", failed: new Set(["app/web"]) });
    expect(back?.begins).toEqual({
      stack: "shop",
      revision: healthy,
      hash: "hash-before",
      left: { revision: changed, hash: "hash-now", reason: "web: it crashed" },
    });
  });

  test("is not done without a revision to return to, and the note says why", () => {
    const target = leavingTarget(situation({ found: "no healthy\none" }), failures, clean);
    expect(target).toEqual({ desired: now, revision: newest, back: null, note: "no healthy one" });
  });

  test("is not done where all that failed was the same at that revision", () => {
    const same = situation({ found: { ...found, stack: now } });
    expect(leavingTarget(same, failures, clean)).toMatchObject({
      desired: now,
      back: null,
      note: "aaaaaaaaaaaa, the last healthy one, has the same web",
    });
  });
});

describe("a stack that is held", () => {
  const failed = new Set(["app/web"]);
  const record: HealthyRevision = {
    stack: "shop",
    revision: healthy,
    hash: "hash-before",
    left: { revision: newest, hash: "hash-now", reason: "it crashed" },
  };

  test("goes by the healthy one, with what is remembered of why, and begins nothing", () => {
    const { desired, revision, back } = heldTarget(situation(), failed, record, undefined);
    expect([desired.services, revision]).toEqual([before.services, healthy]);
    expect(back).toMatchObject({ from: newest, to: healthy, begins: null, stuck: null });
    expect(back?.plan.cause).toMatchObject({ why: "it crashed" });
  });

  test("names the commit that changed it where nothing is remembered, or of another stack", () => {
    const other = { ...record, left: { ...record.left!, hash: "another" } };
    for (const known of [undefined, other]) {
      const { back } = heldTarget(situation(), failed, known, undefined);
      expect(back).toMatchObject({ from: changed, plan: { cause: { why: "" } } });
    }
  });

  test("stays as it is where there is nothing to return to", () => {
    const stuck = situation({ found: "it cannot be read" });
    const back = { begins: null, stuck: "it cannot be read" };
    expect(heldTarget(stuck, failed, record, "dddd")).toMatchObject({
      desired: now,
      revision: newest,
      back: { ...back, to: healthy },
    });
    expect(heldTarget(stuck, failed, undefined, "dddd").back).toMatchObject({
      ...back,
      to: "dddd",
    });
    expect(heldTarget(stuck, failed, undefined, undefined).back?.to).toBe("unknown");
  });
});
