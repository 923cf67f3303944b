// GitLab through the adapter, on a stand-in with the traps of the real one.
import { afterEach, beforeEach, expect, test } from "vitest";
import { createForge } from "../../src/forge/create.ts";
import type { Forge } from "../../src/ports-forge.ts";
import { startFakeGitLab } from "../support/fake-gitlab.ts";
import type { FakeGitLab } from "../support/fake-gitlab.ts";
import { checkOf, failure, forgeOptions, unknownSha } from "./support.ts";

let host: FakeGitLab;
let forge: Forge;
let head: string;

beforeEach(async () => {
  host = await startFakeGitLab();
  forge = createForge("gitlab", forgeOptions(host, { repository: host.repository }));
  head = (await host.git.ref("refs/heads/main")) ?? "";
});
afterEach(() => host.close());

test.each([
  ["pending", "pending"],
  ["success", "success"],
  ["failure", "failed"],
  ["attention", "failed"],
  ["neutral", "canceled"],
] as const)("a check that is %s is a status that says %s", async (state, said) => {
  await forge.setCheck(checkOf(head, { state }));
  expect(host.statuses).toMatchObject([{ sha: head, state: said, context: "capstan" }]);
});

test("a state that is there already is a success, although GitLab says 400", async () => {
  await forge.setCheck(checkOf(head, { state: "pending" }));
  await forge.setCheck(checkOf(head, { state: "pending" }));
  expect(host.statuses.length).toBe(1);
});

test("of a commit with several pipelines the newest check counts", async () => {
  const { context, description } = checkOf(head);
  const status = { sha: head, context, description };
  host.statuses.push({ ...status, state: "pending", pipeline: "1" });
  host.statuses.push({ ...status, state: "success", pipeline: "2" });
  expect(await forge.hasCheck(checkOf(head, { state: "pending" }))).toBe(false);
  expect(await forge.hasCheck(checkOf(head, { state: "success" }))).toBe(true);
});

test("another 400 is invalid, an unknown commit not found", async () => {
  host.intercept = () => ({ status: 400, body: { message: { name: ["is too long"] } } });
  const error = await failure(forge.setCheck(checkOf(head)), "invalid");
  expect(error.message).toContain("name: is too long");
  host.intercept = null;
  await failure(forge.setCheck(checkOf(unknownSha)), "not-found");
});

test("descriptions are cut to 255 characters, an address that is longer is left out", async () => {
  const url = `https://capstan.example.com/${"x".repeat(300)}`;
  await forge.setCheck(checkOf(head, { description: "x".repeat(400), url }));
  expect(host.statuses[0]?.description).toBe(`${"x".repeat(254)}…`);
  expect(host.statuses[0]).not.toHaveProperty("target_url");
});

const row = (iid: number, more: object = {}) => ({
  iid,
  title: `request ${iid}`,
  web_url: `https://gitlab.com/acme/stacks/-/merge_requests/${iid}`,
  state: "opened",
  sha: head,
  source_branch: "b",
  target_branch: "main",
  source_project_id: 1,
  target_project_id: 1,
  author: { username: "bob" },
  ...more,
});

test("open merge requests are listed over pages, the newest first, forks known as such", async () => {
  for (let iid = 1; iid <= 120; iid++) host.requests.push(row(iid));
  host.requests.push(
    row(121, { sha: null }),
    row(122, { source_project_id: 2, labels: ["preview"] }),
  );
  const pulls = await forge.openPulls();
  // One has no commit yet.
  expect(pulls.length).toBe(121);
  expect(pulls[0]).toEqual({
    number: 122,
    title: "request 122",
    url: "https://gitlab.com/acme/stacks/-/merge_requests/122",
    state: "open",
    headSha: head,
    headRef: "refs/merge-requests/122/head",
    headBranch: "b",
    baseBranch: "main",
    fromFork: true,
    author: "bob",
    labels: ["preview"],
  });
  expect(pulls[1]).toMatchObject({ number: 120, fromFork: false });
});

