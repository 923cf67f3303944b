// Who may have a name, and a template: the decisions alone.
import { describe, expect, test } from "vitest";
import { takenName, takesOver } from "../../../src/engine/portal/taken-name.ts";
import type { NameFacts } from "../../../src/engine/portal/taken-name.ts";
import { chosenTemplate } from "../../../src/engine/portal/templates.ts";

const zoe = { id: "token:zoe", name: "Zoe", email: null, role: "deployer" } as const;
const operator = { ...zoe, id: "token:otto", role: "operator" } as const;
const free: NameFacts = {
  ...{ inGit: null, asked: null, lastOwner: null },
  ...{ hasProject: false, hasFiles: false, isProjectTaken: false },
};
const ada = (facts: Partial<NameFacts>, person: typeof zoe | typeof operator = zoe) =>
  takenName("ada", person, { ...free, ...facts });
const taken = (why: string) => ({ yours: false, error: `ada is taken${why}` });

describe("a name", () => {
  test("that nobody has or had is free", () => {
    expect(ada({})).toBeNull();
  });

  test("that Git has is its owner's, and nobody else's", () => {
    expect(ada({ inGit: { owner: zoe.id } })).toEqual({
      yours: true,
      error: "ada is yours already",
    });
    expect(ada({ inGit: { owner: null } })).toEqual(taken(""));
  });

  test("that is being deployed is whose who asked for it", () => {
    const asked = { owner: zoe.id };
    expect(ada({ asked })).toEqual({ yours: true, error: "ada is being created for you" });
    expect(ada({ asked }, operator)).toEqual(taken(""));
  });

  test("that a project of somebody else has is taken", () => {
    expect(ada({ isProjectTaken: true })).toEqual(taken(": the server has a project of that name"));
  });

  test("O7 that another person's stack had is taken while something of that is left", () => {
    const left = { lastOwner: "token:old", hasFiles: true };
    expect(ada({ ...left, hasProject: true })).toEqual(taken(": its removal is not finished"));
    expect(ada(left)).toEqual(
      taken(": files of an earlier stack of that name are still on the server"),
    );
    // An operator may, knowingly.
    expect(ada(left, operator)).toBeNull();
    expect(ada({ ...left, hasProject: true }, operator)).not.toBeNull();
  });

  test("O7 comes back to whom it belonged, with what is left", () => {
    const left = { lastOwner: zoe.id, hasFiles: true };
    expect(ada({ ...left, hasProject: true })).toBeNull();
    expect(takesOver(zoe, left)).toBe(false);
    expect(takesOver(operator, left)).toBe(true);
    expect(takesOver(operator, { ...left, hasFiles: false })).toBe(false);
  });
});

describe("a template", () => {
  const settings = { template: "ai-stack" };

  test("is the portal's own when none is named", () => {
    expect(chosenTemplate(null, zoe, settings)).toBe("ai-stack");
    expect(chosenTemplate("ai-stack", zoe, settings)).toBe("ai-stack");
  });

  test("may be another one for operators alone", () => {
    expect(chosenTemplate("other", operator, settings)).toBe("other");
    expect(() => chosenTemplate("other", zoe, settings)).toThrow(
      "the portal makes no stacks of the template other",
    );
  });
});
