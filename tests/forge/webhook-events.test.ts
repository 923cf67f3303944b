// What deliveries say, host by host: pushes, pull requests, comments, runs, and what is not meant for Capstan.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createWebhookReader } from "../../src/forge/webhooks.ts";
import { CapstanError } from "../../src/lib/errors.ts";
import type { ForgeEvent } from "../../src/model/forge.ts";
import {
  giteaDelivery,
  githubDelivery,
  gitlabDelivery,
  secret,
} from "../support/forge-deliveries.ts";

const reader = createWebhookReader({ secrets: secret });
const zeros = "0".repeat(40);
const [before, after] = ["a".repeat(40), "b".repeat(40)];
const repository = { full_name: "acme/stacks" };
const project = { path_with_namespace: "acme/group/stacks" };

function gitea(name: string, payload: object, kind: "gitea" | "forgejo" = "gitea"): ForgeEvent {
  const { headers, body } = giteaDelivery(name, { repository, ...payload }, { kind });
  const said = reader.read(kind, headers, body, 0);
  expect(said.repository).toBe("acme/stacks");
  return said.event;
}
function github(name: string, payload: object): ForgeEvent {
  const { headers, body } = githubDelivery(name, { repository, ...payload });
  const said = reader.read("github", headers, body, 0);
  expect(said.repository).toBe("acme/stacks");
  return said.event;
}
function gitlab(name: string, payload: object): ForgeEvent {
  const { headers, body } = gitlabDelivery(name, { project, ...payload });
  const said = reader.read("gitlab", headers, body, 0);
  expect(said.repository).toBe("acme/group/stacks");
  return said.event;
}

const commit = (paths: { added?: string[]; removed?: string[]; modified?: string[] } = {}) => ({
  id: after,
  added: [],
  removed: [],
  modified: [],
  ...paths,
});
const two = [
  commit({ added: ["stacks/b.yaml"], modified: ["stacks/a.yaml"] }),
  commit({ removed: ["c"], modified: ["stacks/a.yaml"] }),
];
const touched = ["c", "stacks/a.yaml", "stacks/b.yaml"];
const ref = "refs/heads/portal/alice";

test("a new image is named by its owner and name; other packages are none, nor one that is deleted", () => {
  const container = { owner: { login: "acme" }, name: "shop", type: "container" };
  const told = (action: string, type: string): ForgeEvent =>
    gitea("package", { action, package: { ...container, type } });
  expect(told("created", "container")).toEqual({ type: "image", image: "acme/shop" });
  expect(told("deleted", "container")).toEqual({ type: "other", name: "package deleted" });
  expect(told("created", "npm")).toEqual({ type: "other", name: "package created" });
});

describe("a push", () => {
  test("names branch, commit and paths", () => {
    const expected = { type: "push", branch: "portal/alice", after, paths: touched };
    expect(gitea("push", { ref, before, after, commits: two, total_commits: 2 })).toEqual(expected);
    expect(github("push", { ref, before, after, commits: two })).toEqual(expected);
    const counted = { ref, before, after, commits: two, total_commits_count: 2 };
    expect(gitlab("Push Hook", counted)).toEqual(expected);
  });

  test("names no paths when not all of it is listed", () => {
    const base = { ref, before, after, commits: two };
    const many = Array.from({ length: 20 }, () => commit());
    for (const event of [
      gitea("push", { ...base, total_commits: 3 }),
      gitea("push", base),
      gitea("push", { ...base, before: zeros, total_commits: 2 }),
      gitea("push", { ...base, commits: [], total_commits: 0 }),
      gitea("push", { ...base, commits: null, total_commits: 0 }),
      github("push", { ...base, commits: many }),
      github("push", { ...base, forced: true }),
      github("push", { ...base, created: true }),
      github("push", { ...base, commits: [] }),
      github("push", { ...base, commits: [{ id: after }] }),
      gitlab("Push Hook", { ...base, total_commits_count: 21 }),
      gitlab("Push Hook", { ...base, before: zeros, total_commits_count: 2 }),
      gitlab("Push Hook", base),
    ]) {
      expect(event).toEqual({ type: "push", branch: "portal/alice", after, paths: null });
    }
  });

  test("that deletes a branch has no commit", () => {
    const expected = { type: "push", branch: "portal/alice", after: null, paths: null };
    const base = { ref, before, after: zeros, commits: [] };
    expect(gitea("push", { ...base, total_commits: 0 })).toEqual(expected);
    expect(gitea("delete", { ref: "portal/alice", ref_type: "branch" })).toEqual(expected);
    expect(github("push", { ...base, deleted: true })).toEqual(expected);
    expect(gitlab("Push Hook", { ...base, total_commits_count: 0 })).toEqual(expected);
  });

  test("of a tag has no branch", () => {
    const tag = { ref: "refs/tags/v1", before: zeros, after, commits: [] };
    const expected = { type: "push", branch: null, after, paths: null };
    expect(gitea("push", { ...tag, total_commits: 0 })).toEqual(expected);
    expect(github("push", { ...tag, created: true })).toEqual(expected);
    expect(gitlab("Tag Push Hook", { ...tag, total_commits_count: 0 })).toEqual(expected);
    expect(gitea("delete", { ref: "v1", ref_type: "tag" })).toEqual({
      type: "other",
      name: "delete",
    });
  });

  test("P7 that touches very many paths names none", () => {
    const modified = Array.from({ length: 10_001 }, (_, at) => `f${at}`);
    const commits = [commit({ modified })];
    expect(github("push", { ref, before, after, commits })).toMatchObject({ paths: null });
  });
});

