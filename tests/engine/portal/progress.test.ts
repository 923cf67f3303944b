// How far a deployment is, by what is known of its stack.
import { expect, test } from "vitest";
import { deploymentState } from "../../../src/engine/portal/progress.ts";
import type { ProgressFacts } from "../../../src/engine/portal/progress.ts";
import type { CheckReason, CheckRow } from "../../../src/model/checks.ts";
import { stateOf } from "../../../src/engine/checks/words.ts";
import type { Event } from "../../../src/model/status.ts";

const record: ProgressFacts["record"] = {
  id: "dep_1",
  name: "ada",
  template: "ai-stack",
  owner: { id: "token:zoe", name: "Zoe", role: "deployer" },
  url: "https://ada.example.com",
  startedAtMs: 1_000,
  sha: "a".repeat(40),
  review: null,
  writtenAtMs: 1_500,
  end: null,
};

const check = (reason: CheckReason, atMs: number, description = ""): CheckRow => ({
  sha: "a".repeat(40),
  context: "capstan/stack/ada",
  stack: "ada",
  reason,
  state: stateOf[reason],
  description,
  change: "created",
  atMs,
  owed: false,
});

const event = (atMs: number, more: Partial<Event>): Event => ({
  atMs,
  kind: "action",
  level: "info",
  stack: "ada",
  revision: null,
  message: "words that nobody reads",
  ...more,
});
const done = (atMs: number, type: "create-project" | "create-service"): Event =>
  event(atMs, {
    action: { type, status: "done", service: null, target: "x", cause: { kind: "missing" } },
  });
const rollout = (atMs: number, phase: "settling" | "failed", log: readonly string[] = []): Event =>
  event(atMs, {
    kind: "rollout",
    rollout: {
      service: "app/opencode",
      phase,
      attempt: 1,
      running: null,
      wanted: null,
      why: phase === "failed" ? "the image was not found" : null,
      log,
    },
  });

const nothing: ProgressFacts = {
  record,
  review: null,
  check: null,
  events: [],
  projectId: null,
  applicationId: null,
};

const line = (facts: Partial<ProgressFacts>): string => {
  const { status, progress, currentStep } = deploymentState({ ...nothing, ...facts });
  return `${status} ${progress} ${currentStep}`;
};

test("each step is reached by what happened, and never by time", () => {
  const project = done(2_000, "create-project");
  const application = done(3_000, "create-service");
  const pending = check("progressing", 1_600);
  const written = { ...record, writtenAtMs: null, sha: null };
  expect(line({ record: written })).toBe("initializing 0 Writing it to Git");
  expect(line({})).toBe("initializing 17 Reading the commit");
  expect(line({ check: pending })).toBe("creating_project 33 Creating the project");
  expect(line({ check: pending, events: [project] })).toBe(
    "creating_application 50 Creating the application",
  );
  expect(line({ check: pending, events: [project, application] })).toBe(
    "deploying 67 Starting the container",
  );
  const settling = [project, application, rollout(5_000, "settling")];
  expect(line({ check: pending, events: settling })).toBe("deploying 83 Waiting until it answers");
  expect(line({ check: check("healthy", 9_000), events: settling })).toBe("completed 100 Ready");
});

test("its steps carry the times at which they began and ended", () => {
  const { steps, endedAtMs } = deploymentState({
    ...nothing,
    check: check("healthy", 9_000),
    events: [
      done(2_000, "create-project"),
      done(3_000, "create-service"),
      rollout(5_000, "settling"),
    ],
  });
  expect(steps.map(({ id, startedAtMs, endedAtMs: end }) => [id, startedAtMs, end])).toEqual([
    ["written", 1_000, 1_500],
    ["seen", 1_500, 2_000],
    ["project", 2_000, 2_000],
    ["application", 2_000, 3_000],
    ["deploy", 3_000, 5_000],
    ["ready", 5_000, 9_000],
  ]);
  expect(endedAtMs).toBe(9_000);
});

test("what an operator must act on, and what was given up, ends it as failed with the reason", () => {
  const failed = deploymentState({
    ...nothing,
    check: check("degraded", 9_000, "words"),
    events: [rollout(8_000, "failed", ["pulling", "not found"])],
  });
  expect(failed).toMatchObject({
    status: "failed",
    error: { message: "The image was not found: not found.", log: ["pulling", "not found"] },
  });
  expect(failed.steps.find(({ state }) => state === "failed")?.id).toBe("deploy");
  for (const reason of ["conflict", "approval", "version", "suspended", "problem"] as const) {
    const { status, error } = deploymentState({
      ...nothing,
      check: check(reason, 9_000, "because\nline two"),
    });
    expect([status, error]).toEqual(["failed", { message: "Because.", log: ["line two"] }]);
  }
});

test("names at the beginning of a reason keep their small letters", () => {
  for (const description of ["opencode: it ended", "stacks/a.yaml:3:1 is not YAML"]) {
    const { error } = deploymentState({ ...nothing, check: check("problem", 9_000, description) });
    expect(error?.message).toBe(`${description}.`);
  }
});

test("what is tried again, or waits for its turn, goes on and says so", () => {
  expect(line({ check: check("failed", 2_000) })).toContain("(trying again)");
  expect(line({ check: check("window", 2_000) })).toContain("sync window");
  expect(line({ check: check("superseded", 2_000) })).toContain("creating_project");
});

test("a review is a step of its own, with its link", () => {
  const review = { number: 7, url: "https://git.example.com/pulls/7" };
  const facts = { ...nothing, record: { ...record, sha: null, review }, review: "open" as const };
  const { steps, status } = deploymentState(facts);
  expect(status).toBe("initializing");
  expect(steps[1]).toMatchObject({ id: "review", state: "active", link: review.url });
  expect(deploymentState({ ...facts, review: "closed" }).status).toBe("failed");
  expect(deploymentState({ ...facts, review: "merged" }).currentStep).toBe("Reading the commit");
});

test("what has ended stays as it ended, whatever becomes of the stack later", () => {
  const end = { atMs: 9_000, status: "completed" as const, error: null };
  const state = deploymentState({
    ...nothing,
    record: { ...record, end },
    check: check("degraded", 20_000, "broken later"),
  });
  expect(state).toMatchObject({
    status: "completed",
    progress: 100,
    error: null,
    endedAtMs: 9_000,
  });
});
