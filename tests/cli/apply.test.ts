import { describe, expect, test } from "vitest";
import { apply } from "../../src/cli/apply.ts";
import type { Hold } from "../../src/model/hold.ts";
import type { PassResult } from "../../src/engine/engine.ts";
import { prunePlanOf } from "../plan/render/fixture.ts";
import {
  act,
  createFakeEngine,
  createStage,
  did,
  emptyPlan,
  Exit,
  imageChanged,
  inventory,
  status,
} from "./support.ts";

const { revision } = inventory;

function result(more: Partial<PassResult> = {}): PassResult {
  return { revision, stacks: [], problems: [], ok: true, ...more };
}

test("only what changed or failed is listed, the rest is counted", async () => {
  const ready = status("shop", { kind: "converged" }, { urls: ["https://shop.example.com"] });
  const quiet = status("quiet", { kind: "converged" });
  const failed = status("blog", { kind: "terminal", message: "the image is gone" });
  const engine = createFakeEngine({
    converge: async (fake) => {
      fake.setStacks([ready]);
      fake.tell(did("shop", "configure-service", "app/web", imageChanged));
      fake.tell({ stack: "shop", kind: "outcome", message: "in sync" });
      return result({ stacks: [failed, quiet, ready], ok: false });
    },
  });
  const { code, out, err } = await act(apply, createStage({ engine }), {});
  expect(code).toBe(1);
  expect(out).toBe(
    "✗ blog  failed: the image is gone\n" +
      "✓ shop  ready  https://shop.example.com\n" +
      "\n" +
      "2 ready, 1 failed at 3f2a1b9c3f2a\n",
  );
  // What was done is told while it happens, how it ended once.
  expect(err).toContain("· shop  configured web (image changed in Git)\n");
  expect(err).not.toContain("✓");
});

test("a single stack is not counted beside its own line", async () => {
  const failed = status("blog", { kind: "terminal", message: "the image is gone" });
  const engine = createFakeEngine({
    converge: async () => result({ stacks: [failed], ok: false }),
  });
  const { out } = await act(apply, createStage({ engine }), {});
  expect(out).toBe("✗ blog  failed: the image is gone\n");
});

test("exit code 0 when all is as Git says", async () => {
  const engine = createFakeEngine({
    converge: async () => result({ stacks: [status("a", { kind: "converged" })] }),
  });
  const { code, out } = await act(apply, createStage({ engine }), {});
  expect([code, out]).toEqual([0, "1 ready at 3f2a1b9c3f2a\n"]);
});

test("a problem is told with its place and makes it fail", async () => {
  const place = { file: "stacks/a.yaml", line: 3, column: 5 };
  const problems = [{ place, message: "`imgae` is unknown", hint: null, stack: "a" }];
  const engine = createFakeEngine({ converge: async () => result({ problems, ok: false }) });
  const { code, out } = await act(apply, createStage({ engine }), {});
  expect(code).toBe(1);
  expect(out).toContain("stacks/a.yaml:3:5 `imgae` is unknown\n");
});

describe("removals", () => {
  const leaving = { ...emptyPlan, plans: [prunePlanOf("zoo", [{ name: "web", spec: {} }])] };

  test("O6 wait for --prune, and it is said whom they concern", async () => {
    const engine = createFakeEngine({ plan: async () => leaving });
    const { err } = await act(apply, createStage({ engine }), {});
    expect(engine.passes).toEqual([{ prune: false }]);
    expect(err).toContain("Nothing is removed without --prune; it would concern zoo\n");
  });

  const hold: Hold = {
    digest: "12ab34cd56ef",
    reason: { kind: "all-stacks", owned: 1 },
    removals: [{ stack: "zoo", resources: [{ kind: "project", id: "p1", name: "zoo" }] }],
  };
  const command = "to approve: capstan apply --prune --approve 12ab34cd56ef";
  const words = `all stacks that Capstan owns (1) would be removed; ${command}`;
  const held = { ...leaving, heldPrune: hold };

  test("O6 that wait are told with the command that approves them", async () => {
    const waits = status("zoo", {
      kind: "waiting",
      reason: "approval",
      message: "in any words",
      afterMs: null,
      hold,
    });
    const engine = createFakeEngine({
      plan: async () => held,
      converge: async () => result({ stacks: [waits], ok: false }),
    });
    const { out, err } = await act(apply, createStage({ engine }), { prune: true });
    expect(out).toBe("… zoo  waits for an approval\n");
    expect(err).toContain(`Removals wait: ${words}\n`);
  });

  test("O6 that wait are told with the folder that was named, and the program as it was started", async () => {
    const engine = createFakeEngine({ plan: async () => held });
    const stage = createStage({ engine, program: "npm run -s capstan --" });
    const { err } = await act(apply, stage, { prune: true, source: "stacks" });
    const copied = "npm run -s capstan -- apply --source stacks --prune --approve 12ab34cd56ef";
    expect(err).toContain(`to approve: ${copied}\n`);
  });

  test("O6 an approval of another list does nothing at all, and names this one's", async () => {
    const engine = createFakeEngine({ plan: async () => held });
    const options = { prune: true, approve: ["0123456789ab"] };
    await expect(act(apply, createStage({ engine }), options)).rejects.toMatchObject({
      code: "invalid",
      message: "0123456789ab does not match this list",
      hint: words,
    });
    expect(engine.passes).toEqual([]);
    const right = { prune: true, approve: ["0123456789ab", "12ab34cd56ef"] };
    await act(apply, createStage({ engine }), right);
    expect(engine.passes).toHaveLength(1);
  });

  test("an approval where nothing waits says so", async () => {
    const engine = createFakeEngine({ plan: async () => leaving });
    const options = { prune: true, approve: ["0123456789ab"] };
    const { err } = await act(apply, createStage({ engine }), options);
    expect(err).toContain(
      "Nothing waits for an approval: --approve 0123456789ab changes nothing\n",
    );
  });

  test("an approval without --prune is refused before anything is asked", async () => {
    const engine = createFakeEngine();
    await expect(act(apply, createStage({ engine }), { approve: ["abc"] })).rejects.toMatchObject({
      message: "--approve does nothing without --prune",
      hint: "write --prune --approve abc",
    });
    expect(engine.asked).toEqual([]);
  });

  test("go ahead with --prune and the digests that were approved", async () => {
    const engine = createFakeEngine({ plan: async () => leaving });
    const { err } = await act(apply, createStage({ engine }), { prune: true, approve: ["abc"] });
    expect(engine.passes).toEqual([{ prune: true, approved: ["abc"] }]);
    expect(err).not.toContain("without --prune");
  });
});

describe("Ctrl-C", () => {
  test("lets requests under way end, and exits with 130", async () => {
    const engine = createFakeEngine({
      converge: async (_, signal) => {
        stage.interrupt();
        return result({ ok: signal?.aborted !== true });
      },
    });
    const stage = createStage({ engine });
    const { code, err } = await act(apply, stage, {});
    expect(code).toBe(130);
    expect(engine.asked).toContain("stop");
    expect(err).toContain("the next apply continues from here");
    expect(stage.closed()).toBe(1);
  });

  test("a second time ends at once", async () => {
    const engine = createFakeEngine({
      converge: async () => {
        stage.interrupt();
        stage.interrupt();
        return result();
      },
    });
    const stage = createStage({ engine });
    await expect(act(apply, stage, {})).rejects.toEqual(new Exit(130));
  });
});
