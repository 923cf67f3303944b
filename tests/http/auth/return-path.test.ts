import fc from "fast-check";
import { expect, test } from "vitest";
import { returnPath } from "../../../src/http/auth/return-path.ts";

test("a path of this server stays as it is, with query and fragment", () => {
  for (const path of ["/", "/stacks", "/stacks/a%20b?state=failing&q=%2F%2Fx#tree", "/signs"]) {
    expect(returnPath(path)).toBe(path);
  }
});

test.each([
  "//evil.example.com",
  "///evil.example.com",
  "/\\evil.example.com",
  "\\\\evil.example.com",
  "/\t/evil.example.com",
  "/\n/evil.example.com",
  "/.//evil.example.com",
  "/..//evil.example.com",
  "/x/..//evil.example.com",
  "https://evil.example.com",
  "https:evil.example.com",
  "javascript:alert(1)",
  "evil.example.com",
  "@evil.example.com",
  "",
  " /stacks",
  "/ok\r\nSet-Cookie: a=b",
  "/ok\u0000",
  `/${"a".repeat(3_000)}`,
  "/sign-in",
  "/sign-in?to=/sign-in",
  "/sign-out",
  "/auth/start",
  "/x/../auth/start",
])("P6 %j leads to the start page (no open redirect)", (to) => {
  expect(returnPath(to)).toBe("/");
});

test("P6 whatever is asked for, the browser stays on this server", () => {
  const piece = fc.constantFrom(
    "/",
    "\\",
    ".",
    "..",
    "@",
    ":",
    "//",
    "evil.com",
    "%2f",
    "%5c",
    "\t",
    "http:",
    "?",
    "#",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece).map((all) => all.join("")),
      ),
      (to) => {
        const path = returnPath(to);
        expect(new URL(path, "https://capstan.test/sign-in").origin).toBe("https://capstan.test");
        expect(path).toMatch(/^\/(?!\/)[^\r\n\\]*$/);
      },
    ),
  );
});
