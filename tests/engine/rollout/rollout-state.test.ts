// One rollout judged in every state that a server can be in, the traps among them.
import { describe, expect, test } from "vitest";
import {
  beginRollout,
  deployTitle,
  failedAttempts,
  judge,
} from "../../../src/engine/rollout/rollout-state.ts";
import type {
  Judgement,
  RolloutState,
  RolloutView,
} from "../../../src/engine/rollout/rollout-state.ts";
import { formatWant } from "../../../src/model/marker.ts";
import type { DeploymentRow, SwarmService } from "../../../src/model/observed.ts";
import type { LiveService, QueueJob, TaskState } from "../../../src/ports.ts";

const want = { hash: "aaaaaaaaaaaa", attempt: 2 };
const older = { hash: "bbbbbbbbbbbb", attempt: 1 };
const policy = {
  timeoutMs: 60_000,
  stableForMs: 10_000,
  http: null,
  onFailure: "keep",
  after: null,
} as const;
const begun = beginRollout(want, policy, 1);
const issued: RolloutState = { ...begun, issuedAtMs: 0 };

const row = (status: DeploymentRow["status"], title = deployTitle(want)): DeploymentRow => ({
  deploymentId: `d-${status}`,
  title,
  status,
  createdAt: "2026-01-01T00:00:00.000Z",
});
const service = (running = 1, wanted = 1): SwarmService => ({
  id: "s1",
  appName: "shop-web",
  image: "nginx:1",
  running,
  wanted,
});
const live = (updateState: string | null = "completed", label = formatWant(want)): LiveService => ({
  want: label,
  updateState,
});
const job = (state: QueueJob["state"], title = deployTitle(want)): QueueJob => ({
  serviceId: "a1",
  title,
  state,
});
const task = (more: Partial<TaskState> = {}): TaskState => ({
  state: "running",
  error: "",
  ageMs: 1000,
  failed: false,
  ...more,
});
const crashed = (ageMs: number): TaskState =>
  task({ state: "failed", error: "task: non-zero exit (2)", ageMs, failed: true });

const view = (more: Partial<RolloutView> = {}): RolloutView => ({
  nowMs: 1000,
  jobs: [],
  rows: [],
  service: undefined,
  live: null,
  tasks: null,
  ...more,
});
/** Done in Dokploy's eyes, and looked into. */
const done = (more: Partial<RolloutView> = {}): RolloutView =>
  view({ rows: [row("done")], service: service(), live: live(), tasks: [task()], ...more });

function stepOf(state: RolloutState, seen: RolloutView): Judgement["step"]["kind"] {
  return judge(state, seen).step.kind;
}
/** Judges a series of looks, each `[time, view]`; returns the steps. */
function watch(
  state: RolloutState,
  looks: readonly (readonly [number, RolloutView])[],
): readonly Judgement[] {
  let current = state;
  return looks.map(([nowMs, seen]) => {
    const judgement = judge(current, { ...seen, nowMs });
    current = judgement.state;
    return judgement;
  });
}

describe("W7 looked for before it is issued", () => {
  test.each<[string, RolloutView, Judgement["step"]["kind"]]>([
    ["nothing of it is anywhere", view(), "issue"],
    ["it waits in the queue", view({ jobs: [job("waiting")] }), "wait"],
    ["it is active in the queue, without a row yet", view({ jobs: [job("active")] }), "wait"],
    ["its row says running", view({ rows: [row("running")] }), "wait"],
    ["its row is done", view({ rows: [row("done")], service: service() }), "inspect"],
    ["somebody else's job waits", view({ jobs: [job("waiting", "by hand")] }), "wait"],
    ["somebody else's job is active", view({ jobs: [job("active", "by hand")] }), "issue"],
    ["another attempt's row is done", view({ rows: [row("done", deployTitle(older))] }), "issue"],
    ["something runs, of unknown version", view({ service: service() }), "inspect"],
    [
      "another version runs",
      view({ service: service(), live: live(null, formatWant(older)), tasks: [] }),
      "issue",
    ],
    [
      "something without a label runs",
      view({ service: service(), live: { want: null, updateState: null }, tasks: [] }),
      "issue",
    ],
  ])("%s: %s", (_, seen, expected) => {
    expect(stepOf(begun, seen)).toBe(expected);
  });

  test("what runs with the attempt's label needs no deploy at all, even when its row is gone", () => {
    const looks = watch(begun, [
      [0, view({ service: service(), live: live(null), tasks: [task()] })],
      [10_000, view({ service: service(), live: live(null), tasks: [task()] })],
    ]);
    expect(looks.map(({ step }) => step.kind)).toEqual(["wait", "healthy"]);
  });
});

describe("W7 a vanished deploy", () => {
  test("is issued again after three looks that miss it, three times at most, then fails", () => {
    let state = issued;
    const steps: string[] = [];
    for (let look = 0; look < 12; look++) {
      const judgement = judge(state, view({ nowMs: look * 1000 }));
      state = judgement.state;
      steps.push(judgement.step.kind);
      if (judgement.step.kind === "issue") state = { ...state, issuedAtMs: look * 1000 };
    }
    const again = ["wait", "wait", "issue"];
    expect(steps).toEqual([...again, ...again, ...again, "wait", "wait", "failed"]);
  });

  test("is not vanished while it waits in the queue, however long that is", () => {
    const looks = Array.from(
      { length: 50 },
      (_, n) => [n * 60_000, view({ jobs: [job("waiting")] })] as const,
    );
    expect(new Set(watch(issued, looks).map(({ step }) => step.kind))).toEqual(new Set(["wait"]));
  });

  test("one look that finds it starts the count anew", () => {
    const looks = watch(issued, [
      [0, view()],
      [1, view()],
      [2, view({ jobs: [job("waiting")] })],
      [3, view()],
      [4, view()],
    ]);
    expect(new Set(looks.map(({ step }) => step.kind))).toEqual(new Set(["wait"]));
  });
});

