// GitHub through the adapter, on a stand-in with the traps of the real one.
import { afterEach, beforeEach, expect, test } from "vitest";
import { createForge } from "../../src/forge/create.ts";
import type { Forge } from "../../src/ports-forge.ts";
import { startFakeGitHub } from "../support/fake-github.ts";
import type { FakeGitHub } from "../support/fake-github.ts";
import { alice, checkOf, failure, forgeOptions, unknownSha } from "./support.ts";

let host: FakeGitHub;
let forge: Forge;
let head: string;

beforeEach(async () => {
  host = await startFakeGitHub();
  forge = createForge("github", forgeOptions(host));
  head = (await host.git.ref("refs/heads/main")) ?? "";
});
afterEach(() => host.close());

test.each([
  ["pending", "pending"],
  ["success", "success"],
  ["failure", "failure"],
  ["attention", "failure"],
  ["neutral", "success"],
] as const)("a check that is %s is a status that says %s", async (state, said) => {
  await forge.setCheck(checkOf(head, { state }));
  expect(host.statuses).toMatchObject([{ sha: head, state: said, context: "capstan" }]);
});

test("a long description is cut to 140 characters, none of them in two", async () => {
  await forge.setCheck(checkOf(head, { description: "🚀".repeat(300) }));
  const [status] = host.statuses;
  expect(status?.description).toBe(`${"🚀".repeat(139)}…`);
  await forge.setCheck(checkOf(head, { description: "x".repeat(140) }));
  expect(host.statuses[1]?.description).toBe("x".repeat(140));
});

test("a commit that GitHub does not know is not found, although it says 422", async () => {
  await failure(forge.setCheck(checkOf(unknownSha)), "not-found");
});

test("the thousandth status of a commit and context is the last", async () => {
  for (let count = 0; count < 1_000; count++) {
    host.statuses.push({ sha: head, context: "capstan", state: "pending" });
  }
  const error = await failure(forge.setCheck(checkOf(head)), "invalid");
  expect(error.hint).toContain("1,000");
  await forge.setCheck(checkOf(head, { context: "capstan/other" }));
});

const row = (number: number, more: object = {}) => ({
  number,
  title: `pull ${number}`,
  html_url: `https://github.com/acme/stacks/pull/${number}`,
  state: "open",
  merged_at: null,
  user: { login: "bob" },
  head: { ref: "b", sha: head, repo: { id: 1 } },
  base: { ref: "main", sha: head, repo: { id: 1 } },
  ...more,
});

test("open pull requests are listed over pages, the newest first, forks known as such", async () => {
  for (let number = 1; number <= 120; number++) host.pulls.push(row(number));
  host.pulls.push(row(121, { head: { ref: "b", sha: head, repo: null }, user: null }));
  host.pulls.push(
    row(122, {
      head: { ref: "b", sha: head, repo: { id: 2 } },
      labels: [
        { id: 1, name: "preview" },
        { id: 2, name: "bug" },
      ],
    }),
  );
  const pulls = await forge.openPulls();
  expect(pulls.length).toBe(122);
  expect(pulls[0]).toEqual({
    number: 122,
    title: "pull 122",
    url: "https://github.com/acme/stacks/pull/122",
    state: "open",
    headSha: head,
    headRef: "refs/pull/122/head",
    headBranch: "b",
    baseBranch: "main",
    fromFork: true,
    author: "bob",
    labels: ["preview", "bug"],
  });
  expect(pulls[1]).toMatchObject({ fromFork: true, author: "" });
  expect(pulls[2]).toMatchObject({ fromFork: false });
});

test("one pull request tells whether it is merged or closed", async () => {
  host.pulls.push(
    row(1, { state: "closed" }),
    row(2, { state: "closed", merged_at: "2026-01-01" }),
  );
  expect((await forge.pull(1)).state).toBe("closed");
  expect((await forge.pull(2)).state).toBe("merged");
  await failure(forge.pull(3), "not-found");
});

test("a comment is added, found among many, and edited in place", async () => {
  host.pulls.push(row(1));
  for (let id = 1; id <= 130; id++) host.comments.push({ id, number: 1, user: "bob", body: "hi" });
  const id = await forge.addComment(1, "plan");
  await forge.editComment(1, id, "plan 2");
  const comments = await forge.comments(1);
  expect(comments.length).toBe(131);
  expect(comments.at(-1)).toEqual({ id, author: "capstan-bot", body: "plan 2" });
  await failure(forge.editComment(1, "999", "x"), "not-found");
});

test("P7 500 comments are read at most", async () => {
  host.pulls.push(row(1));
  for (let id = 1; id <= 700; id++) host.comments.push({ id, number: 1, user: "bob", body: "hi" });
  expect((await forge.comments(1)).length).toBe(500);
});

