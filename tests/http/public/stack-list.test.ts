// Which stacks the dashboard's list shows, in which order, and how the address holds it.
import { describe, expect, test } from "vitest";
import {
  countsOf,
  everything,
  filterOf,
  firstRows,
  held,
  passes,
  pathOf,
  sorted,
} from "../../../src/http/public/dashboard/stacks/filter.ts";
import type { Filter } from "../../../src/http/public/dashboard/stacks/filter.ts";
import { someStacks, timesAt } from "../../support/pages-stacks.ts";

const stacks = someStacks(timesAt(Date.parse("2026-11-28T12:00:00Z")));
const shown = (filter: Partial<Filter>): readonly string[] =>
  stacks.filter((stack) => passes(stack, { ...everything, ...filter })).map(({ name }) => name);

test("what needs a person comes first, and of the same state what changed last", () => {
  expect(sorted(stacks, "attention").map(({ name }) => name)).toEqual([
    "shop",
    "blog",
    "old-reports",
    "wiki",
    "zoe",
    "newsletter",
    "mail",
    "alice",
    "ben",
    "docs",
    "grafana",
    "status-page",
  ]);
  expect(sorted(stacks, "name")[0]?.name).toBe("alice");
  expect(sorted(stacks, "changed")[0]?.name).toBe("zoe");
});

test.each([
  [{ text: "crash loop" }, ["shop"]],
  [{ text: "SHOP 3f9c2ab" }, ["shop"]],
  [{ text: "moreau" }, ["alice"]],
  [{ states: ["failing", "suspended"] }, ["shop", "blog", "mail"]],
  [{ label: "team=web" }, ["shop", "blog"]],
  [{ label: "team=web", text: "blog" }, ["blog"]],
  [{ text: "no such thing" }, []],
] as const)("filter %j", (filter, names) => {
  expect(shown(filter)).toEqual(names);
});

test("the address holds the filter and gives it back", () => {
  const filter: Filter = {
    text: "two words & more",
    states: ["failing", "waiting"],
    label: "team=web",
    dokploy: "production",
    sort: "name",
  };
  expect(pathOf(filter)).toBe(
    "/stacks?q=two+words+%26+more&state=failing,waiting&label=team%3Dweb&dokploy=production&sort=name",
  );
  expect(filterOf(pathOf(filter))).toEqual(filter);
  expect(pathOf(everything)).toBe("/stacks");
  expect(filterOf("/stacks?state=nonsense,ready&sort=upwards")).toEqual({
    ...everything,
    states: ["ready"],
  });
});

describe("rows that are held", () => {
  test("stay where they are when their stacks change; new ones come last", () => {
    const [first, second, third] = stacks;
    const fresh = [third!, second!, first!];
    const rows = held(["shop", "old-reports"], fresh);
    expect(rows.map(({ name }) => name)).toEqual(["shop", "old-reports", "blog"]);
  });

  test("go when their stack is gone", () => {
    expect(held(["shop", "gone"], [stacks[0]!]).map(({ name }) => name)).toEqual(["shop"]);
  });
});

test("of a long list only some new rows are drawn at once, and drawn ones stay", () => {
  const names = (budget: number, drawn: readonly string[]): readonly string[] =>
    firstRows(stacks.slice(0, 5), new Set(drawn), budget).map(({ name }) => name);
  expect(names(2, [])).toEqual(["shop", "blog"]);
  expect(names(1, ["shop", "blog", "wiki"])).toEqual(["shop", "blog", "old-reports", "wiki"]);
  expect(names(9, [])).toHaveLength(5);
});

test("states are counted in the order of attention, without empty ones", () => {
  expect(countsOf(stacks)).toEqual([
    ["failing", 2],
    ["waiting", 2],
    ["rolling-out", 1],
    ["unknown", 1],
    ["suspended", 1],
    ["ready", 5],
  ]);
});
