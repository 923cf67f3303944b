// A little Gitea (or Forgejo) for tests: statuses, comments, pull requests, permissions, contents, runs, with
// the traps of the real one. Shapes follow its API description; state is open to tests.
import { fields, paged, refuse, startHost, textOf } from "./forge-hosts.ts";
import type { Call, FakeHost, Reply, Route } from "./forge-hosts.ts";
import { changeContents, readContents } from "./fake-gitea-contents.ts";
import { folderRepository, memoryRepository } from "./forge-repository.ts";
import type { FakeRepository } from "./forge-repository.ts";

export interface FakeStatus {
  readonly sha: string;
  readonly state: string;
  readonly context: string;
  readonly description: string;
  readonly target_url: string;
}

export interface FakePull {
  readonly number: number;
  title: string;
  body: string;
  readonly head: string;
  base: string;
  state: "open" | "closed";
  merged: boolean;
  readonly author: string;
  /** Where its base was when it was opened. */
  readonly openedAt: string | null;
  /** A fork's head is not a branch here. */
  readonly fork: { readonly sha: string } | null;
}

export interface FakeComment {
  readonly id: number;
  readonly pull: number;
  readonly author: string;
  body: string;
}

export interface FakeGitea extends FakeHost {
  /** `owner/name`. */
  readonly repository: string;
  /** The account behind the token. */
  readonly login: string;
  readonly git: FakeRepository;
  /** Every one that was set, the oldest first. */
  readonly statuses: FakeStatus[];
  readonly comments: FakeComment[];
  readonly pulls: FakePull[];
  /** What the host says of the repository beside its name. */
  readonly about: Record<string, unknown>;
  /** Rows of `/hooks`; null: the token may not see them. */
  hooks: Record<string, unknown>[] | null;
  /** By login: owner, admin, write, read. */
  readonly permissions: Map<string, string>;
  /** Rows of `/actions/runs` as they are answered; null: the host is too old for them. */
  runs: Record<string, unknown>[] | null;
  /** Rows of `/actions/tasks`. */
  tasks: Record<string, unknown>[] | null;
  /** Runs of a pull request of a fork: its commit must be in the repository. */
  addPull(pull: {
    readonly title: string;
    readonly head: string;
    readonly base?: string;
    readonly author?: string;
    readonly fork?: { readonly sha: string };
  }): Promise<FakePull>;
  /** As a person would: what it changed since it was opened, in one commit on its base; that commit. */
  mergePull(number: number): Promise<string>;
  /** As a person would. */
  addComment(pull: number, author: string, body: string): FakeComment;
}

export interface FakeGiteaOptions {
  readonly kind?: "gitea" | "forgejo";
  /** A bare repository; in memory without one. */
  readonly folder?: string;
  readonly repository?: string;
  readonly token?: string;
  readonly login?: string;
  /** Path below which it lives, as behind a proxy. */
  readonly prefix?: string;
  readonly files?: Readonly<Record<string, string>>;
}

const sizes = { parameter: "limit", standard: 30, most: 50 };