test("who has write or admin may write, a stranger may not", async () => {
  for (const [permission, may] of [
    ["admin", true],
    ["write", true],
    ["read", false],
    ["none", false],
  ] as const) {
    host.permissions.set("dora", permission);
    expect(await forge.mayWrite("dora")).toBe(may);
  }
  expect(await forge.mayWrite("stranger")).toBe(false);
  expect(await forge.mayWrite("")).toBe(false);
});

test("a pull request is opened once for a branch", async () => {
  await host.git.setRef("refs/heads/portal/alice", head);
  const request = { title: "Add alice", body: "why", head: "portal/alice", base: "main" };
  expect(await forge.openPull(request)).toMatchObject({ number: 1, headSha: head });
  await failure(forge.openPull(request), "conflict");
  await failure(forge.openPull({ ...request, head: "nowhere" }), "invalid");
  await forge.changePull(1, { title: "Add ada", body: "because" });
  expect(host.pulls[0]).toMatchObject({ title: "Add ada", body: "because" });
  expect((await forge.pull(1)).state).toBe("open");
  await forge.changePull(1, { state: "closed" });
  expect((await forge.pull(1)).state).toBe("closed");
  await failure(forge.changePull(9, { state: "closed" }), "not-found");
});

test("runs are read, by the workflow's file and by its name", async () => {
  const run = (id: number, more: object) => ({
    id,
    run_number: id,
    display_title: "a commit",
    name: "Build",
    path: ".github/workflows/build.yaml",
    head_branch: "main",
    head_sha: head,
    status: "completed",
    conclusion: "success",
    html_url: "https://github.com/acme/app/actions/runs/1",
    run_started_at: "2026-11-22T06:00:20Z",
    ...more,
  });
  host.runs.push(
    run(3, {
      name: "Lint",
      path: ".github/workflows/lint.yaml",
      status: "queued",
      conclusion: null,
    }),
    run(2, { status: "in_progress", conclusion: null }),
    run(1, { conclusion: "timed_out" }),
  );
  const asked = { repository: "acme/app", limit: 10 };
  const states = async (more: object) =>
    (await forge.runs({ ...asked, ...more })).map(({ id, state }) => `${id} ${state}`);
  expect(await states({})).toEqual(["3 waiting", "2 running", "1 failure"]);
  expect(await states({ workflow: "build.yaml" })).toEqual(["2 running", "1 failure"]);
  expect(await states({ workflow: ".github/workflows/build.yaml", limit: 1 })).toEqual([
    "2 running",
  ]);
  expect(await states({ workflow: "Lint" })).toEqual(["3 waiting"]);
  expect((await forge.runs({ ...asked, limit: 1 }))[0]).toEqual({
    id: "3",
    number: 3,
    title: "a commit",
    workflow: "lint.yaml",
    branch: "main",
    headSha: head,
    state: "waiting",
    url: "https://github.com/acme/app/actions/runs/1",
    startedAtMs: Date.parse("2026-11-22T06:00:20Z"),
  });
  await failure(forge.runs({ ...asked, workflow: "gone.yaml" }), "not-found");
});

test("a commit whose last answer was lost is known by its id", async () => {
  const request = {
    branch: "main",
    from: null,
    message: "m",
    author: alice,
    files: [{ path: "a.yaml", content: "a" }],
  };
  host.spoil = (reply, call) =>
    call.method === "PATCH" ? { status: 502, body: "<html>Bad Gateway</html>" } : reply;
  const commit = await forge.commit(request);
  expect(await host.git.ref("refs/heads/main")).toBe(commit);
  host.spoil = null;
  host.intercept = ({ method }) => (method === "PATCH" ? "drop" : null);
  const other = { ...request, files: [{ path: "b.yaml", content: "b" }] };
  await failure(forge.commit(other), "uncertain");
});

test.each([
  ["https://github.com", "https://api.github.com"],
  ["https://www.github.com/", "https://api.github.com"],
  ["https://api.github.com", "https://api.github.com"],
  ["https://acme.ghe.com", "https://api.acme.ghe.com"],
  ["https://ghe.example.com", "https://ghe.example.com/api/v3"],
  ["https://ghe.example.com/api/v3/", "https://ghe.example.com/api/v3"],
])("the API of %s is %s", async (url, api) => {
  let asked = "";
  const http = {
    send: async (request: { readonly url: string }) => {
      asked = request.url;
      return { status: 200, headers: new Headers(), text: '{"login":"x","id":1}' };
    },
  };
  await createForge("github", forgeOptions(host, { url, http })).self();
  expect(asked).toBe(`${api}/user`);
});
