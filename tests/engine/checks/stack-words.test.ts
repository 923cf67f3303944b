// What the check of one stack says when its commit is read, and when a run ended: the decision alone.
import { describe, expect, test } from "vitest";
import { createCheckRows } from "../../../src/engine/checks/check-rows.ts";
import { firstWords, wordsAfterRun } from "../../../src/engine/checks/stack-words.ts";
import type { ReadCommit } from "../../../src/engine/checks/stack-words.ts";
import type { CheckReason, CheckRow } from "../../../src/model/checks.ts";
import { converged, creates, failed, judged, progressing, shaOf } from "./commit-fixture.ts";

const sha = shaOf(2);
const rows = createCheckRows({
  instance: "default",
  clock: { now: () => 7 },
  redact: (text) => text.replaceAll("hunter2", "***"),
});
const saved = (stack: string, reason: CheckReason): CheckRow => ({
  ...rows.say(rows.begin(sha, stack), reason, `it was ${reason}`),
  owed: false,
});
const read = (more: Partial<ReadCommit> = {}): ReadCommit => ({
  ...{ sha, changed: ["shop"], isFirst: false, saved: [], hasEnded: false },
  manifests: { problems: [], outages: [], brokenStacks: new Set() },
  ...more,
});
const said = (more: Partial<ReadCommit>) =>
  firstWords(read(more), rows).map(
    ({ name, row, isTold, isShown }) => [name, row.reason, { isTold, isShown }] as const,
  );

describe("when its commit is read", () => {
  test("a stack that it touched is queued, and the host hears of it", () => {
    expect(said({})).toEqual([["shop", "queued", { isTold: false, isShown: true }]]);
  });

  test("on the first load nobody knows which stacks it touched: those that are well stay silent", () => {
    expect(said({ isFirst: true })).toEqual([
      ["shop", "queued", { isTold: false, isShown: false }],
    ]);
    expect(said({ isFirst: true, hasEnded: true })).toEqual([]);
  });

  test("a broken manifest is told on the first load too, without its secrets", () => {
    const place = { file: "stacks/shop.yaml", line: 7, column: 3 };
    const manifests = {
      problems: [{ place, message: "no such key hunter2", hint: null, stack: "shop" }],
      outages: [],
      brokenStacks: new Set(["shop"]),
    };
    const [shop] = firstWords(read({ manifests, isFirst: true }), rows);
    expect(shop?.row).toMatchObject({
      reason: "problem",
      description: "stacks/shop.yaml:7:3 no such key ***",
    });
    expect(shop?.isShown).toBe(true);
  });

  test("what was said of it stays said, until another commit took it over", () => {
    const kept = (reason: CheckReason) => said({ isFirst: true, saved: [saved("shop", reason)] });
    expect(kept("failed")).toEqual([["shop", "failed", { isTold: true, isShown: false }]]);
    expect(kept("healthy")).toEqual([]);
    expect(kept("superseded")).toEqual([["shop", "queued", { isTold: true, isShown: false }]]);
  });

  test("a removal that an earlier process left open ends on the first load", () => {
    const left = { changed: [], saved: [saved("old", "queued")] };
    expect(said({ ...left, isFirst: true })).toEqual([
      ["old", "left", { isTold: true, isShown: false }],
    ]);
    expect(said({ ...left, isFirst: false })).toEqual([]);
    const approval = { changed: [], saved: [saved("old", "approval")], isFirst: true };
    expect(said(approval)).toEqual([["old", "approval", { isTold: true, isShown: false }]]);
  });
});

describe("when a run ended", () => {
  const queued = rows.say(rows.begin(sha, "shop"), "queued", "queued");

  test("a stack that had nothing to do and is well is unchanged, and stays silent", () => {
    const { row, isShown } = wordsAfterRun(queued, judged(2, converged), null, rows);
    expect(row).toMatchObject({ reason: "unchanged", change: "unchanged", state: "success" });
    expect(isShown).toBe(false);
  });

  test("what was created stays created, whatever later runs change", () => {
    const created = wordsAfterRun(queued, judged(2, progressing), creates, rows);
    expect(created).toMatchObject({ row: { reason: "progressing", change: "created" } });
    expect(created.isShown).toBe(true);
    const { row } = wordsAfterRun(created.row, judged(2, converged), null, rows);
    expect(row).toMatchObject({ reason: "healthy", change: "created", owed: true });
  });

  test("a failure is shown though nothing was planned", () => {
    const { row, isShown } = wordsAfterRun(queued, judged(2, failed), null, rows);
    expect(row).toMatchObject({ state: "failure", change: null, owed: true });
    expect(isShown).toBe(true);
  });
});
