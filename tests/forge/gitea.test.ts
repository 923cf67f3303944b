// Gitea and Forgejo through the adapter, on a stand-in with the traps of the real ones.
import { afterEach, describe, expect, test } from "vitest";
import { createForge } from "../../src/forge/create.ts";
import * as wire from "../../src/forge/gitea/wire.ts";
import type { Forge } from "../../src/ports-forge.ts";
import { startFakeGitea } from "../support/fake-gitea.ts";
import type { FakeGitea, FakeGiteaOptions } from "../support/fake-gitea.ts";
import { checkOf, failure, forgeOptions, unknownSha } from "./support.ts";

const open: FakeGitea[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((host) => host.close()));
});

async function start(
  options: FakeGiteaOptions = {},
): Promise<{ host: FakeGitea; forge: Forge; head: string }> {
  const host = await startFakeGitea(options);
  open.push(host);
  const forge = createForge(options.kind ?? "gitea", forgeOptions(host));
  return { host, forge, head: (await host.git.ref("refs/heads/main")) ?? "" };
}

async function branch(host: FakeGitea, name: string): Promise<string> {
  const parent = await host.git.ref("refs/heads/main");
  const person = { name: "Alice", email: "alice@example.com" };
  const commit = await host.git.write({
    parent,
    changes: new Map([[`stacks/${name}.yaml`, name]]),
    message: name,
    author: person,
    committer: person,
  });
  await host.git.setRef(`refs/heads/${name}`, commit);
  return commit;
}

