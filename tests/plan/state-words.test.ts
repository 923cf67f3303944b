import { expect, test } from "vitest";
import type { Outcome } from "../../src/model/status.ts";
import { stackState, stackStates } from "../../src/plan/state-words.ts";
import { status } from "../cli/support.ts";

const waiting = (reason: string): Outcome =>
  ({ kind: "waiting", reason, message: "because", afterMs: null }) as Outcome;
const rollback = (state: "under-way" | "done" | "failed"): Outcome => ({
  kind: "degraded",
  message: "it failed",
  rollback: { from: "a", to: "b", state },
});

test.each<[Outcome, string, string]>([
  [{ kind: "converged" }, "ready", "Ready"],
  [{ kind: "progressing", message: "" }, "rolling-out", "Rolling out"],
  [{ kind: "failed", message: "", retryAfterMs: null }, "failing", "Failing"],
  [{ kind: "degraded", message: "" }, "failing", "Failing"],
  [rollback("under-way"), "rolling-out", "Rolling back"],
  [rollback("done"), "failing", "Failing: rolled back"],
  [rollback("failed"), "failing", "Failing: rollback failed"],
  [{ kind: "terminal", message: "" }, "failing", "Failing"],
  [{ kind: "removed" }, "removed", "Removed"],
  [waiting("suspended"), "suspended", "Suspended"],
  [waiting("approval"), "waiting", "Waiting: approval"],
  [waiting("conflict"), "waiting", "Waiting: conflict"],
  [waiting("dry-run"), "waiting", "Waiting: dry run"],
  [waiting("version"), "waiting", "Waiting: Dokploy version"],
  [waiting("window"), "waiting", "Waiting: sync window"],
  [waiting("dependency"), "waiting", "Waiting: dependency"],
  [waiting("template"), "waiting", "Waiting: template rollout"],
  [waiting("fight"), "waiting", "Waiting: repeated drift"],
  [waiting("build"), "waiting", "Waiting: build"],
  [waiting("build-held"), "failing", "Failing: build"],
  [waiting("deployment"), "rolling-out", "Rolling out"],
  [waiting("answer"), "rolling-out", "Rolling out"],
  [waiting("retained"), "removed", "Removed from Git, kept"],
])("%j is %s: %s", (outcome, state, text) => {
  const said = stackState({ status: status("shop", outcome), suspendedSinceMs: null, busy: false });
  expect(said).toMatchObject({ state, text, sinceMs: 0 });
  expect(stackStates).toContain(said.state);
});

test.each<[Outcome, boolean]>([
  [{ kind: "converged" }, false],
  [{ kind: "progressing", message: "" }, false],
  [{ kind: "failed", message: "", retryAfterMs: null }, true],
  [{ kind: "degraded", message: "" }, true],
  [rollback("under-way"), false],
  [rollback("done"), true],
  [{ kind: "terminal", message: "" }, true],
  [waiting("approval"), true],
  [waiting("conflict"), true],
  [waiting("fight"), true],
  [waiting("version"), true],
  [waiting("build-held"), true],
  [waiting("window"), false],
  [waiting("dependency"), false],
  [waiting("template"), false],
  [waiting("build"), false],
  [waiting("dry-run"), false],
  [waiting("suspended"), false],
  [{ kind: "removed" }, false],
])("whether %j needs a person: %s", (outcome, needsPerson) => {
  const input = { status: status("shop", outcome), suspendedSinceMs: null, busy: false };
  expect(stackState(input).needsPerson).toBe(needsPerson);
});

test("what converged and is not healthy is failing", () => {
  const sick = status("shop", { kind: "converged" });
  const [ready] = sick.conditions;
  const conditions = [{ ...ready!, status: "False" as const }];
  const input = { status: { ...sick, conditions }, suspendedSinceMs: null, busy: false };
  expect(stackState(input)).toMatchObject({ state: "failing", text: "Failing" });
});

test("a person's suspension counts at once, before a run has ended", () => {
  const fine = status("shop", { kind: "converged" });
  expect(stackState({ status: fine, suspendedSinceMs: 7, busy: false })).toEqual({
    state: "suspended",
    text: "Suspended",
    needsPerson: false,
    sinceMs: 7,
  });
});

test("before its first run nothing is known", () => {
  const input = { status: null, suspendedSinceMs: null };
  expect(stackState({ ...input, busy: false }).text).toBe("Not checked yet");
  expect(stackState({ ...input, busy: true }).text).toBe("Queued");
});
