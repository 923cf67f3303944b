import { describe, expect, test } from "vitest";
import { oidcPerson } from "../../../src/http/auth/oidc-person.ts";
import type { Claims, OidcRules } from "../../../src/http/auth/oidc-person.ts";

const rules: OidcRules = { rolesClaim: "roles", operators: [], defaultRole: "viewer" };

function person(claims: Claims, more: Partial<OidcRules> = {}) {
  const verdict = oidcPerson({ sub: "1", ...claims }, { ...rules, ...more });
  return verdict.kind === "person" ? verdict.person : null;
}

describe("P6 the role is the highest that the claim names", () => {
  test.each<[string, unknown, string]>([
    ["a list", ["x", "viewer", "deployer"], "deployer"],
    ["one word", "operator", "operator"],
    ["several words", "viewer operator", "operator"],
    ["words by commas", "viewer,deployer", "deployer"],
    [
      "a group whose name only contains one",
      ["my-operator", "operator:Owners", "Operator"],
      "viewer",
    ],
    ["no list", { operator: true }, "viewer"],
    ["numbers", [1, null, { role: "operator" }], "viewer"],
    ["nothing", undefined, "viewer"],
  ])("%s", (_, roles, role) => {
    expect(person({ roles })?.role).toBe(role);
  });

  test("under a path, or a name that has dots in it", () => {
    const nested = { rolesClaim: "resource_access.capstan.roles" };
    expect(person({ resource_access: { capstan: { roles: ["operator"] } } }, nested)?.role).toBe(
      "operator",
    );
    const dotted = { rolesClaim: "https://example.com/roles" };
    expect(person({ "https://example.com/roles": ["deployer"] }, dotted)?.role).toBe("deployer");
  });

  test("and never something that every object has", () => {
    for (const rolesClaim of ["constructor.name", "__proto__.roles", "toString"]) {
      expect(person({}, { rolesClaim })?.role).toBe("viewer");
    }
  });

  test("and an operator who is named keeps it whatever the claim says", () => {
    const operators = ["7", "ann@example.com"];
    expect(person({ sub: "7", roles: ["viewer"] }, { operators })?.role).toBe("operator");
    expect(person({ email: "Ann@Example.com" }, { operators })?.role).toBe("operator");
  });

  test("and an e-mail address in the place of a subject needs to be the subject", () => {
    const claims = { name: "ann@example.com", preferred_username: "ann@example.com" };
    expect(person(claims, { operators: ["ann@example.com"] })?.role).toBe("viewer");
  });
});

test("P6 an address that is not verified, or none, is nobody's", () => {
  for (const verified of [false, "false"]) {
    const claims = { email: "ann@example.com", email_verified: verified };
    expect(person(claims, { operators: ["ann@example.com"] })).toMatchObject({
      email: null,
      role: "viewer",
    });
  }
  for (const email of ["ann", "a b@c", "a@b\nc", "<a@b>", "a@b, c@d", 7, `${"a".repeat(80)}@b`]) {
    expect(person({ email })?.email, String(email)).toBeNull();
  }
});

test("the name is the best that there is, cut and on one line", () => {
  expect(person({ name: "Ann", preferred_username: "ann" })?.name).toBe("Ann");
  expect(person({ name: " ", preferred_username: "ann" })?.name).toBe("ann");
  expect(person({ email: "ann@example.com" })?.name).toBe("ann@example.com");
  expect(person({})?.name).toBe("1");
  expect(person({ name: "a\r\nb <c@d>\u202e" })?.name).toBe("a b c@d");
  expect(person({ name: "ä".repeat(500) })?.name).toBe("ä".repeat(100));
});

test("P6 without a subject that can be used nobody signs in", () => {
  for (const sub of [undefined, "", 7, "a\nb", "x".repeat(300)]) {
    expect(oidcPerson({ sub }, rules)).toEqual({ kind: "refused", reason: "no subject" });
  }
});

test("P6 without a role of their own people are refused where there is no default", () => {
  const strict = { ...rules, defaultRole: null };
  expect(oidcPerson({ sub: "1" }, strict)).toEqual({ kind: "refused", reason: "no role" });
});
