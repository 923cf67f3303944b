// One rollout whose process does not stay up, or whose time is over.
import { describe, expect, test } from "vitest";
import { judge } from "../../../src/engine/rollout/rollout-judge.ts";
import type { Judgement, RolloutView } from "../../../src/engine/rollout/rollout-state.ts";
import { crashed, done, issued, policy, row, service, task, view, watch } from "./state-fixture.ts";

describe("H1 a crash loop", () => {
  test("that reads 1/1 at every look never becomes healthy and fails with its error", () => {
    let state = issued;
    let last: Judgement | null = null;
    for (let nowMs = 0; nowMs <= 90_000; nowMs += 1000) {
      // It dies every eight seconds; docker shows the last failures with their ages.
      const tasks = [task({ ageMs: nowMs % 8000 }), crashed(nowMs % 8000)];
      last = judge(state, done({ nowMs, tasks }));
      state = last.state;
      expect(last.step.kind).not.toBe("healthy");
      if (last.step.kind === "failed") break;
    }
    expect(last?.step).toMatchObject({ kind: "failed", again: false });
    expect(last?.state.message).toContain("non-zero exit (2)");
  });

  test("that flaps between 0/1 and 1/1 fails when its time is over", () => {
    const flapping = Array.from({ length: 70 }, (_, n): readonly [number, RolloutView] => [
      n * 1000,
      n % 3 === 0 ? done() : done({ service: service(0, 1), tasks: [crashed(500)] }),
    ]);
    const kinds = watch(issued, flapping).map(({ step }) => step.kind);
    expect(kinds).not.toContain("healthy");
    expect(kinds[62]).toBe("failed");
  });

  test("one failed task starts the window anew, from that failure on", () => {
    const looks = watch(issued, [
      [0, done()],
      [6_000, done({ tasks: [task(), crashed(1_000)] })],
      [10_000, done({ tasks: [task(), crashed(5_000)] })],
      [14_999, done({ tasks: [task(), crashed(9_999)] })],
      [15_000, done({ tasks: [task(), crashed(10_000)] })],
    ]);
    expect(looks.map(({ step }) => step.kind)).toEqual(["wait", "wait", "wait", "wait", "healthy"]);
  });

  test("failures of the version before do not count", () => {
    const tasks = [task(), crashed(3_600_000)];
    const looks = watch(issued, [
      [0, done({ tasks })],
      [10_000, done({ tasks })],
    ]);
    expect(looks.at(-1)?.step.kind).toBe("healthy");
  });
});

describe("the time-out", () => {
  test("leaves what became right late the time to prove that it stays up", () => {
    const looks = watch(issued, [
      [0, view({ rows: [row("running")] })],
      [59_000, done()],
      [61_000, done()],
      [68_999, done()],
      [69_000, done()],
    ]);
    expect(looks.map(({ step }) => step.kind)).toEqual(["wait", "wait", "wait", "wait", "healthy"]);
  });

  test("of a policy whose window is longer than its time-out can be met", () => {
    const state = { ...issued, policy: { ...policy, timeoutMs: 5_000 } };
    const looks = watch(state, [
      [0, done()],
      [9_000, done()],
      [10_000, done()],
    ]);
    expect(looks.map(({ step }) => step.kind)).toEqual(["wait", "wait", "healthy"]);
  });

  test("tells why in words that end", () => {
    const looks = watch(issued, [
      [0, done({ service: service(0, 1), tasks: [] })],
      [60_001, done({ service: service(0, 1), tasks: [] })],
    ]);
    expect(looks.at(-1)?.state.message).toBe("not healthy in time: 0 of 1 replicas are running");
  });

  test("tells once why its tasks fail", () => {
    const failing = done({ service: service(0, 1), tasks: [crashed(500)] });
    const looks = watch(issued, [
      [0, failing],
      [60_001, failing],
    ]);
    expect(looks.at(-1)?.state.message).toBe(
      "not healthy in time: 0 of 1 replicas are running (task: non-zero exit (2))",
    );
  });
});
