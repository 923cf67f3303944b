// P5: whatever the API tells, no secret is in it.
import { afterEach, expect, test } from "vitest";
import { localOperator } from "../../src/http/auth/local-request.ts";
import { routes } from "../../src/http/api/routes.ts";
import { CapstanError } from "../../src/lib/errors.ts";
import type { Plan } from "../../src/model/plan.ts";
import { createFakeEngine, emptyPlan, status } from "../cli/support.ts";
import { buildRun } from "../support/build-run.ts";
import { deploying, fakePortal } from "../support/fake-portal.ts";
import { fakeProposals } from "../support/fake-proposals.ts";
import { memoryChecks } from "../support/memory-checks.ts";
import {
  checkRow,
  createApiWorld,
  deployerToken,
  needed,
  operatorToken,
  pathOf,
  tokens,
  type ApiWorld,
} from "./api-support.ts";

let world: ApiWorld;
afterEach(() => {
  world.close();
});

const plan: Plan = {
  stack: "shop",
  actions: [
    {
      type: "create-environment",
      environment: "staging",
      cause: { kind: "missing" },
      risk: "none",
      changes: [{ path: "name", was: null, is: "staging" }],
    },
  ],
  notes: [{ kind: "unmanaged", message: "old is nobody's" }],
  conflict: null,
};

test("P5 every text passes through the redactor, at every address", async () => {
  const engine = createFakeEngine();
  const canary = "canary-1";
  const broken = { kind: "failed", message: canary, retryAfterMs: null } as const;
  const conditions = [
    {
      type: "Ready",
      status: "False",
      reason: "Failed",
      message: canary,
      revision: "abc",
      sinceMs: 0,
    },
  ] as const;
  const secretPlan: Plan = {
    ...plan,
    actions: plan.actions.map((action) => ({
      ...action,
      cause: { kind: "retry", why: canary },
      changes: [{ path: "x", was: canary, is: canary }],
    })),
    notes: [{ kind: "unmanaged", message: canary }],
    conflict: canary,
  };
  engine.setStacks([
    status("shop", broken, { conditions, plan: secretPlan, urls: [`https://${canary}`] }),
  ]);
  engine.tell({ stack: "shop", message: canary });
  Object.assign(engine, {
    secrets: async () => ({ secrets: [], outages: [canary] }),
    logs: async () => [{ service: "app/web", lines: [canary] }],
    deploys: () => [{ service: "app/web", reason: canary, cause: null, revision: null, atMs: 0 }],
    builds: async () => [
      {
        repository: "acme/shop",
        workflow: "build.yaml",
        stacks: ["shop"],
        error: canary,
        runs: [{ ...buildRun(1, "failure"), title: canary, branch: canary }],
      },
    ],
    plan: async () => ({
      ...emptyPlan,
      plans: [secretPlan],
      problems: [
        { place: { file: "a", line: 1, column: 1 }, message: canary, hint: canary, stack: null },
      ],
      heldPrune: {
        digest: "12ab34cd56ef",
        reason: { kind: "all-stacks", owned: 1 },
        removals: [],
      },
    }),
    async approvePrune() {
      throw new CapstanError("conflict", canary, { hint: canary });
    },
  });
  const problem = {
    place: { file: "a", line: 1, column: 1 },
    message: canary,
    hint: canary,
    stack: null,
  };
  const orphan = { appName: "gone", image: canary, stack: "shop", command: canary };
  const state = { ...engine.state(), problems: [problem], orphans: [orphan], sourceError: canary };
  Object.assign(engine, { state: () => state });
  const checks = memoryChecks();
  checks.saveChecks([checkRow({ description: canary })]);
  const portal = fakePortal();
  const form = await portal.form();
  const [ownStack] = await portal.own(localOperator);
  const proposal = await portal.revertPreview("shop", "a");
  Object.assign(portal, {
    form: async () => ({ ...form, contact: canary }),
    deployments: async () => [{ ...deploying(), currentStep: canary }],
    own: async () => [{ ...ownStack!, url: canary }],
    revertPreview: async () => ({ ...proposal, plans: [secretPlan] }),
  });
  world = createApiWorld({
    engine,
    redact: (text) => text.replaceAll(canary, "(secret)"),
    deps: {
      checks,
      portal,
      proposals: fakeProposals([], secretPlan),
      connections: async () => [
        { id: "git", title: "Git", status: "fail", message: canary, next: null },
      ],
    },
  });
  for (const { method, path } of routes) {
    const bodies: Readonly<Record<string, string>> = {
      "/approve-prune": '{"digest":"12ab34cd56ef"}',
      "/plan": '{"manifest":"kind: Stack"}',
      "/proposals": '{"manifest":"kind: Stack"}',
      "/stacks/:name/revert": `{"revision":"${"a".repeat(40)}"}`,
    };
    const { headers, query } = needed(path);
    const isRead = method === "GET";
    const answer = await world.request(method, `/api/v1${pathOf(path)}${isRead ? query : ""}`, {
      headers,
      ...(isRead ? {} : { body: bodies[path] ?? "{}" }),
    });
    expect(answer.text, path).not.toContain(canary);
    // These hold no text of unknown origin, or are left at once.
    const isSilent = ["/stream", "/approvals"].includes(path);
    const isTold = ["/approve-prune", "/plan", "/proposals"].includes(path);
    if ((isRead && !isSilent) || (isTold && !isRead))
      expect(answer.text, path).toContain("(secret)");
  }
});

test("P9 whoever may not read secrets learns nothing from masking: their own words come back as they are", async () => {
  const guess = "canary-1";
  const guessed: Plan = { ...plan, notes: [{ kind: "unmanaged", message: `they wrote ${guess}` }] };
  world = createApiWorld({
    tokens,
    redact: (text) => text.replaceAll(guess, "(secret)"),
    deps: { proposals: fakeProposals([], guessed) },
  });
  for (const [token, said, unsaid] of [
    [deployerToken, guess, "(secret)"],
    [operatorToken, "(secret)", guess],
  ] as const) {
    const { text } = await world.request("POST", "/api/v1/plan", {
      headers: { Authorization: `Bearer ${token}` },
      body: '{"manifest":"kind: Stack"}',
    });
    expect(text).toContain(said);
    expect(text).not.toContain(unsaid);
  }
});