describe("a pull request", () => {
  const pull = (action: string, changes?: object) => ({
    action,
    number: 7,
    pull_request: { number: 7, base: { ref: "main" }, head: { ref: "alice" } },
    ...(changes === undefined ? {} : { changes }),
  });
  const said = (action: "opened" | "updated" | "closed") => ({
    type: "pull",
    action,
    number: 7,
    baseBranch: "main",
  });

  test.each([
    ["opened", "opened"],
    ["reopened", "opened"],
    ["synchronized", "updated"],
    ["synchronize", "updated"],
    ["closed", "closed"],
  ] as const)("that was %s is %s", (action, meant) => {
    expect(gitea("pull_request", pull(action))).toEqual(said(meant));
    expect(gitea("pull_request", pull(action), "forgejo")).toEqual(said(meant));
    expect(github("pull_request", pull(action))).toEqual(said(meant));
  });

  test("with another base is updated, with another title it is nothing to us", () => {
    const title = { title: { from: "old" } };
    expect(gitea("pull_request", pull("edited", { ref: { from: "dev" } }))).toEqual(
      said("updated"),
    );
    expect(github("pull_request", pull("edited", { base: { ref: { from: "dev" } } }))).toEqual(
      said("updated"),
    );
    expect(gitea("pull_request", pull("edited", title)).type).toBe("other");
    expect(github("pull_request", pull("edited", title)).type).toBe("other");
    expect(github("pull_request", pull("assigned")).type).toBe("other");
    expect(gitea("pull_request", pull("reviewed")).type).toBe("other");
  });

  test("of GitLab is a merge request", () => {
    const request = (action: string, more: object = {}, changes: object = {}) => ({
      object_kind: "merge_request",
      object_attributes: { iid: 7, action, target_branch: "main", ...more },
      changes,
    });
    const event = (...args: Parameters<typeof request>) =>
      gitlab("Merge Request Hook", request(...args));
    expect(event("open")).toEqual(said("opened"));
    expect(event("reopen")).toEqual(said("opened"));
    expect(event("update", { oldrev: before })).toEqual(said("updated"));
    expect(event("update", {}, { target_branch: { previous: "dev", current: "main" } })).toEqual(
      said("updated"),
    );
    expect(event("close")).toEqual(said("closed"));
    expect(event("merge")).toEqual(said("closed"));
    expect(event("update", {}, { title: {} }).type).toBe("other");
    expect(event("approved").type).toBe("other");
  });
});

describe("a comment", () => {
  const comment = (action: string, more: object = {}) => ({
    action,
    is_pull: true,
    issue: { number: 7, pull_request: { merged: false } },
    comment: { id: 3, body: "/capstan plan", user: { login: "bob" } },
    ...more,
  });
  const said = { type: "comment", number: 7, author: "bob", body: "/capstan plan" };

  test("that is new on a pull request is heard", () => {
    expect(gitea("issue_comment", comment("created"))).toEqual(said);
    expect(gitea("issue_comment", comment("created"), "forgejo")).toEqual(said);
    expect(github("issue_comment", comment("created"))).toEqual(said);
  });

  test("that was edited or deleted, or is on an issue, is nothing to us", () => {
    for (const action of ["edited", "deleted"]) {
      expect(gitea("issue_comment", comment(action)).type).toBe("other");
      expect(github("issue_comment", comment(action)).type).toBe("other");
    }
    const issue = { is_pull: false, issue: { number: 7, pull_request: null } };
    expect(gitea("issue_comment", comment("created", issue)).type).toBe("other");
    expect(github("issue_comment", comment("created", { issue: { number: 7 } })).type).toBe(
      "other",
    );
  });

  test("of GitLab is a new note on a merge request", () => {
    const note = (more: object = {}) => ({
      object_kind: "note",
      user: { username: "bob" },
      object_attributes: {
        note: "/capstan plan",
        noteable_type: "MergeRequest",
        action: "create",
        ...more,
      },
      merge_request: { iid: 7 },
    });
    const [early, late] = ["2026-11-22 06:00:22 UTC", "2026-11-22 06:01:00 UTC"];
    expect(gitlab("Note Hook", note())).toEqual(said);
    const old = { action: undefined, created_at: early, updated_at: early };
    expect(gitlab("Note Hook", note(old))).toEqual(said);
    expect(gitlab("Note Hook", note({ ...old, updated_at: late })).type).toBe("other");
    expect(gitlab("Note Hook", note({ action: "update" })).type).toBe("other");
    expect(gitlab("Note Hook", note({ noteable_type: "Issue" })).type).toBe("other");
    expect(gitlab("Note Hook", note({ system: true })).type).toBe("other");
  });
});

