// Deliveries about labels of pull requests: a preview may hang on them.
import { expect, test } from "vitest";
import { readGiteaPayload } from "../../src/forge/gitea/events.ts";
import { readGitHubPayload } from "../../src/forge/github/events.ts";
import { readGitLabPayload } from "../../src/forge/gitlab/events.ts";

const said = { type: "pull", action: "updated", number: 7, baseBranch: "main" };
const pull = (action: string): object => ({
  ...{ action, number: 7, repository: { full_name: "acme/stacks" } },
  pull_request: { base: { ref: "main" } },
});

test.each(["label_updated", "label_cleared"])("of Gitea: %s", (action) => {
  for (const name of ["pull_request", "pull_request_label"]) {
    expect(readGiteaPayload(name, pull(action)).event).toEqual(said);
  }
});

test.each(["labeled", "unlabeled"])("of GitHub: %s", (action) => {
  expect(readGitHubPayload("pull_request", pull(action)).event).toEqual(said);
});

test("of GitLab, where an update says which fields changed", () => {
  const request = (changes: object): object => ({
    project: { path_with_namespace: "acme/stacks" },
    object_attributes: { iid: 7, action: "update", target_branch: "main" },
    changes,
  });
  const read = (changes: object) => readGitLabPayload("Merge Request Hook", request(changes)).event;
  expect(read({ labels: { previous: [], current: [{ title: "preview" }] } })).toEqual(said);
  expect(read({ title: {} }).type).toBe("other");
});
