// What commits are told, without a host: every check that is begun ends, and none is repeated.
import { beforeEach, describe, expect, test } from "vitest";
import { stackChecksPerCommit } from "../../../src/engine/checks/followed-commit.ts";
import type { Problem } from "../../../src/model/desired.ts";
import type { Outcome } from "../../../src/model/status.ts";
import {
  converged,
  creates,
  failed,
  judged,
  loadedOf,
  open,
  openWithBlog,
  progressing,
  shaOf,
} from "./commit-fixture.ts";

let world: ReturnType<typeof openWithBlog>;
beforeEach(() => {
  world = openWithBlog();
});

describe("P1 a pushed commit gets pending, and an end state always", () => {
  test("P1 what it touched is told by name, the rest as a count", () => {
    const { checks, of, last } = world;
    checks.seen(shaOf(2));
    expect(of(shaOf(2))).toEqual(["pending"]);
    checks.loaded(loadedOf(2, ["blog", "shop"]), ["shop"]);
    checks.ended("shop", judged(2, progressing), creates);
    checks.ended("shop", judged(2, converged), null);
    expect(of(shaOf(2))).toEqual(["pending", "success"]);
    expect(last(shaOf(2))).toBe("success: 1 created, 1 unchanged");
    expect(of(shaOf(2), "capstan/stack/shop")).toEqual(["pending", "success"]);
    expect(of(shaOf(2), "capstan/stack/blog")).toEqual([]);
  });

  test("P1 at a first start nothing is said of stacks that were as they should be", () => {
    expect(world.last(shaOf(1))).toBe("success: nothing to do, 1 stack unchanged");
    expect(world.of(shaOf(1), "capstan/stack/blog")).toEqual([]);
  });

  test("P1 a commit that touches no stack has nothing to do", () => {
    world.checks.loaded(loadedOf(2, ["blog"]), []);
    expect(world.last(shaOf(2))).toBe("success: nothing to do, 1 stack unchanged");
  });

  test("P1 a failure is told, and so is that a later try succeeded", () => {
    const { checks, of, last } = world;
    checks.loaded(loadedOf(2, ["blog", "shop"]), ["shop"]);
    checks.ended("shop", judged(2, failed), creates);
    checks.ended("shop", judged(2, { ...failed, message: "again" }), creates);
    expect(last(shaOf(2))).toBe("failure: shop: no route to Dokploy");
    checks.ended("shop", judged(2, converged), null);
    expect(of(shaOf(2))).toEqual(["pending", "failure", "success"]);
    // Later failures are not this commit's.
    checks.ended("shop", judged(2, failed), null);
    expect(of(shaOf(2))).toEqual(["pending", "failure", "success"]);
  });

  test("P1 a mistake in a manifest is a failure with its place", () => {
    const problem: Problem = {
      place: { file: "stacks/shop.yaml", line: 7, column: 3 },
      message: "unknown key imge",
      hint: "did you mean image?",
      stack: "shop",
    };
    world.checks.loaded(loadedOf(2, ["blog"], { broken: ["shop"], problems: [problem] }), ["shop"]);
    const said = "stacks/shop.yaml:7:3 unknown key imge (did you mean image?)";
    expect(world.last(shaOf(2))).toBe(`failure: shop: ${said}`);
    expect(world.last(shaOf(2), "capstan/stack/shop")).toBe(`failure: ${said}`);
    // The next commit is not blamed for it.
    world.checks.loaded(loadedOf(3, ["blog", "wiki"], { broken: ["shop"], problems: [problem] }), [
      "wiki",
    ]);
    world.checks.ended("wiki", judged(3, converged), { ...creates, stack: "wiki" });
    expect(world.last(shaOf(3))).toBe("success: 1 created, 2 unchanged; 1 problem from before");
  });

  test.each([
    ["approval", "attention"],
    ["conflict", "attention"],
    ["window", "neutral"],
    ["dependency", "neutral"],
    ["suspended", "neutral"],
    ["retained", "success"],
    ["deployment", "pending"],
  ] as const)("P1 waiting for %s is %s", (reason, state) => {
    world.checks.loaded(loadedOf(2, ["blog", "shop"]), ["shop"]);
    const outcome: Outcome = { kind: "waiting", reason, message: "it waits", afterMs: null };
    world.checks.ended("shop", judged(2, outcome), creates);
    expect(world.of(shaOf(2)).at(-1)).toBe(state);
  });

  test("P1 a newer commit ends the checks of what it touches again, and of those alone", () => {
    const { checks, last } = world;
    checks.loaded(loadedOf(2, ["blog", "shop", "wiki"]), ["shop", "wiki"]);
    checks.loaded(loadedOf(3, ["blog", "shop", "wiki"]), ["shop"]);
    expect(last(shaOf(2), "capstan/stack/shop")).toBe(
      `neutral: superseded by ${shaOf(3).slice(0, 12)}`,
    );
    // A run that began before the newer commit says nothing of it.
    checks.ended("shop", judged(2, converged), creates);
    expect(last(shaOf(3), "capstan/stack/shop")).toBe("pending: queued");
    checks.ended("wiki", judged(2, converged), { ...creates, stack: "wiki" });
    expect(last(shaOf(2), "capstan/stack/wiki")).toBe("success: in sync and healthy");
    expect(last(shaOf(2))).toContain(`shop: superseded by ${shaOf(3).slice(0, 12)}`);
  });

  test("P1 a mistake that the next commit corrects leaves the first one partly done, with what was wrong", () => {
    const { checks, last } = world;
    const problem: Problem = {
      place: { file: "stacks/shop.yaml", line: 7, column: 3 },
      message: "unknown key imge",
      hint: null,
      stack: "shop",
    };
    checks.loaded(loadedOf(2, ["blog", "wiki"], { broken: ["shop"], problems: [problem] }), [
      "shop",
      "wiki",
    ]);
    checks.ended("wiki", judged(2, converged), { ...creates, stack: "wiki" });
    checks.loaded(loadedOf(3, ["blog", "shop", "wiki"]), ["shop"]);
    const shop = `superseded by ${shaOf(3).slice(0, 12)}; before: stacks/shop.yaml:7:3 unknown key imge`;
    expect(last(shaOf(2), "capstan/stack/shop")).toBe(`neutral: ${shop}`);
    expect(last(shaOf(2))).toBe(`neutral: 1 of 2 stacks done: 1 created; shop: ${shop}`);
  });

  test("P1 a stack that was not done is not counted as unchanged", () => {
    const { checks, last } = world;
    checks.loaded(loadedOf(2, ["blog", "shop", "wiki"]), ["shop", "wiki"]);
    checks.ended("wiki", judged(2, converged), null);
    checks.loaded(loadedOf(3, ["blog", "shop", "wiki"]), ["shop"]);
    const by = shaOf(3).slice(0, 12);
    expect(last(shaOf(2))).toBe(`neutral: 1 of 2 stacks done; shop: superseded by ${by}`);
  });

  test("P1 commits that were pushed and passed over are superseded, each once", () => {
    const { checks, of } = world;
    for (let number = 2; number < 12; number++) checks.seen(shaOf(number));
    checks.loaded(loadedOf(11, ["blog"]), []);
    for (let number = 2; number < 11; number++) {
      expect(of(shaOf(number))).toEqual(["pending", "neutral"]);
    }
    expect(of(shaOf(11))).toEqual(["pending", "success"]);
  });

  test("P1 a delivery that comes too late ends too", () => {
    const { checks, of } = world;
    checks.loaded(loadedOf(3, ["blog"]), []);
    checks.seen(shaOf(2));
    checks.passed(shaOf(2), shaOf(3));
    expect(of(shaOf(2))).toEqual(["pending", "neutral"]);
  });

  test("P1 of many stacks twenty have a check of their own", () => {
    const names = Array.from({ length: 30 }, (_, index) => `s${String(index).padStart(2, "0")}`);
    world.checks.loaded(loadedOf(2, names), names);
    for (const name of names) {
      world.checks.ended(name, judged(2, converged), { ...creates, stack: name });
    }
    const own = [...world.told.keys()].filter((key) =>
      key.startsWith(`${shaOf(2)} capstan/stack/`),
    );
    expect(own).toHaveLength(stackChecksPerCommit);
    expect(world.store.checks(shaOf(2))).toHaveLength(names.length + 1);
    expect(world.last(shaOf(2))).toBe("success: 30 created");
  });

  test("P1 a restart says nothing twice, and ends what was left open", () => {
    const { checks, store } = world;
    checks.loaded(loadedOf(2, ["blog", "shop"]), ["shop"]);
    checks.ended("shop", judged(2, failed), creates);
    const next = open(store);
    next.checks.loaded(loadedOf(2, ["blog", "shop"]), ["blog", "shop"]);
    expect(next.told.size).toBe(0);
    next.checks.ended("blog", judged(2, converged), null);
    next.checks.ended("shop", judged(2, converged), null);
    expect(next.of(shaOf(2))).toEqual(["success"]);
    expect(next.of(shaOf(2), "capstan/stack/shop")).toEqual(["success"]);
    expect(next.of(shaOf(2), "capstan/stack/blog")).toEqual([]);
  });

  test("P1 what a process left pending is superseded when another commit is newest at the next start", () => {
    const { checks, store } = world;
    checks.loaded(loadedOf(2, ["blog", "shop"]), ["shop"]);
    const next = open(store);
    next.checks.loaded(loadedOf(3, ["blog", "shop"]), ["blog", "shop"]);
    expect(next.of(shaOf(2))).toEqual(["neutral"]);
    expect(next.of(shaOf(2), "capstan/stack/shop")).toEqual(["neutral"]);
  });

  test("P1 a removal that was under way at a restart ends, whether anything is left to remove or not", () => {
    const { checks, store } = world;
    checks.loaded(loadedOf(2, ["blog", "shop"]), ["shop"]);
    checks.ended("shop", judged(2, converged), creates);
    checks.loaded(loadedOf(3, ["blog"]), ["shop"]);
    expect(world.last(shaOf(3), "capstan/stack/shop")).toBe("pending: queued");
    const next = open(store);
    next.checks.loaded(loadedOf(3, ["blog"]), ["blog"]);
    next.checks.ended("blog", judged(3, converged), null);
    expect(next.of(shaOf(3), "capstan/stack/shop")).toEqual(["neutral"]);
    expect(next.of(shaOf(3)).at(-1)).toBe("neutral");
    // Something was left.
    next.checks.ended("shop", judged(3, { kind: "removed" }), null);
    expect(next.of(shaOf(3), "capstan/stack/shop")).toEqual(["neutral", "success"]);
    expect(next.of(shaOf(3)).at(-1)).toBe("success");
  });

  test("P1 a removal that waited for its approval at a restart is told when it is done", () => {
    const { checks, store } = world;
    const approval: Outcome = {
      kind: "waiting",
      reason: "approval",
      message: "ask",
      afterMs: null,
    };
    checks.loaded(loadedOf(2, []), ["blog"]);
    checks.ended("blog", judged(2, approval), null);
    const next = open(store);
    next.checks.loaded(loadedOf(2, []), []);
    expect(next.told.size).toBe(0);
    next.checks.ended("blog", judged(2, { kind: "removed" }), null);
    expect(next.of(shaOf(2), "capstan/stack/blog")).toEqual(["success"]);
    expect(next.of(shaOf(2))).toEqual(["success"]);
  });

  test("P1 a branch that is set back to a superseded commit tells of its stacks again", () => {
    const { checks, of, last } = world;
    checks.loaded(loadedOf(2, ["blog", "shop"]), ["shop"]);
    checks.loaded(loadedOf(3, ["blog", "shop"]), ["shop"]);
    expect(of(shaOf(2)).at(-1)).toBe("neutral");
    checks.loaded({ ...loadedOf(2, ["blog", "shop"]), sequence: 4 }, ["shop"]);
    expect(last(shaOf(2), "capstan/stack/shop")).toBe("pending: queued");
    expect(of(shaOf(2)).at(-1)).toBe("pending");
    checks.ended("shop", judged(4, failed), creates);
    expect(of(shaOf(2)).at(-1)).toBe("failure");
  });

  test("P1 of a hundred commits that were seen while Git could not be read none stays pending", () => {
    const { checks, of } = world;
    for (let number = 2; number <= 101; number++) checks.seen(shaOf(number));
    checks.loaded(loadedOf(102, ["blog"]), []);
    for (let number = 2; number <= 101; number++) {
      expect(of(shaOf(number)), `commit ${number}`).toEqual(["pending", "neutral"]);
    }
  });

  test("P5 a secret is in no check", () => {
    world.checks.loaded(loadedOf(2, ["blog", "shop"]), ["shop"]);
    world.checks.ended("shop", judged(2, { ...failed, message: "login with hunter2" }), creates);
    expect(JSON.stringify([...world.told.values()])).not.toContain("hunter2");
  });
});
