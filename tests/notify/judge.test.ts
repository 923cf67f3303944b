// What is news, and what is not.
import { beforeEach, expect, test } from "vitest";
import { createJudge } from "../../src/notify/judge.ts";
import type { Condition, Judge, Seen, Told } from "../../src/notify/judge.ts";
import { subjectKey } from "../../src/notify/notice.ts";
import type { Subject } from "../../src/notify/notice.ts";

const shop: Subject = { type: "stack", stack: "shop" };
const repeatMs = 4 * 3_600_000;
let kept: Map<string, { readonly subject: Subject; readonly told: Told }>;
let judge: Judge;

function begin(): Judge {
  return createJudge({
    repeatMs,
    told: new Map(kept),
    keep(subject, told) {
      if (told === null) kept.delete(subjectKey(subject));
      else kept.set(subjectKey(subject), { subject, told });
    },
  });
}
beforeEach(() => {
  kept = new Map();
  judge = begin();
});

function see(condition: Condition, atMs: number, more: Partial<Seen> = {}): void {
  judge.see({ subject: shop, condition, text: condition, atMs, holdMs: 0, ...more });
}
const kinds = (nowMs: number): readonly string[] => judge.due(nowMs).map(({ kind }) => kind);

test("a failure is told once, and its end", () => {
  see("failing", 0);
  expect(kinds(0)).toEqual(["failure"]);
  see("failing", 1_000);
  expect(kinds(1_000)).toEqual([]);
  see("fine", 2_000);
  expect(kinds(2_000)).toEqual(["recovery"]);
  see("fine", 3_000);
  expect(kinds(3_000)).toEqual([]);
});

test("what is fine from the beginning is no news", () => {
  see("fine", 0);
  expect(judge.nextDueMs()).toBeNull();
  expect(kinds(0)).toEqual([]);
});

test("what passes within its time is not told", () => {
  see("failing", 0, { holdMs: 60_000 });
  expect(judge.nextDueMs()).toBe(60_000);
  expect(kinds(59_999)).toEqual([]);
  see("fine", 59_999);
  expect(kinds(100_000)).toEqual([]);
});

test("its time counts from the first time that it was seen, and a sure failure shortens it", () => {
  see("failing", 0, { holdMs: 60_000, text: "first" });
  see("failing", 50_000, { holdMs: 60_000, text: "second" });
  expect(judge.nextDueMs()).toBe(60_000);
  see("failing", 51_000, { holdMs: 0, text: "sure" });
  expect(judge.due(51_000)).toMatchObject([{ kind: "failure", text: "sure", atMs: 0 }]);
});

test("a failure that happens again is told again, but not before the silence is over", () => {
  see("failing", 0);
  expect(kinds(0)).toEqual(["failure"]);
  see("failing", repeatMs - 1);
  expect(kinds(repeatMs - 1)).toEqual([]);
  see("failing", repeatMs);
  expect(kinds(repeatMs)).toEqual(["failure"]);
});

test("waiting for somebody is told, and that somebody decided is not", () => {
  see("waiting", 0);
  expect(kinds(0)).toEqual(["approval"]);
  see("fine", 1);
  expect(kinds(1)).toEqual([]);
  see("waiting", 2);
  expect(kinds(2)).toEqual(["approval"]);
});

test("a failure that becomes waiting, and the other way round, is news", () => {
  see("failing", 0);
  see("waiting", 1);
  expect(kinds(1)).toEqual(["approval"]);
  see("failing", 2);
  expect(kinds(2)).toEqual(["failure"]);
});

test("a restart tells nothing again, and tells of ends that it did not see begin", () => {
  see("failing", 0);
  expect(kinds(0)).toEqual(["failure"]);
  judge = begin();
  see("failing", 10);
  expect(kinds(10)).toEqual([]);
  expect(judge.troubled()).toEqual([shop]);
  see("fine", 20);
  expect(kinds(20)).toEqual(["recovery"]);
  expect(kept.size).toBe(0);
});

test("drift is one notice for all fields of a while, then silent", () => {
  judge.drift("shop", ["app/web: image"], 0);
  judge.drift("shop", ["app/web: env.MODE", "app/web: image"], 1_000);
  expect(judge.due(3_000)).toMatchObject([
    { kind: "drift", text: "app/web: env.MODE, app/web: image", atMs: 0 },
  ]);
  judge.drift("shop", ["app/web: image"], 10_000);
  expect(kinds(20_000)).toEqual([]);
  judge.drift("blog", ["app/web: image"], 20_000);
  expect(kinds(30_000)).toEqual(["drift"]);
  judge.drift("shop", ["app/web: image"], repeatMs + 10_000);
  expect(kinds(repeatMs + 20_000)).toEqual(["drift"]);
});

test("of very many fields the first are named", () => {
  judge.drift(
    "shop",
    Array.from({ length: 30 }, (_, index) => `f${index + 10}`),
    0,
  );
  expect(judge.due(10_000)[0]?.text).toMatch(/^f10, f11.* and 22 more$/);
});

test("what is gone is forgotten in silence", () => {
  see("failing", 0);
  expect(kinds(0)).toEqual(["failure"]);
  judge.forget(shop);
  expect(kept.size).toBe(0);
  expect(judge.troubled()).toEqual([]);
  see("fine", 1);
  expect(kinds(1)).toEqual([]);
});

test("a certificate that expires is a notice of its own kind", () => {
  const subject: Subject = { type: "certificate", host: "shop.example.com", stack: "shop" };
  see("failing", 0, { subject });
  expect(kinds(0)).toEqual(["certificate"]);
  see("fine", 1, { subject });
  expect(kinds(1)).toEqual(["recovery"]);
});

test("a stack that stays as it is is told again after a while, without being seen again", () => {
  see("waiting", 0, { text: "approve it" });
  expect(judge.due(0)).toHaveLength(1);
  expect(judge.nextDueMs()).toBe(repeatMs);
  expect(kinds(repeatMs - 1)).toEqual([]);
  expect(judge.due(repeatMs)).toMatchObject([{ kind: "approval", text: "approve it" }]);
  expect(judge.nextDueMs()).toBe(2 * repeatMs);
  see("fine", repeatMs + 1);
  expect(kinds(repeatMs + 1)).toEqual([]);
  expect(judge.nextDueMs()).toBeNull();
});