test("runs of the host's CI are heard from all hosts", () => {
  for (const name of ["workflow_run", "workflow_job"]) {
    expect(gitea(name, { action: "completed" })).toEqual({ type: "run" });
    expect(github(name, { action: "completed" })).toEqual({ type: "run" });
  }
  for (const name of ["action_run_failure", "action_run_recover", "action_run_success"]) {
    expect(gitea(name, {}, "forgejo")).toEqual({ type: "run" });
  }
  for (const name of ["Pipeline Hook", "Job Hook"]) {
    expect(gitlab(name, {})).toEqual({ type: "run" });
  }
});

test("everything else is named and nothing more", () => {
  expect(github("ping", { zen: "x" })).toEqual({ type: "other", name: "ping" });
  expect(gitea("status", { state: "success" })).toEqual({ type: "other", name: "status" });
  expect(gitlab("Issue Hook", {})).toEqual({ type: "other", name: "Issue Hook" });
  const { headers, body } = githubDelivery(`<b>${"x".repeat(200)}`, {});
  const { event, repository: named } = reader.read("github", headers, body, 0);
  expect(named).toBeNull();
  expect(event).toEqual({ type: "other", name: `b${"x".repeat(59)}` });
});

test("an id that cannot be kept is none", () => {
  const made = githubDelivery("ping", {});
  for (const id of ["", " ", "a b", "x".repeat(201), "ä"]) {
    const headers = { ...made.headers, "X-GitHub-Delivery": id };
    expect(reader.read("github", headers, made.body, 0).id).toBeNull();
  }
});

test("what a real Gitea sent is understood", () => {
  const text = readFileSync(
    new URL("../recordings/forges/gitea-deliveries.json", import.meta.url),
    "utf8",
  );
  const { deliveries } = JSON.parse(text) as {
    deliveries: { headers: Record<string, string>; body: string }[];
  };
  const real = createWebhookReader({ secrets: "s3cr" });
  const events = deliveries.map(
    ({ headers, body }) => real.read("gitea", headers, Buffer.from(body), 0).event,
  );
  const branch = "portal/a";
  expect(events).toEqual([
    {
      type: "push",
      branch,
      after: "8c209ca7c4afd7915f59d6c3eb32ffda5a6bf6dd",
      // A new branch: what it is against is not said.
      paths: null,
    },
    { type: "pull", action: "opened", number: 1, baseBranch: "main" },
    {
      type: "push",
      branch,
      after: "d996c5381e0d70f0e583017e7acc6178f1a0deb1",
      // One so old does not say how many commits there were.
      paths: null,
    },
    { type: "pull", action: "updated", number: 1, baseBranch: "main" },
    { type: "comment", number: 1, author: "bot", body: "plan" },
    { type: "other", name: "issue_comment edited" },
  ]);
});

test("junk in a good signature ends in a delivery or an invalid one, for every event", () => {
  const names = [
    "push",
    "delete",
    "pull_request",
    "issue_comment",
    "workflow_run",
    "Push Hook",
    "Merge Request Hook",
    "Note Hook",
  ];
  const junk = fc.oneof(
    fc.jsonValue(),
    fc.record(
      {
        ref: fc.jsonValue(),
        before: fc.jsonValue(),
        after: fc.jsonValue(),
        commits: fc.jsonValue(),
        total_commits: fc.jsonValue(),
        action: fc.constantFrom("created", "opened", null, 1),
        number: fc.jsonValue(),
        pull_request: fc.jsonValue(),
        issue: fc.jsonValue(),
        comment: fc.jsonValue(),
        object_attributes: fc.jsonValue(),
        merge_request: fc.jsonValue(),
        changes: fc.jsonValue(),
        repository: fc.oneof(fc.constant(repository), fc.jsonValue()),
        project: fc.oneof(fc.constant(project), fc.jsonValue()),
      },
      { requiredKeys: [] },
    ),
  );
  const property = fc.property(fc.constantFrom(...names), junk, (name, payload) => {
    for (const [kind, made] of [
      ["gitea", giteaDelivery(name, payload)],
      ["github", githubDelivery(name, payload)],
      ["gitlab", gitlabDelivery(name, payload)],
    ] as const) {
      try {
        reader.read(kind, made.headers, made.body, 0);
      } catch (error) {
        if (!(error instanceof CapstanError)) throw error;
        expect(error.code).toBe("invalid");
      }
    }
  });
  fc.assert(property, { numRuns: 500 });
});
