import { describe, expect, test } from "vitest";
import { plan } from "../../src/cli/plan.ts";
import { CapstanError } from "../../src/lib/errors.ts";
import type { Hold } from "../../src/model/hold.ts";
import { application, planOf, prunePlanOf, stack } from "../plan/render/fixture.ts";
import { act, createFakeEngine, createStage, emptyPlan, inventory } from "./support.ts";

const newStack = planOf(stack("shop", { services: [application("web", {})] }), null);

test("what was found and may be touched is told in one line on standard error", async () => {
  const { out, err } = await act(plan, createStage(), {});
  expect(err).toBe(
    "Dokploy v0.30.2 at https://dokploy.example.com: 37 projects, 12 ours, 25 never touched; " +
      "14 stacks at 3f2a1b9c3f2a\n",
  );
  expect(out).not.toContain("never touched");
});

test("a version that Capstan was not tried with is told with what accepts it", async () => {
  const platform = {
    version: "v9.9.9",
    supported: false,
    isTried: false,
    verdict: "Capstan was not tried with it",
    role: "owner",
  };
  const engine = createFakeEngine({ inventory: async () => ({ ...inventory, platform }) });
  const { err } = await act(plan, createStage({ engine }), {});
  expect(err).toContain("Dokploy v9.9.9: Capstan was not tried with it");
});

test("the exit code is 0, and 2 with --exit-code when something would change", async () => {
  const engine = createFakeEngine({ plan: async () => ({ ...emptyPlan, plans: [newStack] }) });
  expect((await act(plan, createStage({ engine }), {})).code).toBe(0);
  expect((await act(plan, createStage({ engine }), { exitCode: true })).code).toBe(2);
  expect((await act(plan, createStage(), { exitCode: true })).code).toBe(0);
});

test("a broken manifest or a conflict is exit code 1", async () => {
  const place = { file: "a.yaml", line: 1, column: 1 };
  const problems = [{ place, message: "is broken", hint: null, stack: null }];
  const broken = createFakeEngine({ plan: async () => ({ ...emptyPlan, problems }) });
  expect((await act(plan, createStage({ engine: broken }), { exitCode: true })).code).toBe(1);
  const plans = [{ stack: "a", actions: [], notes: [], conflict: "is another's" }];
  const taken = createFakeEngine({ plan: async () => ({ ...emptyPlan, plans }) });
  expect((await act(plan, createStage({ engine: taken }), {})).code).toBe(1);
});

test("--json prints JSON alone on standard output", async () => {
  const engine = createFakeEngine({ plan: async () => ({ ...emptyPlan, plans: [newStack] }) });
  const { out } = await act(plan, createStage({ engine }), { json: true });
  expect(JSON.parse(out)).toMatchObject({
    line: "1 stack would be created",
    stacks: [{ name: "shop" }],
  });
});

test("--markdown prints Markdown, and both at once are refused", async () => {
  expect((await act(plan, createStage(), { markdown: true })).out).toMatch(/^## Capstan: /);
  await expect(act(plan, createStage(), { json: true, markdown: true })).rejects.toThrow("exclude");
});

test("only the named stacks are planned", async () => {
  const engine = createFakeEngine();
  await act(plan, createStage({ engine }), { stack: ["shop", "blog"] });
  expect(engine.asked).toEqual(["inventory", "plan shop,blog"]);
});

test("the session is closed when the key is refused, and nothing is planned", async () => {
  const engine = createFakeEngine({
    inventory: async () => {
      throw new CapstanError("forbidden", "the key is a member's", { hint: "take an owner's" });
    },
  });
  const stage = createStage({ engine });
  await expect(act(plan, stage, {})).rejects.toThrow("the key is a member's");
  expect(engine.asked).toEqual(["inventory"]);
  expect(stage.closed()).toBe(1);
});

describe("removals", () => {
  const leaving = { ...emptyPlan, plans: [prunePlanOf("zoo", [{ name: "web", spec: {} }])] };
  const last = (text: string): string | undefined => text.trimEnd().split("\n").at(-1);

  test("that a plain apply would not carry out are announced with what does", async () => {
    const engine = createFakeEngine({ plan: async () => leaving });
    const { out } = await act(plan, createStage({ engine }), {});
    expect(last(out)).toBe("apply leaves what is removed alone unless you add --prune");
    const without = createFakeEngine({ plan: async () => ({ ...emptyPlan, plans: [newStack] }) });
    expect((await act(plan, createStage({ engine: without }), {})).out).not.toContain("--prune");
  });

  test("that wait name a command that can be copied: the program as it was started, and its folder", async () => {
    const heldPrune: Hold = {
      digest: "12ab34cd56ef",
      reason: { kind: "all-stacks", owned: 1 },
      removals: [{ stack: "zoo", resources: [{ kind: "project", id: "p1", name: "zoo" }] }],
    };
    const engine = createFakeEngine({ plan: async () => ({ ...leaving, heldPrune }) });
    const stage = createStage({ engine, program: "npm run -s capstan --" });
    const { out } = await act(plan, stage, { source: "my stacks" });
    expect(out).toContain(
      "  to approve: npm run -s capstan -- apply --source 'my stacks' --prune --approve 12ab34cd56ef\n",
    );
  });
});
