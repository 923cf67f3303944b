// Pull requests of the little Gitea and their comments: opened, listed, answered and merged.
import { fields, paged, refuse, textOf } from "./forge-hosts.ts";
import type { Call, Reply, Route } from "./forge-hosts.ts";
import type { FakeRepository } from "./forge-repository.ts";

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
  labels: readonly string[];
  /** A fork's head is not a branch here. */
  readonly fork: { readonly sha: string } | null;
}

export interface FakeComment {
  readonly id: number;
  readonly pull: number;
  readonly author: string;
  body: string;
}

export interface FakePulls {
  readonly pulls: FakePull[];
  readonly comments: FakeComment[];
  /** A fork's commit must be in the repository already. */
  addPull(pull: {
    readonly title: string;
    readonly head: string;
    readonly base?: string;
    readonly author?: string;
    readonly fork?: { readonly sha: string };
    readonly labels?: readonly string[];
  }): Promise<FakePull>;
  /** As a person would: puts what it changed since it was opened on its base, and returns that commit. */
  mergePull(number: number): Promise<string>;
  /** As a person would. */
  addComment(pull: number, author: string, body: string): FakeComment;
}

/** Pages of Gitea's lists. */
export const sizes = { parameter: "limit", standard: 30, most: 50 };

/** An account as Gitea answers it. */
export const user = (name: string) => ({
  id: name.length,
  login: name,
  full_name: "",
  email: "",
});

export interface FakePullsOptions {
  readonly git: FakeRepository;
  /** `owner/name`. */
  readonly repository: string;
  /** Who opens and comments over the API. */
  readonly login: string;
  /** Where the host is, once it is there. */
  readonly url: () => string;
}

export function fakePulls(
  options: FakePullsOptions,
): FakePulls & { readonly routes: readonly Route[] } {
  const { git, repository, login, url } = options;
  const repo = `/repos/${repository}`;
  let lastNumber = 0;
  let lastId = 0;
  const pulls: FakePull[] = [];
  const comments: FakeComment[] = [];
  const branchHead = (name: string) => git.ref(`refs/heads/${name}`);

  function pullOf(call: Call): FakePull {
    const found = pulls.find(({ number }) => String(number) === call.params.index);
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
      html_url: `${url()}/${repository}/pulls/${pull.number}`,
      user: user(pull.author),
      labels: pull.labels.map((name, index) => ({ id: index + 1, name })),
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
    html_url: `${url()}/${repository}/pulls/${comment.pull}#issuecomment-${comment.id}`,
    created_at: "2026-11-22T06:00:22Z",
  });

  async function createPull(call: Call): Promise<Reply> {
    const body = fields(call.body, { head: "string", base: "string", title: "string" });
    const [head, base] = [await branchHead(body.head), await branchHead(body.base)];
    if (head === null || base === null) refuse(404, "The target couldn't be found.");
    if (head === base) refuse(422, "There are no changes between the head and the base");
    const same = pulls.find(
      (pull) => pull.state === "open" && pull.head === body.head && pull.base === body.base,
    );
    if (same !== undefined) refuse(409, `pull request already exists for these targets`);
    const made = await addPull({
      ...(body as { title: string; head: string }),
      author: login,
    });
    made.body = textOf(body.body);
    return { status: 201, body: await pullRow(made) };
  }

  async function addPull(pull: Parameters<FakePulls["addPull"]>[0]) {
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
      labels: pull.labels ?? [],
      fork: pull.fork ?? null,
    };
    pulls.push(made);
    await pullRow(made);
    return made;
  }

  async function mergePull(number: number) {
    const pull = pulls.find((each) => each.number === number);
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
  }

  function addComment(pull: number, author: string, body: string) {
    const made = { id: ++lastId, pull, author, body };
    comments.push(made);
    return made;
  }

  const routes: readonly Route[] = [
    {
      method: "GET",
      pattern: `${repo}/pulls`,
      answer: async (call) => {
        const state = call.query.get("state") ?? "open";
        const wanted = pulls.filter((pull) => state === "all" || pull.state === state);
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
      method: "PATCH",
      pattern: `${repo}/pulls/:index`,
      answer: async (call) => {
        const pull = pullOf(call);
        const { title, body, state } = call.body as Record<string, unknown>;
        // Before it is closed: its ref stays at the head that it has now.
        await pullRow(pull);
        if (state === "closed" && pull.merged) refuse(412, "cannot close a merged pull request");
        if (state === "closed") pull.state = "closed";
        pull.title = textOf(title, pull.title);
        pull.body = textOf(body, pull.body);
        return { status: 201, body: await pullRow(pull) };
      },
    },
    {
      method: "GET",
      pattern: `${repo}/issues/:index/comments`,
      answer: (call) => {
        const { number } = pullOf(call);
        const found = comments.filter(({ pull }) => pull === number);
        return { status: 200, body: found.map(commentRow) };
      },
    },
    {
      method: "POST",
      pattern: `${repo}/issues/:index/comments`,
      answer: (call) => {
        const { body } = fields(call.body, { body: "string" });
        const made = addComment(pullOf(call).number, login, body);
        return { status: 201, body: commentRow(made) };
      },
    },
    {
      method: "PATCH",
      pattern: `${repo}/issues/comments/:id`,
      answer: (call) => {
        const { body } = fields(call.body, { body: "string" });
        const found = comments.find(({ id }) => String(id) === call.params.id);
        if (found === undefined) refuse(404, "The target couldn't be found.");
        found.body = body;
        return { status: 200, body: commentRow(found) };
      },
    },
  ];
  return { pulls, comments, routes, addPull, mergePull, addComment };
}
