// What people type as a name, and the full name that they mean.
import { expect, test } from "vitest";
import { fullName } from "../../../src/engine/dns/names.ts";

const zone = "example.com";
const suffix = "ai.example.com";

test.each([
  ["alice", "alice.ai.example.com"],
  ["Alice", "alice.ai.example.com"],
  ["www.alice", "www.alice.ai.example.com"],
  ["alice.ai.example.com", "alice.ai.example.com"],
  ["alice.ai.example.com.", "alice.ai.example.com"],
  ["other.example.com", "other.example.com"],
  ["example.com", "example.com"],
  ["@", "example.com"],
  ["*", "*.ai.example.com"],
  ["*.alice", "*.alice.ai.example.com"],
  ["_dmarc", "_dmarc.ai.example.com"],
  ["münchen", "xn--mnchen-3ya.ai.example.com"],
  // It only looks like the zone.
  ["myexample.com", "myexample.com.ai.example.com"],
])("%s is %s", (typed, full) => {
  expect(fullName(typed, zone, suffix)).toBe(full);
});

test("without a suffix in the zone, names lie in the zone itself", () => {
  expect(fullName("alice", zone, null)).toBe("alice.example.com");
  expect(fullName("alice", zone, "ai.example.org")).toBe("alice.example.com");
});

test.each([
  "",
  ".",
  "a b",
  "a..b",
  "-a",
  "a-",
  "a/b",
  "x.*",
  "a*",
  "alice.example.org.",
  "x".repeat(64),
  `${"abcdefg.".repeat(31)}x`,
  "a\u0000b",
  "a?b=c",
])("%j is none", (typed) => {
  expect(() => fullName(typed, zone, suffix)).toThrow("is not a name in example.com");
});