describe.each(["gitea", "forgejo"] as const)("%s", (kind) => {
  test.each([
    ["pending", "pending"],
    ["success", "success"],
    ["failure", "failure"],
    ["attention", "warning"],
    ["neutral", "warning"],
  ] as const)("a check that is %s is a status that says %s", async (state, said) => {
    const { host, forge, head } = await start({ kind });
    await forge.setCheck(checkOf(head, { state, description: "three\n words   here" }));
    expect(host.statuses).toEqual([
      {
        sha: head,
        state: said,
        context: "capstan",
        description: "three words here",
        target_url: "https://capstan.example.com/stacks",
      },
    ]);
  });

  test("a check of a commit that the host does not know is not found, although the host says 500", async () => {
    const { forge } = await start({ kind });
    const error = await failure(forge.setCheck(checkOf(unknownSha)), "not-found");
    expect(error.message).toContain("does not know the commit");
    expect(error.hint).toContain("not pushed");
  });

  test("a check that fails for the host's own trouble is unavailable", async () => {
    const { host, forge, head } = await start({ kind });
    host.intercept = ({ method }) =>
      method === "POST" ? { status: 500, body: { message: "database is locked" } } : null;
    const error = await failure(forge.setCheck(checkOf(head)), "unavailable");
    expect(error.message).toContain("database is locked");
  });

  test("a check without an address sends none, and one of a branch's name is refused unsent", async () => {
    const { host, forge, head } = await start({ kind });
    await forge.setCheck(checkOf(head, { url: null }));
    expect(host.calls.at(-1)?.body).not.toHaveProperty("target_url");
    const before = host.calls.length;
    await failure(forge.setCheck(checkOf("main")), "invalid");
    expect(host.calls.length).toBe(before);
  });

  test("the account behind the token is told", async () => {
    const { forge } = await start({ kind });
    expect(await forge.self()).toBe("capstan-bot");
  });

  test("open pull requests are listed over all pages, the newest first, forks known as such", async () => {
    const { host, forge } = await start({ kind });
    const sha = await branch(host, "alice");
    const fork = await branch(host, "elsewhere");
    for (let count = 0; count < 119; count++) await host.addPull({ title: "t", head: "alice" });
    await host.addPull({
      ...{ title: "from afar", head: "alice", author: "bob", fork: { sha: fork } },
      labels: ["preview", "bug"],
    });
    const pulls = await forge.openPulls();
    expect(pulls.length).toBe(120);
    expect(pulls[0]).toEqual({
      number: 120,
      title: "from afar",
      url: `${host.url}/acme/stacks/pulls/120`,
      state: "open",
      headSha: fork,
      headRef: "refs/pull/120/head",
      headBranch: "alice",
      baseBranch: "main",
      fromFork: true,
      author: "bob",
      labels: ["preview", "bug"],
    });
    expect(pulls[119]).toMatchObject({ number: 1, headSha: sha, fromFork: false });
  });

  test("P2 an AGit pull request, which whoever may read can open, counts as a fork's", async () => {
    const head = {
      label: "",
      ref: "refs/pull/7/head",
      sha: "a".repeat(40),
      repo_id: 1,
      repo: { id: 1 },
    };
    const row = { number: 7, title: "t", html_url: "", state: "open", user: { login: "eve" } };
    const base = { ...head, label: "main", ref: "main" };
    expect(wire.pull.parse({ ...row, head, base }).fromFork).toBe(true);
    const branch = { ...head, label: "add", ref: "add" };
    expect(wire.pull.parse({ ...row, head: branch, base }).fromFork).toBe(false);
  });

  test("more than 200 open pull requests are cut, and pages are not asked for ever", async () => {
    const { host, forge } = await start({ kind });
    await branch(host, "alice");
    const pull = await host.addPull({ title: "t", head: "alice" });
    for (let count = 0; count < 229; count++) host.pulls.push({ ...pull, number: count + 2 });
    expect((await forge.openPulls()).length).toBe(200);
    expect((await forge.openPulls())[0]?.number).toBe(230);
    host.spoil = (reply) => ({ ...reply, headers: { link: '<http://x/?page=1>; rel="next"' } });
    const before = host.calls.length;
    await forge.openPulls();
    expect(host.calls.length).toBe(before + 1);
  });

  test("one pull request tells whether it is open, closed or merged", async () => {
    const { host, forge } = await start({ kind });
    await branch(host, "alice");
    const pull = await host.addPull({ title: "t", head: "alice" });
    expect((await forge.pull(1)).state).toBe("open");
    pull.state = "closed";
    expect((await forge.pull(1)).state).toBe("closed");
    pull.merged = true;
    expect((await forge.pull(1)).state).toBe("merged");
    await failure(forge.pull(9), "not-found");
  });

  test("a comment is added, found by its author, and edited in place", async () => {
    const { host, forge } = await start({ kind });
    await branch(host, "alice");
    await host.addPull({ title: "t", head: "alice" });
    host.addComment(1, "bob", "looks good");
    const id = await forge.addComment(1, "plan");
    await forge.editComment(1, id, "plan 2");
    expect(await forge.comments(1)).toEqual([
      { id: "1", author: "bob", body: "looks good" },
      { id, author: "capstan-bot", body: "plan 2" },
    ]);
    expect(host.comments.length).toBe(2);
    await failure(forge.editComment(1, "77", "x"), "not-found");
    await failure(forge.editComment(1, "../1", "x"), "not-found");
  });

  test.each([
    ["owner", true],
    ["admin", true],
    ["write", true],
    ["read", false],
    ["none", false],
  ])("who has the permission %s may write: %s", async (permission, may) => {
    const { host, forge } = await start({ kind });
    host.permissions.set("dora", permission);
    expect(await forge.mayWrite("dora")).toBe(may);
  });

  test("nobody and a stranger may not write", async () => {
    const { forge } = await start({ kind });
    expect(await forge.mayWrite("")).toBe(false);
    expect(await forge.mayWrite("stranger/../capstan-bot")).toBe(false);
  });

  test("a pull request is opened once for a branch", async () => {
    const { host, forge } = await start({ kind });
    const sha = await branch(host, "portal/alice");
    const request = { title: "Add alice", body: "why", head: "portal/alice", base: "main" };
    const pull = await forge.openPull(request);
    expect(pull).toMatchObject({ number: 1, title: "Add alice", headSha: sha, fromFork: false });
    expect(host.pulls[0]?.body).toBe("why");
    await failure(forge.openPull(request), "conflict");
    await failure(forge.openPull({ ...request, head: "main" }), "invalid");
    await failure(forge.openPull({ ...request, head: "nowhere" }), "not-found");
  });

  test("the text of a pull request is changed in place, and it is closed without a merge", async () => {
    const { host, forge } = await start({ kind });
    await branch(host, "alice");
    await host.addPull({ title: "t", head: "alice" });
    await forge.changePull(1, { title: "t 2", body: "b 2" });
    expect(host.pulls[0]).toMatchObject({ title: "t 2", body: "b 2", state: "open" });
    await forge.changePull(1, { state: "closed" });
    expect(host.pulls[0]).toMatchObject({ title: "t 2", body: "b 2" });
    expect((await forge.pull(1)).state).toBe("closed");
    await failure(forge.changePull(9, { state: "closed" }), "not-found");
  });
});

