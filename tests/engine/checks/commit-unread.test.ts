// What commits are told while Git cannot be read.
import { describe, expect, test } from "vitest";
import { converged, judged, loadedOf, open, shaOf } from "./commit-fixture.ts";

describe("P1 while Git cannot be read", () => {
  const why = "could not resolve host: git.example.com (password hunter2)";

  test("a commit that waits says so once, and is read when Git is back", () => {
    const { checks, of, last } = open();
    checks.seen(shaOf(1));
    checks.looked(why, null);
    checks.looked(why, null);
    expect(of(shaOf(1))).toEqual(["pending", "pending"]);
    expect(last(shaOf(1))).toMatch(
      /^pending: Git cannot be read since \d\d:\d\d UTC: could not resolve host.*\*\*\*/,
    );
    checks.loaded(loadedOf(1, ["shop"]), ["shop"]);
    checks.looked(null, shaOf(1));
    checks.ended("shop", judged(1, converged), null);
    expect(last(shaOf(1))).toMatch(/^success: /);
  });

  test("a commit that is seen meanwhile says so at once", () => {
    const world = open();
    world.checks.looked(why, null);
    world.checks.seen(shaOf(1));
    expect(world.last(shaOf(1))).toMatch(/^pending: Git cannot be read since/);
  });

  test("one that the branch has left when Git is back is superseded", () => {
    const { checks, last } = open();
    checks.loaded(loadedOf(1, ["shop"]), ["shop"]);
    checks.seen(shaOf(2));
    checks.looked(why, null);
    checks.looked(null, shaOf(1));
    expect(last(shaOf(2))).toMatch(/^neutral: superseded by/);
  });
});