test("one merge request tells whether it is open, merged or closed", async () => {
  const states = ["opened", "locked", "merged", "closed"];
  for (const [at, state] of states.entries()) host.requests.push(row(at + 1, { state }));
  const found = await Promise.all([1, 2, 3, 4].map((iid) => forge.pull(iid)));
  expect(found.map(({ state }) => state)).toEqual(["open", "open", "merged", "closed"]);
  await failure(forge.pull(9), "not-found");
});

test("a note is added, found among those of people, and edited in place", async () => {
  host.requests.push(row(1));
  const base = { iid: 1, user: "bob" };
  host.notes.push({ ...base, id: 1, body: "added 1 commit", system: true });
  host.notes.push({ ...base, id: 2, body: "looks good", system: false });
  const id = await forge.addComment(1, "plan");
  await forge.editComment(1, id, "plan 2");
  expect(await forge.comments(1)).toEqual([
    { id: "2", author: "bob", body: "looks good" },
    { id, author: "capstan-bot", body: "plan 2" },
  ]);
  await failure(forge.editComment(1, "999", "x"), "not-found");
});

test("developers and above may write, when they are active and of exactly that name", async () => {
  host.members.push(
    { username: "dora", state: "active", access_level: 30 },
    { username: "guest", state: "active", access_level: 20 },
    { username: "blocked", state: "blocked", access_level: 50 },
    { username: "dora2", state: "active", access_level: 50 },
  );
  expect(await forge.mayWrite("dora")).toBe(true);
  for (const login of ["guest", "blocked", "dor", "stranger", ""]) {
    expect(await forge.mayWrite(login)).toBe(false);
  }
});

test("a merge request is opened once for a branch", async () => {
  await host.git.setRef("refs/heads/portal/alice", head);
  const request = { title: "Add alice", body: "why", head: "portal/alice", base: "main" };
  expect(await forge.openPull(request)).toMatchObject({ number: 1, headSha: head });
  await failure(forge.openPull(request), "conflict");
  await failure(forge.openPull({ ...request, head: "nowhere" }), "invalid");
  await forge.changePull(1, { title: "Add ada", body: "because" });
  expect(host.requests[0]).toMatchObject({ title: "Add ada", description: "because" });
  expect((await forge.pull(1)).state).toBe("open");
  await forge.changePull(1, { state: "closed" });
  expect((await forge.pull(1)).state).toBe("closed");
  await failure(forge.changePull(9, { state: "closed" }), "not-found");
});

test("pipelines are read, those of a name alone when one is given", async () => {
  const pipeline = (id: number, status: string, name?: string) => ({
    id,
    iid: id,
    name,
    ref: "main",
    sha: head,
    status,
    web_url: `https://gitlab.com/acme/app/-/pipelines/${id}`,
    created_at: "2026-11-22T06:00:20.123Z",
  });
  host.pipelines.push(
    pipeline(4, "manual"),
    pipeline(3, "running", "Nightly"),
    pipeline(2, "canceling"),
    pipeline(1, "failed"),
  );
  const asked = { repository: "acme/deep/app", limit: 10 };
  const states = async (more: object) =>
    (await forge.runs({ ...asked, ...more })).map(({ id, state }) => `${id} ${state}`);
  const all = ["4 waiting", "3 running", "2 cancelled", "1 failure"];
  expect(await states({})).toEqual(all);
  expect(await states({ workflow: ".gitlab-ci.yml" })).toEqual(all);
  expect(await states({ workflow: "Nightly" })).toEqual(["3 running"]);
  expect(await states({ limit: 1 })).toEqual(["4 waiting"]);
});

test("the account behind the token is told, a wrong token is unauthorised", async () => {
  expect(await forge.self()).toBe("capstan-bot");
  const stranger = createForge("gitlab", forgeOptions(host, { token: "another" }));
  await failure(stranger.self(), "unauthorised");
});

test("a push to a protected branch is forbidden, although GitLab says 400", async () => {
  host.intercept = ({ method }) =>
    method === "GET"
      ? null
      : { status: 400, body: { message: "You are not allowed to push into this branch" } };
  const author = { name: "Alice", email: "alice@example.com" };
  const files = [{ path: "a", content: "a" }];
  const request = { branch: "main", from: null, message: "m", author, files };
  await failure(forge.commit(request), "forbidden");
});