describe("runs of Actions", () => {
  const run = {
    id: 7,
    run_number: 3,
    display_title: "build",
    path: "build.yaml@refs/heads/main",
    head_branch: "main",
    head_sha: "a".repeat(40),
    status: "completed",
    conclusion: "success",
    html_url: "https://git.example.com/acme/app/actions/runs/3",
    started_at: "2026-11-22T06:00:20Z",
  };

  test("are read from a new Gitea, and found by the workflow's file", async () => {
    const { host, forge } = await start();
    host.runs = [{ ...run, id: 8, path: "lint.yaml@refs/heads/main", status: "queued" }, run];
    const found = await forge.runs({
      repository: "acme/app",
      workflow: ".gitea/workflows/build.yaml",
      limit: 5,
    });
    expect(found).toEqual([
      {
        id: "7",
        number: 3,
        title: "build",
        workflow: "build.yaml",
        branch: "main",
        headSha: "a".repeat(40),
        state: "success",
        url: "https://git.example.com/acme/app/actions/runs/3",
        startedAtMs: Date.parse("2026-11-22T06:00:20Z"),
      },
    ]);
    const all = await forge.runs({ repository: "acme/app", limit: 1 });
    expect(all).toMatchObject([{ id: "8", state: "waiting", workflow: "lint.yaml" }]);
  });

  test("are read from Forgejo, which says the end in the status", async () => {
    const { host, forge } = await start({ kind: "forgejo" });
    host.runs = [
      {
        id: 7,
        run_number: 3,
        name: "Build",
        workflow_id: "build.yaml",
        head_branch: "",
        head_sha: "a".repeat(40),
        status: "failure",
        url: "https://git.example.com/acme/app/actions/runs/3",
      },
    ];
    expect(await forge.runs({ repository: "acme/app", limit: 5 })).toMatchObject([
      { workflow: "build.yaml", state: "failure", branch: null, title: "Build", startedAtMs: null },
    ]);
  });

  test("are read as tasks from an older Gitea", async () => {
    const { host, forge } = await start();
    host.runs = null;
    host.tasks = [{ id: 1, name: "build", workflow_id: "build.yaml", status: "running" }];
    expect(await forge.runs({ repository: "acme/app", limit: 5 })).toMatchObject([
      { id: "1", state: "running", workflow: "build.yaml" },
    ]);
  });

  test("are unsupported where there are none, and not found where there is no repository", async () => {
    const { host, forge } = await start();
    host.runs = null;
    host.tasks = null;
    await failure(forge.runs({ repository: "acme/stacks", limit: 5 }), "unsupported");
    await failure(forge.runs({ repository: "acme/../stacks", limit: 5 }), "invalid");
  });
});

test("a host below a path of its own is reached with the path, with and without the API's", async () => {
  const { host, head } = await start({ prefix: "/gitea" });
  for (const url of [host.url, `${host.url}/`, `${host.url}/api/v1`]) {
    const forge = createForge("gitea", forgeOptions(host, { url }));
    await forge.setCheck(checkOf(head));
  }
  expect(host.statuses.length).toBe(3);
});
