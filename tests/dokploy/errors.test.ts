// What Dokploy's refusals become, recording by recording, and that nothing secret leaves with them.
import { expect, test } from "vitest";
import { refusalError } from "../../src/dokploy/errors.ts";
import { readApi } from "../../src/dokploy/reading.ts";
import { plainMessage } from "../../src/dokploy/words.ts";
import type { CapstanError } from "../../src/lib/errors.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import { recording } from "./support.ts";

const redactor = createRedactor();

function errorOf(name: string): CapstanError {
  const { path, status, response, body } = recording(name);
  const text = typeof response === "string" ? response : JSON.stringify(response);
  const asked = {
    procedure: path.replace("/api/", ""),
    isWrite: body !== null,
    via: "api",
  } as const;
  const reading = readApi({ status, headers: new Headers(), text }, asked, redactor, 0);
  if (reading.ok) throw new Error(`${name} is no refusal`);
  return reading.error;
}

test.each([
  ["auth-bad-key", "unauthorised"],
  ["ratelimit-exceeded", "unauthorised"],
  ["ratelimit-second-verify-denied", "rate-limited"],
  ["other-org-application.one", "forbidden"],
  ["permission-denied-allForPermissions", "forbidden"],
  ["permission-denied-project.create", "forbidden"],
  ["application.one-missing", "not-found"],
  ["domain.delete-missing", "not-found"],
  ["application.update-missing", "not-found"],
  ["environment.update-missing", "not-found"],
  ["unknown-procedure", "unsupported"],
  ["application.update-bad-enum", "invalid"],
  ["domain.create-missing-app", "invalid"],
  ["bad-json", "invalid"],
  ["environment.remove-with-services", "conflict"],
  ["application.update-noop", "uncertain"],
])("R5 %s is %s", (name, code) => {
  expect(errorOf(name).code).toBe(code);
});

test("R5 a key that is not accepted says that it may be the limit and where to make another", () => {
  expect(errorOf("auth-bad-key").hint).toMatch(/rate limit.*Settings → Profile → API\/CLI Keys/);
});

test.each([
  "domain.create-missing-app",
  "environment.create-missing-project",
  "tag.create-duplicate",
])("P5 %s tells neither SQL nor parameters", (name) => {
  const { message } = errorOf(name);
  expect(message).not.toMatch(/insert into|params|\$1|values \(/i);
  expect(message).toContain("the database refused it");
});

test("a refused body names the field", () => {
  expect(errorOf("domain.create-bad-host").message).toBe(
    "Dokploy refused domain.create: host: Invalid domain name. Use only letters, numbers, hyphens and dots (e.g. example.com). Underscores are not allowed.",
  );
});

test("P5 a registered secret in an error text of Dokploy is masked", () => {
  const secrets = createRedactor();
  secrets.register("hunter2-hunter2");
  expect(plainMessage("login failed for hunter2-hunter2\n\tagain", secrets)).toBe(
    "login failed for (secret) again",
  );
});

test("P7 a refusal of nothing but line breaks is read in no time", () => {
  const message = plainMessage("\n".repeat(1_000_000), createRedactor());
  expect(message).toBe("no reason given");
});

test("P7 a message is bounded and one line", () => {
  const message = plainMessage(`a\nb${"x".repeat(10_000)}`, redactor);
  expect(message.length).toBeLessThanOrEqual(400);
  expect(message).not.toContain("\n");
});

test("an unknown procedure of a batch is never read as absence", () => {
  const refusal = {
    status: 404,
    message: 'No procedure found on path "application.one"',
    code: "NOT_FOUND",
    path: "application.one",
    issues: [],
    retryAfterMs: null,
  };
  const asked = { procedure: "application.one", isWrite: false, via: "trpc" } as const;
  expect(refusalError(refusal, asked, redactor).code).toBe("unsupported");
});
