// What holds pruning back, as a table.
import { describe, expect, test } from "vitest";
import { digestText, heldPrune } from "../../src/plan/guards.ts";
import type { PruneFacts } from "../../src/plan/guards.ts";
import { holdText } from "../../src/plan/hold-words.ts";
import type { Removal, Resource } from "../../src/model/hold.ts";

const project = (id: string): Resource => ({ kind: "project", id, name: id });
const service = (id: string): Resource => ({ kind: "service", id, name: id });
const stacks = (count: number): readonly Removal[] =>
  Array.from({ length: count }, (_, n) => ({ stack: `s${n}`, resources: [project(`p${n}`)] }));
const services = (count: number): readonly Removal[] => [
  { stack: "s0", resources: Array.from({ length: count }, (_, n) => service(`a${n}`)) },
];

function held(facts: Partial<PruneFacts>): string | null {
  const hold = heldPrune({
    removals: [],
    ownedStacks: 100,
    ownedServices: 100,
    namesUnknown: false,
    brokenStacks: new Set(),
    approved: new Set(),
    digest: "d1",
    ...facts,
  });
  return hold === null ? null : holdText(hold, "apply");
}

describe("O6 pruning waits for an approval when it would remove too much", () => {
  test.each<[string, Partial<PruneFacts>, RegExp | null]>([
    ["nothing goes", {}, null],
    ["nothing goes and names are unknown", { namesUnknown: true }, null],
    ["1 of 3 stacks", { removals: stacks(1), ownedStacks: 3 }, null],
    ["2 of 3 stacks, too few for thirds", { removals: stacks(2), ownedStacks: 3 }, null],
    ["all of 3 stacks", { removals: stacks(3), ownedStacks: 3 }, /all stacks .*\(3\)/],
    ["the only stack", { removals: stacks(1), ownedStacks: 1 }, /all stacks/],
    ["1 of 4 stacks", { removals: stacks(1), ownedStacks: 4 }, null],
    ["2 of 4 stacks", { removals: stacks(2), ownedStacks: 4 }, /2 of 4 stacks/],
    ["exactly a third", { removals: stacks(2), ownedStacks: 6 }, null],
    ["just more than a third", { removals: stacks(3), ownedStacks: 8 }, /3 of 8 stacks/],
    ["3 of 3 services", { removals: services(3), ownedServices: 3 }, null],
    ["2 of 4 services", { removals: services(2), ownedServices: 4 }, /2 of 4 services/],
    ["exactly a third of the services", { removals: services(3), ownedServices: 9 }, null],
    [
      "a file that names cannot be read of",
      { removals: services(1), namesUnknown: true },
      /fix it first/,
    ],
  ])("%s", (_, facts, expected) => {
    const reason = held(facts);
    if (expected === null) expect(reason).toBeNull();
    else expect(reason).toMatch(expected);
  });

  test("an approval of exactly this list lets it go, one of another list does not", () => {
    const facts = { removals: stacks(2), ownedStacks: 4 };
    expect(held(facts)).toContain("to approve: capstan apply --prune --approve d1");
    expect(held({ ...facts, approved: new Set(["d0"]) })).not.toBeNull();
    expect(held({ ...facts, approved: new Set(["d1"]) })).toBeNull();
  });

  test("O5 no approval helps while names are unknown", () => {
    const facts = { removals: stacks(2), ownedStacks: 4, namesUnknown: true };
    const reason = held({ ...facts, approved: new Set(["d1"]) });
    expect(reason).toMatch(/fix it first/);
    expect(reason).not.toContain("digest");
  });

  test("the digest's text does not depend on any order, and on everything else", () => {
    const one = [
      { stack: "a", resources: [service("1"), project("1")] },
      { stack: "b", resources: [project("2")] },
    ];
    const same = [one[1]!, { stack: "a", resources: [project("1"), service("1")] }];
    expect(digestText(one)).toBe("a: project 1, service 1\nb: project 2");
    expect(digestText(one)).toBe(digestText(same));
    const others = [
      one.slice(1),
      [{ stack: "a", resources: [service("1")] }, one[1]!],
      [{ stack: "c", resources: [service("1"), project("1")] }, one[1]!],
    ];
    expect(new Set([one, ...others].map(digestText)).size).toBe(4);
  });
});
