import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aliasOf, anyName, appName, checkName, withReserved } from "../../src/manifest/names.ts";

describe("P8 a stack's name", () => {
  const rule = withReserved({ minLength: 3, maxLength: 20, reserved: ["Admin", "api"] }, [
    "billing",
  ]);

  it("is a DNS label of 1 to 40 characters", () => {
    for (const name of ["a", "a-b", "0", "a".repeat(40)])
      expect(checkName(anyName, name)).toBeNull();
    for (const name of ["", "A", "a_b", "-a", "a-", "a.b", "ä", "a".repeat(41), "a b"]) {
      expect(checkName(anyName, name)).not.toBeNull();
    }
  });

  it("follows a template's rule, reserved names of the environment included", () => {
    expect(checkName(rule, "alice")).toBeNull();
    expect(checkName(rule, "al")).toBe("must have 3 to 20 characters");
    for (const name of ["admin", "api", "billing"])
      expect(checkName(rule, name)).toBe("is reserved");
    expect(checkName(rule, "al-")).toBe("must begin and end with a letter or digit");
  });
});

describe("an application's name in Dokploy", () => {
  it("is lower case, at most 56 characters, and never begins with dokploy", () => {
    expect(appName("The Shop!", "production", "web")).toBe("the-shop-web");
    expect(appName("shop", "staging", "web")).toBe("shop-staging-web");
    expect(appName("dokploy-x", "production", "web")).toBe("x-dokploy-x-web");
    expect(appName("日本", "production", "web")).toBe("x-web");
    fc.assert(
      fc.property(
        fc.string({ maxLength: 120 }),
        fc.stringMatching(/^[a-z0-9]{1,40}$/),
        (project, service) => {
          const name = appName(project, "production", service);
          expect(name).toMatch(/^[a-z0-9][a-z0-9-]*[a-z0-9]$/);
          expect(name.length).toBeLessThanOrEqual(56);
          expect(name.startsWith("dokploy")).toBe(false);
          expect(name.endsWith(service)).toBe(true);
        },
      ),
    );
  });

  it("has an alias with the environment's name everywhere but in production", () => {
    expect(aliasOf("shop", "production", "web")).toBe("shop-web");
    expect(aliasOf("shop", "staging", "web")).toBe("shop-staging-web");
  });
});