export async function startFakeGitea(options: FakeGiteaOptions = {}): Promise<FakeGitea> {
  const {
    kind = "gitea",
    repository = "acme/stacks",
    login = "capstan-bot",
    prefix = "",
  } = options;
  const token = options.token ?? "gitea-token-0123456789";
  const git =
    options.folder === undefined
      ? await memoryRepository(options.files)
      : folderRepository(options.folder);
  const repo = `/repos/${repository}`;
  let lastNumber = 0;
  let lastId = 0;

  const branchHead = (name: string) => git.ref(`refs/heads/${name}`);
  const user = (name: string) => ({ id: name.length, login: name, full_name: "", email: "" });
  const repositoryRow = { id: 1, full_name: repository };

  function pullOf(call: Call): FakePull {
    const found = host.pulls.find(({ number }) => String(number) === call.params.index);
    return found ?? refuse(404, "The target couldn't be found.");
  }
  async function pullRow(pull: FakePull): Promise<Record<string, unknown>> {
    const head = pull.fork?.sha ?? (await branchHead(pull.head));
    const ref = `refs/pull/${pull.number}/head`;
    if (head !== null && pull.state === "open") await git.setRef(ref, head);
    const sha = (await git.ref(ref)) ?? "";
    const base = { id: 1, full_name: repository };
    return {
      id: pull.number,
      number: pull.number,
      title: pull.title,
      body: pull.body,
      state: pull.state,
      merged: pull.merged,
      merged_at: pull.merged ? "2026-11-22T06:00:20Z" : null,
      html_url: `${host.url}/${repository}/pulls/${pull.number}`,
      user: user(pull.author),
      head:
        pull.fork === null
          ? { label: pull.head, ref: head === null ? ref : pull.head, sha, repo_id: 1, repo: base }
          : { label: pull.head, ref: pull.head, sha, repo_id: 2, repo: { id: 2 } },
      base: { label: pull.base, ref: pull.base, sha: "", repo_id: 1, repo: base },
    };
  }
  const commentRow = (comment: FakeComment) => ({
    id: comment.id,
    body: comment.body,
    user: user(comment.author),
    html_url: `${host.url}/${repository}/pulls/${comment.pull}#issuecomment-${comment.id}`,
    created_at: "2026-11-22T06:00:22Z",
  });

  async function setStatus(call: Call): Promise<Reply> {
    const body = fields(call.body, { state: "string" });
    const { sha = "" } = call.params;
    // The real one fails inside.
    if (!(await git.has(sha))) refuse(500, `object does not exist [id: ${sha}, rel_path: ]`);
    const status: FakeStatus = {
      sha,
      state: body.state,
      context: textOf(body.context, "default"),
      description: textOf(body.description),
      target_url: textOf(body.target_url),
    };
    host.statuses.push(status);
    const { state: said, ...rest } = status;
    return { status: 201, body: { id: host.statuses.length, ...rest, status: said } };
  }

  async function createPull(call: Call): Promise<Reply> {
    const body = fields(call.body, { head: "string", base: "string", title: "string" });
    const [head, base] = [await branchHead(body.head), await branchHead(body.base)];
    if (head === null || base === null) refuse(404, "The target couldn't be found.");
    if (head === base) refuse(422, "There are no changes between the head and the base");
    const same = host.pulls.find(
      (pull) => pull.state === "open" && pull.head === body.head && pull.base === body.base,
    );
    if (same !== undefined) refuse(409, `pull request already exists for these targets`);
    const made = await host.addPull({
      ...(body as { title: string; head: string }),
      author: login,
    });
    made.body = textOf(body.body);
    return { status: 201, body: await pullRow(made) };
  }

  const routes: readonly Route[] = [
    {
      method: "GET",
      pattern: "/version",
      answer: () => ({ status: 200, body: { version: kind === "gitea" ? "1.25.1" : "12.0.0" } }),
    },
    {
      method: "GET",
      pattern: "/user",
      answer: () => ({
        status: 200,
        body: { ...user(login), full_name: "Capstan Bot", email: "bot@example.com" },
      }),
    },
    {
      method: "GET",
      pattern: repo,
      answer: () => ({ status: 200, body: { ...repositoryRow, ...host.about } }),
    },
    {
      method: "GET",
      pattern: `${repo}/hooks`,
      answer: () => ({ status: 200, body: host.hooks ?? refuse(403, "only for administrators") }),
    },
    { method: "POST", pattern: `${repo}/statuses/:sha`, answer: setStatus },
    {
      method: "GET",
      pattern: `${repo}/git/commits/:sha`,
      answer: async ({ params }) => {
        const { sha = "" } = params;
        if (!(await git.has(sha))) refuse(404, "The target couldn't be found.");
        return { status: 200, body: { sha } };
      },
    },
    {
      method: "GET",
      pattern: `${repo}/branches/*`,
      answer: async ({ params }) => {
        const { rest: name = "" } = params;
        const head = (await branchHead(name)) ?? refuse(404, "The target couldn't be found.");
        return { status: 200, body: { name, commit: { id: head } } };
      },
    },
    {
      method: "GET",
      pattern: `${repo}/pulls`,
      answer: async (call) => {
        const state = call.query.get("state") ?? "open";
        const wanted = host.pulls.filter((pull) => state === "all" || pull.state === state);
        const rows = await Promise.all([...wanted].reverse().map(pullRow));
        return paged(rows, call, sizes);
      },
    },
    { method: "POST", pattern: `${repo}/pulls`, answer: createPull },
    {
      method: "GET",
      pattern: `${repo}/pulls/:index`,
      answer: async (call) => ({ status: 200, body: await pullRow(pullOf(call)) }),
    },
    {
      method: "GET",
      pattern: `${repo}/issues/:index/comments`,
      answer: (call) => {
        const { number } = pullOf(call);
        const found = host.comments.filter(({ pull }) => pull === number);
        return { status: 200, body: found.map(commentRow) };
      },
    },
    {
      method: "POST",
      pattern: `${repo}/issues/:index/comments`,
      answer: (call) => {
        const { body } = fields(call.body, { body: "string" });
        const made = host.addComment(pullOf(call).number, login, body);
        return { status: 201, body: commentRow(made) };
      },
    },
    {
      method: "PATCH",
      pattern: `${repo}/issues/comments/:id`,
      answer: (call) => {
        const { body } = fields(call.body, { body: "string" });
        const found = host.comments.find(({ id }) => String(id) === call.params.id);
        if (found === undefined) refuse(404, "The target couldn't be found.");
        found.body = body;
        return { status: 200, body: commentRow(found) };
      },
    },
    {
      method: "GET",
      pattern: `${repo}/collaborators/:login/permission`,
      answer: ({ params }) => {
        const { login: name = "" } = params;
        const permission = host.permissions.get(name);
        if (permission === undefined) refuse(404, `user does not exist [uid: 0, name: ${name}]`);
        return { status: 200, body: { permission, role_name: permission, user: user(name) } };
      },
    },
    { method: "GET", pattern: `${repo}/contents/*`, answer: (call) => readContents(git, call) },
    {
      method: "POST",
      pattern: `${repo}/contents`,
      answer: (call) => changeContents(git, call, kind),
    },
    ...(["runs", "tasks"] as const).map((name): Route => ({
      method: "GET",
      pattern: `/repos/:owner/:repo/actions/${name}`,
      answer: (call) => {
        const rows = host[name];
        if (rows === null) return unknownAddress;
        const reply = paged(rows, call, sizes);
        return { ...reply, body: { total_count: rows.length, workflow_runs: reply.body } };
      },
    })),
  ];

  const started = await startHost({
    apiPath: `${prefix}/api/v1`,
    token,
    authorised: ({ authorization }) => authorization === `token ${token}`,
    unauthorised: { status: 401, body: { message: "invalid username, password or token" } },
    unknown: unknownAddress,
    routes,
  });
  const host: FakeGitea = Object.assign(started, {
    url: `${started.url}${prefix}`,
    repository,
    login,
    git,
    statuses: [],
    comments: [],
    pulls: [],
    about: {
      archived: false,
      default_branch: "main",
      permissions: { admin: true, push: true, pull: true },
    },
    hooks: [],
    permissions: new Map([[login, "admin"]]),
    runs: [],
    tasks: [],
    async addPull(pull: Parameters<FakeGitea["addPull"]>[0]) {
      const made: FakePull = {
        number: ++lastNumber,
        title: pull.title,
        body: "",
        head: pull.head,
        base: pull.base ?? "main",
        openedAt: await branchHead(pull.base ?? "main"),
        state: "open",
        merged: false,
        author: pull.author ?? "alice",
        fork: pull.fork ?? null,
      };
      host.pulls.push(made);
      await pullRow(made);
      return made;
    },
    async mergePull(number: number) {
      const pull = host.pulls.find((each) => each.number === number);
      const head = pull === undefined ? null : (pull.fork?.sha ?? (await branchHead(pull.head)));
      if (pull === undefined || pull.openedAt === null || head === null) {
        throw new Error(`nothing to merge in ${number}`);
      }
      await pullRow(pull);
      const [before, after] = [await git.files(pull.openedAt), await git.files(head)];
      const changes = new Map<string, string | null>();
      for (const path of new Set([...before.keys(), ...after.keys()])) {
        const content = after.get(path) ?? null;
        if (content !== (before.get(path) ?? null)) changes.set(path, content);
      }
      const person = { name: "Maintainer", email: "maintainer@example.com" };
      const parent = await branchHead(pull.base);
      const message = `${pull.title} (#${number})`;
      const commit = await git.write({
        parent,
        changes,
        message,
        author: person,
        committer: person,
      });
      await git.setRef(`refs/heads/${pull.base}`, commit);
      pull.merged = true;
      pull.state = "closed";
      return commit;
    },
    addComment(pull: number, author: string, body: string) {
      const made = { id: ++lastId, pull, author, body };
      host.comments.push(made);
      return made;
    },
  });
  return host;
}

/** Not JSON, as the real one's. */
const unknownAddress: Reply = { status: 404, body: "404 page not found\n" };
