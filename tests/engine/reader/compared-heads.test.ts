// Branches that move while it is found out what their newest commit changes.
import { expect, test } from "vitest";
import { comparedHeads } from "../../../src/engine/reader/compared-heads.ts";
import type { KnownHeads } from "../../../src/engine/reader/compared-heads.ts";
import type { DesiredStack } from "../../../src/model/desired.ts";

const desired = { name: "shop" } as DesiredStack;

/** One service whose branch has the next of these commits after each comparison; only those of `wanted` concern it. */
function branch(commits: readonly string[], wanted: readonly string[] = []) {
  let at = 0;
  const good = new Map<string, ReadonlySet<string>>();
  const head = (): string => commits[Math.min(at, commits.length - 1)] ?? "";
  return {
    of: () => new Map([["app/web", head()]]),
    asGood: () => new Map([["app/web", good.get(head()) ?? new Set<string>()]]),
    compare(): Promise<void> {
      if (!wanted.includes(head())) good.set(head(), new Set(["built"]));
      at += 1;
      return Promise.resolve();
    },
  };
}

/** As the plan does it: what is not as good as the commit that was built must be compared. */
const toCompare = ({ asGood }: KnownHeads): ReadonlyMap<string, string> =>
  asGood.get("app/web")?.has("built") === true ? new Map() : new Map([["app/web", "built"]]);

const isDeployed = ({ heads, asGood }: KnownHeads): boolean =>
  heads.has("app/web") && asGood.get("app/web")?.has("built") !== true;

test("a commit that comes during a comparison is compared as well before anything is built", async () => {
  const known = await comparedHeads(desired, branch(["one", "two"]), toCompare);
  expect([known.heads.get("app/web"), isDeployed(known)]).toEqual(["two", false]);
});

test("a commit that concerns the service is planned by, and compared once", async () => {
  const known = await comparedHeads(desired, branch(["one", "two"], ["two"]), toCompare);
  expect([known.heads.get("app/web"), isDeployed(known)]).toEqual(["two", true]);
});

test("a branch that moves faster than it is compared is left for the next look", async () => {
  const commits = Array.from({ length: 20 }, (_, index) => `commit-${index}`);
  const known = await comparedHeads(desired, branch(commits), toCompare);
  expect([known.heads.size, isDeployed(known)]).toEqual([0, false]);
});
