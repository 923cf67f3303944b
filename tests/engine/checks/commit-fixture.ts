// Commits, what was loaded of them, and a host that is told at once.
import { createCommitChecks } from "../../../src/engine/checks/commit-checks.ts";
import type { CommitChecks } from "../../../src/engine/checks/commit-checks.ts";
import type { Loaded } from "../../../src/engine/state/desired-state.ts";
import { noPolicies } from "../../../src/manifest/policy/policy.ts";
import type { CheckStore } from "../../../src/ports-forge.ts";
import type { Problem } from "../../../src/model/desired.ts";
import type { Plan } from "../../../src/model/plan.ts";
import type { Outcome } from "../../../src/model/status.ts";
import { webStack } from "../../support/web-stack.ts";
import { memoryChecks } from "../../support/memory-checks.ts";
import { createVirtualClock } from "../../support/virtual-clock.ts";

export const shaOf = (number: number): string => String(number).padStart(40, "a");

export interface Told {
  readonly state: string;
  readonly description: string;
}

/** Commit checks over a store, and a host that is told at once. */
export function open(store: CheckStore = memoryChecks()) {
  const told = new Map<string, Told[]>();
  const drain = (): void => {
    for (const check of store.owedChecks(10_000)) {
      const key = `${check.sha} ${check.context}`;
      told.set(key, [...(told.get(key) ?? []), check]);
      store.checkTold(check);
    }
  };
  const checks: CommitChecks = createCommitChecks({
    instance: "default",
    store,
    clock: createVirtualClock(),
    redact: (text) => text.replaceAll("hunter2", "***"),
    owed: drain,
  });
  return {
    checks,
    store,
    told,
    of: (sha: string, context = "capstan/reconcile"): readonly string[] =>
      (told.get(`${sha} ${context}`) ?? []).map(({ state }) => state),
    last: (sha: string, context = "capstan/reconcile"): string => {
      const { state = "", description = "" } = told.get(`${sha} ${context}`)?.at(-1) ?? {};
      return `${state}: ${description}`;
    },
  };
}

/** With the stack `blog` on the server since before the process started, all well. */
export function openWithBlog(): ReturnType<typeof open> {
  const world = open();
  world.checks.loaded(loadedOf(1, ["blog"]), ["blog"]);
  world.checks.ended("blog", judged(1, converged), null);
  return world;
}

export function loadedOf(
  number: number,
  names: readonly string[],
  more: { readonly broken?: readonly string[]; readonly problems?: readonly Problem[] } = {},
): Loaded {
  const stacks = names.map((name) => webStack({}, { name }));
  return {
    revision: { id: shaOf(number), title: `commit ${number}` },
    sequence: number,
    changedIn: new Map(),
    changedAt: new Map(),
    manifests: {
      stacks,
      problems: more.problems ?? [],
      outages: [],
      secretAsks: [],
      namesUnknown: false,
      brokenStacks: new Set(more.broken),
      missingStacks: new Set(),
      previousNames: new Set(),
      leftOut: new Map(),
      templates: [],
      policies: { judged: noPolicies, own: noPolicies, asked: [] },
      claims: new Map(),
      dokploysNamed: new Set(),
    },
    byName: new Map(stacks.map((stack) => [stack.name, stack])),
    previousNames: new Set(),
    previous: new Map(),
  };
}

export const judged = (
  sequence: number,
  outcome: Outcome,
  ready = outcome.kind === "converged",
) => ({
  sequence,
  ready,
  outcome,
  message: "message" in outcome ? outcome.message : "in sync and healthy",
  desired: true,
});
export const progressing: Outcome = { kind: "progressing", message: "app/web is rolled out" };
export const converged: Outcome = { kind: "converged" };
export const failed: Extract<Outcome, { kind: "failed" }> = {
  kind: "failed",
  message: "no route to Dokploy",
  retryAfterMs: null,
};
export const creates: Plan = {
  stack: "shop",
  actions: [
    {
      type: "create-project",
      name: "shop",
      description: "",
      variables: {},
      reason: "new",
      risk: "none",
      changes: [],
    },
  ] as unknown as Plan["actions"],
  notes: [],
  conflict: null,
};
