// W10: what of a plan is skipped once an action of it did not succeed, and what is not removed yet.
import { beforeEach, describe, expect, test } from "vitest";
import { createObstacles } from "../../../src/engine/execution/obstacles.ts";
import type { ActionEnd, Obstacles } from "../../../src/engine/execution/obstacles.ts";
import { CapstanError } from "../../../src/lib/errors.ts";
import type { ErrorCode } from "../../../src/lib/errors.ts";
import type { Action } from "../../../src/model/plan.ts";

const action = (type: Action["type"], more: object = {}): Action =>
  ({ type, ...more }) as unknown as Action;
const project = action("update-project");
const web = action("configure-service", { service: "app/web" });
const db = action("configure-service", { service: "app/db" });
const rollout = action("rollout", { service: "app/web" });
const removal = action("delete-service", {
  service: "app/old",
  cause: { kind: "left-git", what: "service", kept: false },
});
const replaced = action("delete-service", {
  service: "app/web",
  cause: { kind: "replaced", from: "edge", to: "dokploy" },
});
const mark = (...keys: string[]): Action => action("mark", { marks: keys.map((key) => ({ key })) });

const failed = (code: ErrorCode): ActionEnd => ({
  kind: "failed",
  error: new CapstanError(code, "no"),
});
const done: ActionEnd = { kind: "done" };

let held: string | null;
let asked: number;
let obstacles: Obstacles;
beforeEach(() => {
  held = null;
  asked = 0;
  obstacles = createObstacles(() => {
    asked += 1;
    return held;
  });
});

describe("a service's action that failed", () => {
  beforeEach(() => {
    obstacles.ended(web, failed("invalid"));
  });

  test("stands in the way of that service's others, and of its mark", () => {
    expect(obstacles.of(rollout)).toBe("an earlier action of app/web did not succeed");
    expect(obstacles.of(mark("app/db", "app/web"))).toBe("an earlier action did not succeed");
  });

  test("leaves other services alone", () => {
    expect(obstacles.of(db)).toBeNull();
    expect(obstacles.of(mark("app/db"))).toBeNull();
  });

  test("holds every removal", () => {
    expect(obstacles.of(removal)).toBe("app/web is not as desired yet");
  });
});

test("a project's action that failed stands in the way of everything", () => {
  obstacles.ended(project, failed("invalid"));
  for (const one of [web, removal, mark("project")]) {
    expect(obstacles.of(one)).toBe("an earlier action failed: no");
  }
});

test.each(["unavailable", "unauthorised", "rate-limited", "uncertain"] as const)(
  "a service's action that failed as %s says something about the whole server",
  (code) => {
    obstacles.ended(web, failed(code));
    expect(obstacles.of(db)).toBe("an earlier action failed: no");
  },
);

test("W3 an unanswered create blocks its service alone", () => {
  obstacles.ended(web, { kind: "unanswered", afterMs: 1 });
  expect(obstacles.of(rollout)).toBe("an earlier action of app/web did not succeed");
  expect(obstacles.of(db)).toBeNull();
});

test("W12 nothing goes on once no write may start any more", () => {
  obstacles.ended(web, { kind: "stopping" });
  expect(obstacles.of(db)).toBe("Capstan is stopping");
});

describe("the removal of what is made anew on another server", () => {
  const made = action("create-service", { service: "app/web" });

  test("is not held as removals are by what else is not done, but when Git changed", () => {
    obstacles.ended(db, failed("invalid"));
    obstacles.ended(action("rollout", { service: "app/db" }), done);
    expect(obstacles.of(replaced)).toBeNull();
    held = "Git changed";
    expect(obstacles.of(replaced)).toBe("Git changed");
  });

  test.each([
    { kind: "waits", why: "web is being deployed" },
    { kind: "skipped", why: "Git changed" },
    failed("invalid"),
  ] as const)("W9 that does not happen ($kind) keeps what replaces it from being made", (end) => {
    obstacles.ended(replaced, end);
    expect(obstacles.of(made)).toBe("an earlier action of app/web did not succeed");
    expect(obstacles.of(db)).toBeNull();
  });

  test("that happened opens the way", () => {
    obstacles.ended(replaced, done);
    expect(obstacles.of(made)).toBeNull();
  });
});

test("what was skipped blocks nothing more", () => {
  obstacles.ended(web, { kind: "skipped", why: "so" });
  expect(obstacles.of(rollout)).toBeNull();
  expect(obstacles.of(removal)).toBeNull();
});

describe("removals", () => {
  test("wait for a rollout of the same plan", () => {
    obstacles.ended(rollout, done);
    expect(obstacles.of(removal)).toBe("app/web is not rolled out yet");
  });

  test("wait behind one that waits, and nothing else does", () => {
    obstacles.ended(removal, { kind: "waits", why: "old is being deployed" });
    expect(obstacles.of(action("delete-project"))).toBe("old is being deployed");
    expect(obstacles.of(web)).toBeNull();
  });

  test("are asked about one by one until they are held", () => {
    expect(obstacles.of(web)).toBeNull();
    expect(asked).toBe(0);
    expect(obstacles.of(removal)).toBeNull();
    held = "the list is old";
    expect(obstacles.of(removal)).toBe("the list is old");
    held = null;
    expect(obstacles.of(removal)).toBe("the list is old");
    expect(asked).toBe(2);
  });
});
