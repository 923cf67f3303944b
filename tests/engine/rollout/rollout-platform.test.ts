// W7b: what of a rollout is the platform's: outages are judged by nobody, and what they break is tried again.
import { describe, expect, test } from "vitest";
import { lookedInVain } from "../../../src/engine/rollout/rollout-state.ts";
import { judge } from "../../../src/engine/rollout/rollout-judge.ts";
import type { RolloutView } from "../../../src/engine/rollout/rollout-state.ts";
import { begun, done, issued, row, service, stepOf, task, view, watch } from "./state-fixture.ts";

describe("W7b what is the platform's", () => {
  const blind = (nowMs: number, more: Partial<RolloutView> = {}): [number, RolloutView] => [
    nowMs,
    done({ service: null, live: null, tasks: null, ...more }),
  ];
  const notYet = { service: service(0), tasks: [] };

  test("time in which the swarm cannot be read counts towards no time-out", () => {
    const looks = watch(issued, [
      [0, done(notYet)],
      [50_000, done(notYet)],
      blind(50_001),
      blind(900_000),
      [950_001, done(notYet)],
      [960_000, done(notYet)],
      [960_002, done(notYet)],
    ]);
    expect(looks.map(({ step }) => step.kind)).toEqual([
      ...Array<string>(6).fill("wait"),
      "failed",
    ]);
    expect(looks[3]?.state.message).toBe(
      "the swarm has not answered since 00:00 UTC; waiting to judge",
    );
  });

  test("nor does time in which Dokploy did not answer at all", () => {
    const { state } = judge(issued, done(notYet));
    const later = lookedInVain(lookedInVain(state, 2_000), 500_000);
    expect(stepOf(later, done({ ...notYet, nowMs: 900_000 }))).toBe("wait");
  });

  test("a deployment that runs on through an outage is not timed out by it", () => {
    const running = { rows: [row("running")] };
    const looks = watch(issued, [
      [0, view({ ...running })],
      [1, view({ ...running, service: null })],
      [300_000, view({ ...running, service: null })],
      [300_001, view({ ...running })],
      [360_002, view({ ...running })],
    ]);
    expect(looks.map(({ step }) => step.kind)).toEqual(["wait", "wait", "wait", "wait", "failed"]);
  });

  test("what was right before an outage is watched anew after it", () => {
    const looks = watch(issued, [
      [0, done()],
      blind(1_000),
      [30_000, done()],
      [39_999, done()],
      [40_000, done()],
    ]);
    expect(looks.map(({ step }) => step.kind)).toEqual(["wait", "wait", "wait", "wait", "healthy"]);
  });

  test("nothing is deployed, and nothing counts as lost, while nobody knows what runs", () => {
    expect(stepOf(begun, view({ service: null }))).toBe("wait");
    const looks = watch(
      issued,
      Array.from({ length: 20 }, (_, at) => [at, view({ service: null })]),
    );
    expect(new Set(looks.map(({ step }) => step.kind))).toEqual(new Set(["wait"]));
  });

  test("containers that do not start on a full disk are tried again; those that end by themselves are not", () => {
    const late = { ...issued, beganAtMs: 0 };
    const failing = (error: string): RolloutView =>
      done({
        nowMs: 60_001,
        service: service(0),
        tasks: [task({ state: "rejected", failed: true, error })],
      });
    expect(judge(late, failing("mkdir /x: no space left on device")).step).toMatchObject({
      again: true,
      platform: "no space is left on the server's disk",
    });
    expect(judge(late, failing("task: non-zero exit (1)")).step).toMatchObject({
      again: false,
      platform: null,
    });
  });
});
