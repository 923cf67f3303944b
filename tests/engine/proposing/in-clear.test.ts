// P5: what somebody typed into Dokploy stands in a commit only where nobody could take it for a secret.
import { expect, test } from "vitest";
import { whyNotInClear } from "../../../src/engine/proposing/in-clear.ts";
import { createHasher } from "../../../src/lib/digest.ts";
import { createRedactor } from "../../../src/lib/redact.ts";
import { loadManifests } from "../../../src/manifest/load.ts";

const redactor = createRedactor();
redactor.register("canary-of-a-secret");
const content = new TextEncoder().encode(`apiVersion: capstan/v1
kind: Stack
metadata: { name: shop }
spec:
  applications:
    web:
      image: one
      env: { MODE: live, URL: "http://db", TOKEN: $(secrets.token) }
      basicAuth: [{ username: ops, password: plain-password }]
      redirects: [{ regex: ^/old, replacement: /new }]
`);
const { stacks } = loadManifests({
  tree: { files: [{ path: "stacks/shop.yaml", content }], unreadable: [] },
  root: "stacks",
  variables: {},
  secret: () => "canary-of-a-secret",
  reservedNames: [],
  hasher: createHasher(Buffer.from("a key for tests")),
});
const web = stacks[0]!.services[0]!;
const why = (path: string, observed: string | null, wanted: string | null): string | null =>
  whyNotInClear(web, { path, observed, wanted }, (text) => redactor.redact(text));

test.each([
  ["image", "two", "one"],
  ["replicas", "3", null],
  ["env.MODE", "debug", "live"],
  ["env.MODE", null, "live"],
  ["env.URL", "http://other:8080/path", "http://db"],
  ["env.FEATURE", "on", null],
  ["env.WORKERS", "12", null],
  ["redirects.^/old", "/newer", "/new"],
])("%s may be written as %s", (path, observed, wanted) => {
  expect(why(path, observed, wanted)).toBeNull();
});

test.each([
  ["env.TOKEN", "another", "canary-of-a-secret", "from a secret"],
  ["env.TOKEN", null, "canary-of-a-secret", "from a secret"],
  ["env.MODE", "x canary-of-a-secret", "live", "the value of a secret"],
  ["image", "canary-of-a-secret", "one", "the value of a secret"],
  ["env.URL", "http://me:word@db", "http://db", "may be a secret"],
  ["env.MODE", "ghp_a8B2c9D4e5F6g7H8i9J0k1L2", "live", "may be a secret"],
  ["env.SMTP_PASSWORD", "1234", null, "may be a secret"],
  ["env.API_KEY", "on", null, "may be a secret"],
  ["env.WORDS", "some words", null, "may be a secret"],
  ["basicAuth.ops", "other-password", "plain-password", "may be a secret"],
  ["redirects.^/a", "/somewhere", null, "may be a secret"],
])("%s is not written as %s", (path, observed, wanted, told) => {
  expect(why(path, observed, wanted)).toContain(told);
});
