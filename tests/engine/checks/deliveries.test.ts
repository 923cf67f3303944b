// What a delivery leads to, for an engine of three lines.
import { beforeEach, expect, test } from "vitest";
import { createDeliveries } from "../../../src/engine/checks/deliveries.ts";
import type { ForgeEvent } from "../../../src/model/forge.ts";

let done: string[];
let sourceError: string | null;
let hasEngine: boolean;
let hear: (event: ForgeEvent) => void;
const push = (branch: string | null, after: string | null): ForgeEvent => ({
  ...{ type: "push", branch, after, paths: null },
});

beforeEach(() => {
  done = [];
  sourceError = null;
  hasEngine = true;
  const engine = {
    catchUp: async (reason: string) => void done.push(`catch up: ${reason}`),
    state: () => ({ revision: "newest", sourceError }) as never,
    buildsChanged: () => void done.push("builds"),
    pullMoved: (number: number) => void done.push(`proposal ${number}`),
  };
  hear = createDeliveries({
    branch: "main",
    engine: () => (hasEngine ? engine : null),
    commits: {
      seen: (sha) => void done.push(`seen ${sha}`),
      passed: (sha, newest) => void done.push(`passed ${sha} by ${newest}`),
    },
    pulls: {
      look: (number) => void done.push(`look ${number}`),
      comment: (number, author, body) => void done.push(`${author} on ${number}: ${body}`),
    },
  });
});

async function after(event: ForgeEvent): Promise<readonly string[]> {
  hear(event);
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  return done;
}

test("a push is seen, read, and passed over when another commit is the newest", async () => {
  expect(await after(push("main", "a1"))).toEqual([
    "seen a1",
    "catch up: push",
    "passed a1 by newest",
  ]);
});

test("a push to a branch that is not followed, or a tag, is nothing", async () => {
  await after(push(null, "a1"));
  expect(await after(push("other", "a1"))).toEqual([]);
});

test("a branch that was deleted is looked at, and no commit is passed over", async () => {
  expect(await after(push("main", null))).toEqual(["catch up: push"]);
});

test("while Git cannot be read nothing is passed over", async () => {
  sourceError = "nobody answers";
  expect(await after(push("main", "a1"))).toEqual(["seen a1", "catch up: push"]);
});

test("before there is an engine a push and a run are dropped", async () => {
  hasEngine = false;
  await after(push("main", "a1"));
  expect(await after({ type: "run" })).toEqual([]);
});

test("pull requests, comments and runs go to those whom they concern", async () => {
  await after({ type: "pull", action: "opened", number: 7, baseBranch: "main" });
  await after({ type: "comment", number: 7, author: "ann", body: "capstan plan" });
  await after({ type: "run" });
  await after({ type: "other", name: "star" });
  expect(done).toEqual(["look 7", "proposal 7", "ann on 7: capstan plan", "builds"]);
});
