// Tasks that do not start and of which docker says nothing, or only that no node is suitable.
import { expect, test } from "vitest";
import { stuckTask } from "../../../src/engine/rollout/stuck-tasks.ts";
import type { SwarmService } from "../../../src/model/observed.ts";
import type { TaskState } from "../../../src/ports.ts";

const task = (state: string, ageMs: number, error = ""): TaskState => ({
  state,
  ageMs,
  error,
  failed: false,
});
const full: ReadonlyMap<string, SwarmService> = new Map(
  Array.from({ length: 126 }, (_, index) => [
    `a${index}`,
    { id: `${index}`, appName: `a${index}`, image: "nginx:1", running: 1, wanted: 1 },
  ]),
);

test("a new task of a full network names the addresses, with the counts", () => {
  const stuck = stuckTask([task("new", 31_000)], full);
  expect(stuck).toEqual({
    kind: "addresses",
    text: "a task has been new for more than 30 s without an error: dokploy-network has no address left (126 services and their tasks need about 259, it has 252); remove services or give it a larger subnet",
  });
});

test("its words do not change while it waits", () => {
  expect(stuckTask([task("new", 3_600_000)], full)).toEqual(stuckTask([task("new", 31_000)], full));
});

test.each([
  ["no suitable node (insufficient resources on 1 node)", "memory"],
  ["no suitable node (scheduling constraints not satisfied on 1 node)", "placement"],
  ["no suitable node (max replicas per node limit exceed)", "placement"],
  ["", "unknown"],
])("a pending task: %j is %s", (error, kind) => {
  const stuck = stuckTask([task("pending", 31_000, error)], new Map());
  expect(stuck?.kind).toBe(kind);
  if (error !== "") expect(stuck?.text).toContain(error);
});

test.each([
  ["young", task("new", 29_000)],
  ["running", task("running", 90_000)],
  ["failed", { ...task("pending", 90_000), failed: true }],
])("a task that is %s is not stuck", (_, one) => {
  expect(stuckTask([one], full)).toBeNull();
});
