// H8 for one template: who has a place, who stands in line, and whom a failure keeps from going on.
import { beforeEach, expect, test } from "vitest";
import { createTemplateLedger } from "../../../src/engine/order/template-ledger.ts";
import type { LedgerRules, TemplateLedger } from "../../../src/engine/order/template-ledger.ts";
import type { Outcome } from "../../../src/model/status.ts";
import { converged, degraded, judged, progressing } from "./fixture.ts";

const rules: LedgerRules = { rollout: { maxParallel: 1, stopOnFailure: true }, unknown: [] };
const inLine: Outcome = { kind: "waiting", reason: "template", message: "", afterMs: null };

let ledger: TemplateLedger;
beforeEach(() => {
  ledger = createTemplateLedger("box");
  ledger.changed(["a", "b", "c"]);
});
const take = (name: string, by = rules): string | null => ledger.take(name, by);
const end = (name: string, outcome: Outcome, busy = false): void => {
  ledger.ended(name, judged(outcome), busy);
};

test("a place is kept until the stack's run ends with no rollout under way", () => {
  expect(take("a")).toBeNull();
  end("a", progressing);
  end("a", degraded, true);
  expect(take("b")).toContain("a failed on the newest change");
  expect(take("a")).toBeNull();
  end("a", converged);
  expect(take("b")).toBeNull();
});

test("those in line are called one by one, in the order in which they came", () => {
  take("b");
  for (const name of ["c", "a"]) {
    expect(take(name)).toContain("waits for b");
    end(name, inLine);
  }
  expect(ledger.next(rules)).toEqual([]);
  end("b", converged);
  expect(ledger.next(rules)).toEqual(["c"]);
  expect(ledger.next(rules)).toEqual([]);
  expect(take("a")).toContain("waits for c");
});

test("a failure is told once to those in line, and they stay until the template changes again", () => {
  take("a");
  take("b");
  end("b", inLine);
  end("a", degraded);
  expect(ledger.next(rules)).toEqual(["b"]);
  expect(take("b")).toContain("a failed on the newest change of the template box");
  expect(ledger.next(rules)).toEqual([]);
  ledger.changed(["a", "b"]);
  expect(ledger.next(rules)).toEqual(["b"]);
});

test("a stack that had not begun has not failed on the change", () => {
  end("a", degraded);
  expect(take("b")).toBeNull();
});

test("what an earlier process began counts as under way, but keeps no stack from itself", () => {
  const unknown = { ...rules, unknown: ["a"] };
  expect(take("b", unknown)).toContain("until it is known what became of a");
  expect(take("a", unknown)).toBeNull();
});

test("who is of another template now stands in no line and fails nobody", () => {
  take("a");
  take("b");
  end("b", inLine);
  end("a", degraded);
  ledger.keep((name) => name === "c");
  expect(ledger.next(rules)).toEqual([]);
  expect(take("c")).toBeNull();
});

test("a template that left Git sets no rules", () => {
  take("a");
  expect(take("b", { rollout: null, unknown: ["c"] })).toBeNull();
});