describe("a deployment that failed", () => {
  test.each<[DeploymentRow["status"], boolean]>([
    ["error", true],
    ["cancelled", true],
  ])("with %s is worth another try, and names its deployment", (status, again) => {
    const { step } = judge(issued, view({ rows: [row(status)] }));
    expect(step).toMatchObject({ kind: "failed", again, deploymentId: `d-${status}` });
  });

  test("that runs for ever times out", () => {
    const looks = watch(issued, [
      [0, view({ rows: [row("running")] })],
      [60_000, view({ rows: [row("running")] })],
      [60_001, view({ rows: [row("running")] })],
    ]);
    expect(looks.map(({ step }) => step.kind)).toEqual(["wait", "wait", "failed"]);
  });

  test("the newest of two rows of one attempt counts", () => {
    expect(stepOf(issued, view({ rows: [row("running"), row("cancelled")] }))).toBe("wait");
  });

  test("the tries of one configuration are counted over its attempts", () => {
    const rows = [1, 2, 3].map((attempt) => row("error", deployTitle({ ...want, attempt })));
    const others = [row("done"), row("error", deployTitle(older)), row("cancelled", "by hand")];
    expect(failedAttempts([...rows, ...others, row("cancelled")], want.hash)).toBe(4);
  });
});

describe("H1 healthy is what carries the label, is updated and stays up", () => {
  test("only after stableFor without a break", () => {
    const looks = watch(issued, [
      [0, done()],
      [9_999, done()],
      [10_000, done()],
    ]);
    expect(looks.map(({ step }) => step.kind)).toEqual(["wait", "wait", "healthy"]);
  });

  test("says for how long it is watched", () => {
    const { state } = judge(issued, done());
    expect(state).toMatchObject({ phase: "settling", message: "runs; watching it for 10s" });
  });

  test("at once with stableFor 0", () => {
    const state = { ...issued, policy: { ...policy, stableForMs: 0 } };
    expect(stepOf(state, done())).toBe("healthy");
  });

  test.each(["rollback_started", "rollback_completed", "rollback_paused"])(
    "done, 1/1 and %s: the old version runs, a failure",
    (updateState) => {
      const { step } = judge(issued, done({ live: live(updateState, formatWant(older)) }));
      expect(step).toMatchObject({ kind: "failed", again: false });
    },
  );

  test("an update that the swarm paused is a failure", () => {
    expect(judge(issued, done({ live: live("paused") })).step).toMatchObject({
      kind: "failed",
      again: false,
    });
  });

  test("done, 1/1 and updating for ever (a host port with start-first) times out", () => {
    const looks = watch(issued, [
      [0, done({ live: live("updating") })],
      [30_000, done({ live: live("updating") })],
      [60_001, done({ live: live("updating") })],
    ]);
    expect(looks.map(({ step }) => step.kind)).toEqual(["wait", "wait", "failed"]);
    expect(looks[2]?.step).toMatchObject({ again: false });
  });

  test("done with another label is looked at five times, then is a failure worth another try", () => {
    const other = done({ live: live("completed", formatWant(older)) });
    const looks = watch(
      issued,
      [0, 1, 2, 3, 4].map((nowMs) => [nowMs, other] as const),
    );
    expect(looks.map(({ step }) => step.kind)).toEqual(["wait", "wait", "wait", "wait", "failed"]);
    expect(looks[4]?.step).toMatchObject({ again: true });
  });

  test("a label that comes late is no failure", () => {
    const other = done({ live: live("completed", formatWant(older)) });
    const looks = watch(issued, [
      [0, other],
      [1, other],
      [2, done()],
      [3, other],
      [4, other],
      [5, other],
      [6, other],
      [7, done()],
      [10_007, done()],
    ]);
    expect(looks.at(-1)?.step.kind).toBe("healthy");
  });

  test.each<[string, SwarmService, number | null, Judgement["step"]["kind"]]>([
    ["too few", service(1, 2), 2, "wait"],
    ["none", service(0, 1), 1, "wait"],
    ["too many while the old ones go", service(2, 1), 1, "wait"],
    ["scaled by hand", service(3, 3), 1, "wait"],
    ["as many as the service wants, replicas ignored", service(3, 3), null, "healthy"],
    ["fewer than the service wants, replicas ignored", service(2, 3), null, "wait"],
    ["none of none, as wanted", service(0, 0), 0, "healthy"],
    ["one although none is wanted", service(1, 1), 0, "wait"],
  ])("replicas: %s", (_, seen, replicas, expected) => {
    const state = { ...issued, replicas, policy: { ...policy, stableForMs: 0 } };
    expect(stepOf(state, done({ service: seen }))).toBe(expected);
  });

  test("no swarm service after a deployment that is done: waits, then fails, unless none is wanted", () => {
    const gone = done({ service: undefined, live: null, tasks: null });
    expect(stepOf(issued, gone)).toBe("wait");
    const late = { ...gone, nowMs: 60_001 };
    expect(stepOf({ ...issued, beganAtMs: 0 }, late)).toBe("failed");
    expect(stepOf({ ...issued, replicas: 0 }, gone)).toBe("healthy");
  });

  test("a swarm list that cannot be believed proves nothing and breaks the window", () => {
    const blind = done({ service: null, live: null, tasks: null });
    const looks = watch(issued, [
      [0, done()],
      [9_000, blind],
      [10_000, done()],
      [19_999, done()],
      [20_000, done()],
    ]);
    expect(looks.map(({ step }) => step.kind)).toEqual(["wait", "wait", "wait", "wait", "healthy"]);
  });
});

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
