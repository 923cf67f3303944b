// Removals that people approve in comments of a pull request: whose word counts, and when.
import { beforeEach, describe, expect, test } from "vitest";
import { holdOf, openPullBench } from "./pull-fixture.ts";
import type { PullBench } from "./pull-fixture.ts";

let bench: PullBench;
beforeEach(() => {
  bench = openPullBench();
});

test("P2 nobody is obeyed by a comment that quotes a command, nor Capstan itself, nor who may only read", async () => {
  bench.addPull(1);
  bench.writers.add("capstan-bot");
  const digest = "0123456789ab";
  bench.plans.comment(1, "ann", `> capstan approve-prune ${digest}`);
  bench.plans.comment(1, "ann", `he said\ncapstan approve-prune ${digest}`);
  bench.plans.comment(1, "capstan-bot", `capstan approve-prune ${digest}`);
  bench.plans.comment(1, "eve", `capstan approve-prune ${digest}`);
  bench.plans.comment(1, "", `capstan approve-prune ${digest}`);
  await bench.plans.idle();
  expect(bench.approved).toEqual([]);
  bench.plans.comment(1, "ann", `capstan approve-prune ${digest}`);
  await bench.plans.idle();
  expect(bench.approved).toEqual([`${digest} by ann on #1`]);
});

test("P2 nobody is obeyed by a delivery whose comment the host does not have: the webhook's secret is no right", async () => {
  bench.addPull(1);
  await bench.sweep();
  bench.forged(1, "ann", "capstan approve-prune 0123456789ab");
  await bench.plans.idle();
  expect(bench.approved).toEqual([]);
  expect(bench.notes).toEqual([
    "a delivery says that ann asked for approve-prune on #1, and the Git host has no such comment: nothing is done",
  ]);
});

test("P2 what was approved before the merge counts only while its author may still write", async () => {
  const digest = "0123456789ab";
  bench.made = { heldPrune: holdOf(digest, "shop") };
  for (const [number, author] of [
    [1, "ann"],
    [2, "bob"],
  ] as const) {
    bench.writers.add(author);
    bench.merged = false;
    bench.addPull(number);
    await bench.sweep();
    bench.plans.comment(number, author, `capstan approve-prune ${digest}`);
    await bench.plans.idle();
    bench.merged = true;
    bench.addPull(number, { state: "merged" });
    if (author === "bob") bench.writers.delete(author);
    bench.plans.look(number);
    await bench.plans.idle();
  }
  expect(bench.approved).toEqual([`${digest} by ann on #1`]);
  expect(bench.comments.at(-1)?.body).toContain("bob no longer has write access");
});

describe("P2 what was approved before the merge outlives a restart", () => {
  const digest = "0123456789ab";
  const command = `capstan approve-prune ${digest}`;
  async function approveEarly(): Promise<void> {
    bench.made = { heldPrune: holdOf(digest, "shop") };
    bench.writers.add("ann");
    bench.merged = false;
    bench.addPull(1);
    await bench.sweep();
    bench.plans.comment(1, "ann", command);
    await bench.plans.idle();
    await bench.plans.stop();
  }

  test("and is used when it was merged meanwhile, once", async () => {
    await approveEarly();
    bench.merged = true;
    bench.addPull(1, { state: "merged" });
    bench.restart();
    await bench.sweep();
    expect(bench.approved).toEqual([`${digest} by ann on #1`]);
    await bench.plans.stop();
    bench.restart();
    await bench.sweep();
    expect(bench.approved).toHaveLength(1);
    expect(bench.memos.memos()).toEqual([]);
  });

  test("and goes with a pull request that was closed", async () => {
    await approveEarly();
    bench.addPull(1, { state: "closed" });
    bench.restart();
    await bench.sweep();
    expect(bench.memos.memos()).toEqual([]);
    bench.addPull(1, { state: "merged" });
    bench.merged = true;
    bench.plans.look(1);
    await bench.plans.idle();
    expect(bench.approved).toEqual([]);
  });
});
