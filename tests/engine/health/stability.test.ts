// Which failures of tasks make a loop.
import { expect, test } from "vitest";
import { hasFailed, stability } from "../../../src/engine/health/stability.ts";
import type { TaskState } from "../../../src/ports.ts";

const runs = (ageMs: number, slot = "web.1"): TaskState => ({
  state: "running",
  error: "",
  ageMs,
  failed: false,
  slot,
});
const failed = (ageMs: number, slot = "web.1"): TaskState => ({
  ...runs(ageMs, slot),
  state: "failed",
  error: "task: non-zero exit (2)",
  failed: true,
});
const stableForMs = 30_000;

test("one task that failed, and what has run since, is a restart", () => {
  const found = stability([runs(120_000), failed(121_000)], stableForMs);
  expect(found).toMatchObject({ kind: "restarted", last: { ageMs: 121_000 } });
});

test("two failures in the window are a loop", () => {
  expect(stability([runs(60_000), failed(61_000), failed(200_000)], stableForMs).kind).toBe("loop");
});

test("a failure whose replacement runs for less than stableFor is a loop", () => {
  expect(stability([runs(29_000), failed(30_000)], stableForMs).kind).toBe("loop");
});

test("a daemon that restarts ends one task of each replica: no loop", () => {
  const tasks = [1, 2, 3].flatMap((n) => [runs(60_000, `web.${n}`), failed(61_000, `web.${n}`)]);
  expect(stability(tasks, stableForMs).kind).toBe("restarted");
});

test("what failed long ago means nothing", () => {
  expect(stability([runs(1_000), failed(3_600_000)], stableForMs)).toEqual({ kind: "steady" });
  expect(hasFailed([failed(3_600_000)])).toBe(false);
  expect(hasFailed([failed(60_000)])).toBe(true);
});
