import { expect, test } from "vitest";
import { explainFailure, lastWords, type FailureContext } from "../../src/git/failure.ts";

const context: FailureContext = {
  url: "https://git.example.com/ssl/error.git",
  branch: "main",
  kind: "http",
  hasCredentials: true,
  redact: (text) => text.replaceAll("canary", "(secret)"),
};

const url = `'${context.url}/'`;
const cases: readonly [string, string, boolean][] = [
  [`fatal: unable to access ${url}: Could not resolve host: git.example.com`, "unavailable", false],
  [`fatal: unable to access ${url}: Failed to connect to x port 443`, "unavailable", false],
  [`fatal: unable to access ${url}: SSL certificate problem: self-signed`, "unavailable", false],
  [`fatal: unable to access ${url}: Operation too slow.`, "unavailable", false],
  [`fatal: unable to access ${url}: The requested URL returned error: 401`, "unauthorised", false],
  [`fatal: unable to access ${url}: The requested URL returned error: 403`, "forbidden", false],
  [`fatal: unable to access ${url}: The requested URL returned error: 302`, "unavailable", false],
  [`fatal: unable to access ${url}: The requested URL returned error: 429`, "rate-limited", false],
  [`fatal: repository ${url} not found`, "not-found", false],
  [`fatal: could not read Username for ${url}: terminal prompts disabled`, "unauthorised", false],
  [
    `remote: Invalid username or token.\nfatal: Authentication failed for ${url}`,
    "unauthorised",
    false,
  ],
  ["fatal: couldn't find remote ref refs/heads/main", "not-found", false],
  ["fatal: detected dubious ownership in repository at '/srv/a.git'", "forbidden", false],
  ["error: RPC failed; curl 56\nfatal: early EOF", "unavailable", true],
  ["fatal: bad object refs/capstan/head", "unavailable", true],
  ["fatal: Unable to create '/s/mirror.git/shallow.lock': File exists.", "unavailable", true],
  ["", "unavailable", true],
];

test.each(cases)("%j is %s", (stderr, code, mayBeMirror) => {
  const failure = explainFailure(stderr, context);
  expect(failure.error.code).toBe(code);
  expect(failure.mayBeMirror).toBe(mayBeMirror);
  expect(failure.error.message).toMatch(
    /^https:\/\/git\.example\.com\/ssl\/error\.git cannot be read: /,
  );
  expect(failure.error.message).not.toContain("\n");
  expect(failure.error.hint).toBeDefined();
});

test("P5 what git says of its own is redacted, cut and fit for one line of a terminal", () => {
  const stderr = `fatal: odd \u001b[31mcanary\u0007 ${"x".repeat(1_000)}\n`;
  const { error } = explainFailure(stderr, context);
  expect(error.message).toContain("odd  [31m(secret)  xxx");
  expect(error.message).not.toContain("canary");
  expect(error.message.length).toBeLessThan(400);
});

test("the last line that tells counts, not the advice after it", () => {
  expect(
    lastWords("warning: a\nfatal: the reason\n\nPlease make sure\nand the repository exists.\n"),
  ).toBe("the reason");
  expect(lastWords("ssh: it broke\nhint: try\n")).toBe("ssh: it broke");
});
