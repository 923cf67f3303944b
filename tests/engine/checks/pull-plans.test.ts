// Plans on pull requests, against a host and an engine of a few lines: what is posted, and how often.
import { beforeEach, expect, test } from "vitest";
import type { ProposalPlan } from "../../../src/engine/reader/plan-sets.ts";
import { CapstanError } from "../../../src/lib/errors.ts";
import { shaOf } from "./commit-fixture.ts";
import { context, holdOf, openPullBench } from "./pull-fixture.ts";
import type { PullBench } from "./pull-fixture.ts";

let bench: PullBench;
beforeEach(() => {
  bench = openPullBench();
});

test("P2 one that cannot be planned is tried less and less, and told of once", async () => {
  bench.addPull(1);
  bench.planning = async () => {
    throw new CapstanError("unavailable", "git is out of order");
  };
  for (let minute = 0; minute < 60; minute++) {
    await bench.sweep();
    await bench.clock.advance(60_000);
  }
  expect(bench.planOrder.length).toBeLessThan(10);
  expect(bench.notes).toHaveLength(1);
  expect(bench.said(1)).toBe("failure");
  // Somebody pushes, or the branch moves: at once.
  bench.planning = async () => undefined;
  bench.base = bench.revision = shaOf(1001);
  await bench.sweep();
  expect(bench.said(1)).toBe("success");
});

test("P2 a person's command and a new push do not wait for two hundred whose base moved", async () => {
  for (let number = 1; number <= 50; number++) bench.addPull(number);
  const gate = Promise.withResolvers<undefined>();
  bench.planning = () => gate.promise;
  await bench.plans.sweep();
  bench.plans.look(50);
  bench.plans.comment(7, "ann", "capstan approve-prune 0123456789ab");
  // Five hundred that say nothing to Capstan.
  for (let count = 0; count < 500; count++) bench.plans.comment(7, "eve", "looks good");
  bench.planning = async () => {
    if (bench.planOrder.length === 2) expect(bench.approved).toHaveLength(1);
  };
  gate.resolve(undefined);
  await bench.plans.idle();
  expect(bench.planOrder.slice(0, 2)).toEqual([shaOf(1), shaOf(50)]);
  expect(new Set(bench.planOrder).size).toBe(bench.planOrder.length);
  expect(bench.notes).toEqual([]);
});

test("P1 a plan's check that a process left pending ends, although its pull request is gone", async () => {
  bench.store.saveChecks([
    {
      sha: shaOf(9),
      context,
      stack: null,
      reason: "queued",
      state: "pending",
      description: "planning this pull request",
      change: null,
      atMs: 0,
      owed: false,
    },
  ]);
  bench.addPull(1);
  await bench.sweep();
  expect(bench.said(9)).toBe("neutral");
  expect(bench.said(1)).toBe("success");
});

test("P1 one that is closed while its plan fails is not left pending", async () => {
  bench.addPull(1);
  bench.planning = async () => {
    bench.addPull(1, { state: "closed" });
    throw new CapstanError("cancelled", "stopped");
  };
  await bench.sweep();
  expect(bench.said(1)).toBe("pending");
  bench.plans.look(1);
  await bench.plans.idle();
  expect(bench.said(1)).toBe("neutral");
});

test("P2 a plan against another commit than it was merged onto is made anew", async () => {
  bench.addPull(1);
  bench.base = shaOf(1001);
  await bench.sweep();
  expect(bench.planOrder).toHaveLength(1);
  bench.revision = bench.base;
  await bench.sweep();
  expect(bench.planOrder).toHaveLength(2);
  await bench.sweep();
  expect(bench.planOrder).toHaveLength(2);
});

test("P2 one whose base becomes another branch says so in its comment, and is planned when it comes back", async () => {
  bench.addPull(1);
  await bench.sweep();
  const before = bench.comments[0]?.body ?? "";
  bench.addPull(1, { baseBranch: "other" });
  await bench.sweep();
  expect(bench.comments[0]?.body).toContain("another branch");
  bench.addPull(1);
  await bench.sweep();
  expect(bench.comments).toHaveLength(1);
  expect(bench.comments[0]?.body.trim()).toBe(before.trim());
});

test("P5 a secret with signs of Markdown in it, or written small, is in no comment", async () => {
  const secret = "Canary_of*a|Secret`4711";
  bench.redactor.register(secret);
  const place = { file: "stacks/shop.yaml", line: 1, column: 1 };
  const problem = { place, message: `${secret} is no image`, hint: `use ${secret}`, stack: "shop" };
  const plan = {
    stack: "shop",
    actions: [
      {
        type: "update-project",
        name: "shop",
        cause: { kind: "retry", why: `changed to ${secret}` },
        risk: "none",
        changes: [
          { path: `domains.${secret.toLowerCase()}/.port`, was: secret, is: `x ${secret} y` },
        ],
      },
    ],
    notes: [{ code: "x", message: `said ${secret}` }],
    conflict: `has ${secret}`,
  };
  bench.made = {
    newProblems: [problem],
    problems: [problem],
    plans: [plan as unknown as ProposalPlan["plans"][number]],
    heldPrune: holdOf("0123456789ab", secret),
    revisionTitle: `adds ${secret}`,
  };
  bench.addPull(1);
  await bench.sweep();
  expect(bench.comments).toHaveLength(1);
  expect(JSON.stringify([bench.comments, bench.store.checks(shaOf(1))])).not.toMatch(/canary/i);
});

test("P2 markup in a title or a name stays text, and nobody is called by it", async () => {
  const evil = "</table><img src=x onerror=alert(1)> @everyone [x](https://evil.example) <!-- -->";
  bench.made = { revisionTitle: evil, heldPrune: holdOf("0123456789ab", evil) };
  bench.addPull(1, { title: evil });
  await bench.sweep();
  const [, ...rest] = (bench.comments[0]?.body ?? "").split("\n");
  expect(rest.join("\n")).not.toMatch(/(?<!\\)<|(?<!\\)\[|@everyone/);
});

test("P2 a comment with Capstan's mark by somebody else is neither edited nor taken for its own", async () => {
  const forged = `<!-- capstan:plan instance=default head=${shaOf(1)} base=${bench.base} -->\nall is well`;
  bench.comments.push({ id: "1", author: "eve", body: forged });
  bench.addPull(1);
  await bench.sweep();
  expect(bench.comments[0]?.body).toBe(forged);
  expect(bench.comments[1]?.author).toBe("capstan-bot");
});
