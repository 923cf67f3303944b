// The policy that the repository ships allows the stacks that the portal makes, and nothing beyond them.
import { join } from "node:path";
import { expect, test } from "vitest";
import { load, readFolder } from "../support.ts";
import { lines } from "./support.ts";

const root = join(import.meta.dirname, "../../../stacks");
const shipped = readFolder(
  root,
  (path) => path.startsWith("examples/") || path.startsWith("platform/"),
);
const stack = (more: string): string =>
  `apiVersion: capstan/v1\nkind: Stack\nmetadata: { name: ada, labels: { capstan.portal/owner: token:zoe } }\nspec:\n  template: ai-stack\n${more}`;
const said = (more: string): readonly string[] =>
  lines(load({ ...shipped, "users/ada.yaml": stack(more) }));

test("the portal's own stacks are allowed", () => {
  expect(said("")).toEqual([]);
  expect(said("  parameters: { memory: 4Gi }\n")).toEqual([]);
});

test.each([
  [
    "another image",
    "  parameters: { image: ghcr.io/evil/x:1 }",
    "only the images ghcr.io/acme/opencode:1.2.3",
  ],
  [
    "another host",
    "  applications: { opencode: { domains: [ { host: shop.example.com, port: 1 } ] } }",
    "only the hosts *.ai.example.com",
  ],
  ["another project", "  project: shop", "only the projects ai-stack-*"],
  [
    "a database",
    "  databases: { db: { type: redis, image: redis, password: x } }",
    "only the kinds of services application",
  ],
  [
    "a folder of the host",
    "  applications: { opencode: { mounts: [ { type: bind, source: /, target: /x } ] } }",
    "no bind mounts",
  ],
  ["a secret", "  applications: { opencode: { env: { K: $(secrets.x) } } }", "no secrets"],
  [
    "more memory",
    "  applications: { opencode: { replicas: 2, resources: { limits: { memory: 5Gi } } } }",
    "allows 8Gi of memory a stack",
  ],
])("%s is refused", (_what, more, words) => {
  expect(said(`${more}\n`).join("\n")).toContain(words);
});
