// A redirect's pattern is Traefik's, which is Go's RE2: one that it cannot read takes the redirect, and with
// it every domain of the service, out of work.
import { describe, expect, it } from "vitest";
import { load, messages, oneService } from "./support.ts";

const told = (regex: string): readonly string[] => {
  const redirects = JSON.stringify([{ regex, replacement: "https://$1" }]);
  return messages(load({ "a.yaml": oneService(`redirects: ${redirects}`) }));
};
const field = "`applications.web.redirects[0].regex`";
const syntax = "Traefik takes the syntax of Go's RE2: https://github.com/google/re2/wiki/Syntax";
const around = "RE2 has neither: match the whole address, and keep its parts as groups, $1 and $2";
const back = "RE2 has none; in `replacement`, $1 is the first group";

describe("a pattern that Traefik takes", () => {
  for (const regex of [
    "^https?://(?:www\\.)?example\\.com/(.*)$",
    "(?i)^/old/(?P<rest>[^/]+)/?$",
    "(?<name>[[:alpha:]]+)\\p{Greek}\\Qa.b\\E\\d{4}",
  ]) {
    it(`is taken: ${regex}`, () => expect(told(regex)).toEqual([]));
  }
});

describe("a pattern that Traefik refuses", () => {
  const cases: readonly (readonly [regex: string, message: string, hint: string])[] = [
    ["(", "cannot be read by Traefik: missing closing ): (", syntax],
    ["[a", "cannot be read by Traefik: missing closing ]: [a", syntax],
    ["a\\", "cannot be read by Traefik: trailing backslash at end of expression", syntax],
    ["a**", "cannot be read by Traefik: invalid nested repetition operator: **", syntax],
    ["*a", "cannot be read by Traefik: missing argument to repetition operator: *", syntax],
    ["a{1001}", "cannot be read by Traefik: invalid repeat count: {1001}", syntax],
    ["^a\\Z", "cannot be read by Traefik: invalid escape sequence: \\Z", syntax],
    ["(?>a)", "cannot be read by Traefik: invalid or unsupported Perl syntax: (?>", syntax],
    ["^(?=x)", "has a look-ahead, `(?=`, which Traefik does not take", around],
    ["^(?!x)", "has a look-ahead, `(?!`, which Traefik does not take", around],
    ["(?<=x)a", "has a look-behind, `(?<=`, which Traefik does not take", around],
    ["(?<!x)a", "has a look-behind, `(?<!`, which Traefik does not take", around],
    ["(a)\\1", "has a back reference, `\\1`, which Traefik does not take", back],
    ["(?<n>a)\\k<n>", "has a back reference, `\\k`, which Traefik does not take", back],
  ];
  for (const [regex, message, hint] of cases) {
    it(`is told: ${regex}`, () => expect(told(regex)).toEqual([`${field} ${message} (${hint})`]));
  }

  it("stays small work: what would be costly to read is left to Traefik", () => {
    expect(told("a{1000}".repeat(1_000))).toEqual([]);
    expect(told(`${"(".repeat(100_000)}a`)).toEqual([]);
  });
});
