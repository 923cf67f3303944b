import { expect, test } from "vitest";
import { timelines } from "../../../src/engine/rollout/rollout-timeline.ts";
import type { RolloutData } from "../../../src/model/event-data.ts";
import type { Event } from "../../../src/model/status.ts";

function event(atMs: number, phase: RolloutData["phase"], more: Partial<RolloutData> = {}): Event {
  return {
    atMs,
    kind: "rollout",
    level: "info",
    stack: "shop",
    revision: "abc",
    message: "",
    rollout: {
      ...{ service: "app/web", phase, attempt: 1, running: null, wanted: null, why: null, log: [] },
      ...more,
    },
  };
}

const way = ["waiting", "requested", "queued", "deploying", "starting", "settling"] as const;
const underWay = way.map((phase, index) => event(index, phase));

test("a rollout is its phases with their times", () => {
  const [one] = timelines([
    ...underWay.slice(0, 4),
    event(4, "starting", { running: 0, wanted: 2 }),
    event(5, "starting", { running: 1, wanted: 2 }),
    event(6, "settling", { running: 2, wanted: 2 }),
    event(9, "healthy"),
  ]);
  expect(one).toMatchObject({
    service: "app/web",
    attempt: 1,
    state: "healthy",
    startedAtMs: 0,
    endedAtMs: 9,
    why: null,
    phases: [
      { name: "queue", startedAtMs: 0, endedAtMs: 3, detail: "" },
      { name: "build", startedAtMs: 3, endedAtMs: 4, detail: "" },
      { name: "containers", startedAtMs: 4, endedAtMs: 6, detail: "1 of 2 replicas" },
      { name: "stable", startedAtMs: 6, endedAtMs: 9, detail: "2 of 2 replicas" },
    ],
  });
});

test("what goes on has no end", () => {
  const [one] = timelines(underWay);
  expect(one).toMatchObject({ state: "active", endedAtMs: null });
  expect(one?.phases.at(-1)).toMatchObject({ name: "stable", endedAtMs: null });
});

test("each attempt is one, the newest first, with why it failed and its log", () => {
  const found = timelines([
    event(0, "deploying"),
    event(1, "retry", { why: "exit code 3", log: ["boom"] }),
    event(2, "deploying", { attempt: 2 }),
    event(3, "failed", { attempt: 2, why: "exit code 4", log: [] }),
  ]);
  expect(found).toMatchObject([
    { attempt: 2, state: "failed", why: "exit code 4" },
    { attempt: 1, state: "failed", why: "exit code 3", log: ["boom"] },
  ]);
});

test("one that another takes over from is superseded, and services are apart", () => {
  const other = { ...event(4, "waiting"), revision: "def" };
  const found = timelines([
    event(0, "deploying"),
    event(1, "deploying", { service: "app/db" }),
    other,
  ]);
  expect(found).toMatchObject([
    { service: "app/web", state: "active", startedAtMs: 4 },
    { service: "app/db", state: "active" },
    { service: "app/web", state: "superseded", endedAtMs: 4 },
  ]);
});

test("a deploy that Dokploy forgot is the same rollout once more", () => {
  const found = timelines([event(0, "waiting"), event(1, "requested"), event(2, "waiting")]);
  expect(found).toHaveLength(1);
});
