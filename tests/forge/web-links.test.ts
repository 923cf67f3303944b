import { expect, test } from "vitest";
import { webLinks } from "../../src/forge/web-links.ts";
import type { ForgeKind } from "../../src/model/forge.ts";

const sha = "3f9c2ab0".repeat(5);

test.each<[ForgeKind, string, string, string, string]>([
  [
    "gitea",
    "https://git.example.com/gitea",
    `https://git.example.com/gitea/acme/stacks/commit/${sha}`,
    `https://git.example.com/gitea/acme/stacks/src/commit/${sha}/stacks/a%20b.yaml#L7`,
    "https://git.example.com/gitea/acme/stacks/pulls/3",
  ],
  [
    "forgejo",
    "https://git.example.com/",
    `https://git.example.com/acme/stacks/commit/${sha}`,
    `https://git.example.com/acme/stacks/src/commit/${sha}/stacks/a%20b.yaml#L7`,
    "https://git.example.com/acme/stacks/pulls/3",
  ],
  [
    "github",
    "https://api.github.com",
    `https://github.com/acme/stacks/commit/${sha}`,
    `https://github.com/acme/stacks/blob/${sha}/stacks/a%20b.yaml#L7`,
    "https://github.com/acme/stacks/pull/3",
  ],
  [
    "github",
    "https://git.example.com/api/v3",
    `https://git.example.com/acme/stacks/commit/${sha}`,
    `https://git.example.com/acme/stacks/blob/${sha}/stacks/a%20b.yaml#L7`,
    "https://git.example.com/acme/stacks/pull/3",
  ],
  [
    "gitlab",
    "https://gitlab.com",
    `https://gitlab.com/acme/stacks/-/commit/${sha}`,
    `https://gitlab.com/acme/stacks/-/blob/${sha}/stacks/a%20b.yaml#L7`,
    "https://gitlab.com/acme/stacks/-/merge_requests/3",
  ],
])("%s at %s", (kind, url, commit, line, pull) => {
  const links = webLinks({ kind, url, repository: "acme/stacks" });
  expect(links.commit(sha)).toBe(commit);
  expect(links.line(sha, "stacks/a b.yaml", 7)).toBe(line);
  expect(links.pull(3)).toBe(pull);
});

test("what is no whole commit id, or holds markup, leads nowhere else", () => {
  const links = webLinks({ kind: "gitea", url: "https://git.example.com", repository: "a/b" });
  expect(links.commit("3f9c2ab")).toBeNull();
  expect(links.commit("../../evil")).toBeNull();
  expect(links.line("folder-hash", "a.yaml", 1)).toBeNull();
  expect(links.line(sha, '"><script>?#', 1)).toBe(
    `https://git.example.com/a/b/src/commit/${sha}/%22%3E%3Cscript%3E%3F%23#L1`,
  );
});
