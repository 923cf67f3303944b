// Labels as the dashboard shows them.
import { describe, expect, test } from "vitest";
import { ownerLabel, ownerNameLabel } from "../../../src/model/owner.ts";
import { allLabels, shownLabels } from "../../../src/http/public/lib/labels.ts";
import { someStacks, timesAt } from "../../support/pages-stacks.ts";

const owned = (id: string, name: string) => ({ [ownerLabel]: id, [ownerNameLabel]: name });

describe("of one stack", () => {
  test("the portal's two are one: its owner, by name", () => {
    expect(shownLabels({ team: "web", ...owned("oidc:7", "Zoe Martin") })).toEqual([
      { pair: `${ownerLabel}=oidc:7`, text: "owner: Zoe Martin" },
      { pair: "team=web", text: "team=web" },
    ]);
  });

  test("an owner without a name is shown by the id", () => {
    expect(shownLabels({ [ownerLabel]: "token:ci" })).toMatchObject([{ text: "owner: token:ci" }]);
  });
});

describe("of all stacks", () => {
  test("each is there once, in order", () => {
    const stacks = someStacks(timesAt(Date.parse("2026-11-28T12:00:00Z")));
    expect(allLabels(stacks).map(({ text }) => text)).toEqual([
      "owner: Zoe Martin",
      "team=docs",
      "team=platform",
      "team=web",
      "template=ai-stack",
      "tier=production",
    ]);
  });

  test("people of the same name are told apart", () => {
    const stacks = [owned("visitor:a", "a visitor"), owned("visitor:b", "a visitor")];
    expect(allLabels(stacks.map((labels) => ({ labels }))).map(({ text }) => text)).toEqual([
      "owner: a visitor (visitor:a)",
      "owner: a visitor (visitor:b)",
    ]);
  });
});
