// A job before a rollout is judged by its one task: each row is what docker was seen to show of one.
import { describe, expect, test } from "vitest";
import { judge } from "../../../src/engine/rollout/rollout-judge.ts";
import { beginRollout } from "../../../src/engine/rollout/rollout-state.ts";
import type { RolloutView } from "../../../src/engine/rollout/rollout-state.ts";
import { formatWant } from "../../../src/model/marker.ts";
import type { TaskState } from "../../../src/ports.ts";
import { live, older, policy, row, service, task, view, want, watch } from "./state-fixture.ts";

const begun = beginRollout(want, policy, 1, { job: { timeoutMs: 30_000 } });
const own = (more: Partial<TaskState> = {}): TaskState =>
  task({ want: formatWant(want), state: "running", ...more });
const failed = (error: string, state = "failed"): TaskState => own({ state, error, failed: true });
/** Its deployment is done in Dokploy's eyes; nothing of it runs any more. */
const seen = (one: TaskState | null, more: Partial<RolloutView> = {}): RolloutView =>
  view({
    ...{ rows: [row("done")], service: service(0, 1), live: live(null) },
    ...{ tasks: one === null ? [] : [one], ...more },
  });

test.each<[string, RolloutView, object]>([
  ["a command that ended well", seen(own({ state: "complete" })), { kind: "healthy" }],
  [
    "the same when the swarm calls its update paused, as it does",
    seen(own({ state: "complete" }), { live: live("paused") }),
    { kind: "healthy" },
  ],
  [
    "a command that failed: never again by itself, and its output tells why",
    seen(failed("task: non-zero exit (2)")),
    {
      ...{ kind: "failed", again: false, toldBy: "service" },
      reason: "its command failed: task: non-zero exit (2)",
    },
  ],
  [
    "a container that could not be started",
    seen(failed('starting container failed: exec: "/nope": no such file or directory')),
    { kind: "failed", again: false },
  ],
  [
    "a disk that is full, before the command began: the platform's failure",
    seen(failed("starting container failed: write /var/lib/docker: no space left on device")),
    { kind: "failed", again: true, platform: expect.any(String) as string },
  ],
  [
    "a command that says the same: it was begun, and is not begun again",
    seen(failed("task: non-zero exit (1): no space left on device")),
    { kind: "failed", again: false },
  ],
  [
    "an image that a node could not get",
    seen(failed("No such image: acme/web:2", "rejected")),
    { kind: "failed", again: false, reason: expect.stringContaining("No such image") as string },
  ],
  [
    "a docker daemon that was restarted meanwhile",
    seen(failed("No such container: job.1.x")),
    { kind: "failed", again: false },
  ],
  [
    "a command that somebody ended",
    seen(own({ state: "shutdown" })),
    { kind: "failed", again: false },
  ],
  [
    "the task of an attempt before: nothing of this one",
    seen(task({ state: "complete", want: formatWant(older) })),
    { kind: "wait" },
  ],
  ["no task yet", seen(null), { kind: "wait" }],
  ["tasks that were not read", seen(null, { tasks: null }), { kind: "inspect" }],
  ["a swarm that does not answer", seen(null, { service: null }), { kind: "wait" }],
  [
    "a deployment that Dokploy calls cancelled, of which the command ran all the same",
    seen(own({ state: "complete" }), { rows: [row("cancelled")] }),
    { kind: "healthy" },
  ],
  [
    "a deployment that failed before anything ran",
    seen(null, { rows: [row("error")], live: live(null, formatWant(older)) }),
    { kind: "failed", again: true },
  ],
])("%s", (_, looked, step) => {
  expect(judge(begun, looked).step).toMatchObject(step);
});

describe("time", () => {
  const running = seen(own(), { service: service(1, 1) });

  test("its time-out counts from when its command is seen running", () => {
    const steps = watch(begun, [
      [0, seen(own({ state: "preparing" }))],
      [50_000, running],
      [79_000, running],
      [80_001, running],
    ]);
    expect(steps.map(({ step }) => step.kind)).toEqual(["wait", "wait", "wait", "failed"]);
    expect(steps.at(-1)?.step).toMatchObject({
      ...{ again: false, toldBy: "service", reason: "its command did not end within 30s" },
    });
  });

  test("W7b time in which the swarm cannot be read does not count", () => {
    const steps = watch(begun, [
      [0, running],
      [10_000, seen(own(), { service: null })],
      [60_000, running],
      [79_000, running],
      [81_000, running],
    ]);
    expect(steps.map(({ step }) => step.kind)).toEqual(["wait", "wait", "wait", "wait", "failed"]);
  });

  test("what is not begun within the rollout's own time-out has failed", () => {
    const waits = seen(own({ state: "pending", ageMs: 60_000 }));
    const steps = watch(begun, [
      [0, waits],
      [61_000, waits],
    ]);
    expect(steps.at(-1)?.step).toMatchObject({ kind: "failed", again: false });
  });

  test("one that was stopped before its end was seen is believed to be after some looks", () => {
    const stopped = seen(null, { service: service(0, 0) });
    const steps = watch(
      begun,
      [1, 2, 3, 4, 5].map((at) => [at, stopped] as const),
    );
    expect(steps.map(({ step }) => step.kind)).toEqual(["wait", "wait", "wait", "wait", "failed"]);
    expect(steps.at(-1)?.step).toMatchObject({ again: false });
  });
});

test("W7 what carries its label already is followed, and not deployed again", () => {
  const looked = seen(own({ state: "complete" }), { rows: [] });
  expect(judge(begun, looked).step).toEqual({ kind: "healthy" });
  const before = seen(null, { rows: [], live: live(null, formatWant(older)) });
  expect(judge(begun, before).step).toEqual({ kind: "issue" });
});
