// One rollout judged in every state that a server can be in, the traps among them.
import { describe, expect, test } from "vitest";
import { deployTitle, failedAttempts } from "../../../src/engine/rollout/own-rows.ts";
import { judge } from "../../../src/engine/rollout/rollout-judge.ts";
import type { Judgement, RolloutView } from "../../../src/engine/rollout/rollout-state.ts";
import { formatWant } from "../../../src/model/marker.ts";
import type { DeploymentRow, SwarmService } from "../../../src/model/observed.ts";
import {
  begun,
  done,
  issued,
  job,
  live,
  older,
  policy,
  row,
  service,
  stepOf,
  task,
  view,
  want,
  watch,
} from "./state-fixture.ts";

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
    // One that was cancelled is Dokploy's own: it was restarted.
    expect(failedAttempts([...rows, ...others, row("cancelled")], want.hash)).toEqual(rows);
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

  test.each(["rollback_started", "rollback_completed", "rollback_paused"])(
    "deployed without a row, 1/1 and %s: a failure, and nothing that was lost",
    (updateState) => {
      const state = { ...issued, beganAtMs: 0 };
      const rolledBack = view({
        service: service(),
        live: live(updateState, formatWant(older)),
        tasks: [],
      });
      const { step } = judge(state, rolledBack);
      expect(step).toMatchObject({ kind: "failed", again: false, platform: null });
      expect(step).toHaveProperty("reason", expect.stringContaining("the swarm rolled it back"));
    },
  );

  test("a rollback from before this attempt began says nothing of it", () => {
    const before = view({
      service: service(),
      live: live("rollback_completed", formatWant(older)),
      tasks: [],
    });
    expect(stepOf(begun, before)).toBe("issue");
    expect(stepOf(issued, before)).toBe("wait");
  });

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

  test("what somebody stops in the middle is deployed again, and no list alone is believed", () => {
    const stopped = (nowMs: number) => [nowMs, done({ service: service(0, 0) })] as const;
    const state = { ...issued, replicas: 1 };
    const steps = watch(state, [stopped(1000), stopped(2000), [3000, done()]]);
    expect(steps.map(({ step }) => step.kind)).toEqual(["wait", "wait", "wait"]);
    const looks = [1, 2, 3, 4, 5].map((second) => stopped(second * 1000));
    const last = watch(state, looks).at(-1)?.step;
    expect(last).toMatchObject({ kind: "failed", again: true });
    // Nothing of it is meant to run.
    expect(stepOf({ ...issued, replicas: 0 }, stopped(1000)[1])).toBe("wait");
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
