// A little GitHub for tests: statuses, comments, pull requests, permissions, Git objects, runs, and what it
// refuses. Served below /api/v3, as by an enterprise server.
import { createHash } from "node:crypto";
import { fields, paged, Refusal, refuse, startHost, textOf } from "./forge-hosts.ts";
import type { Call, FakeHost, Reply, Route } from "./forge-hosts.ts";
import { gitBlob, memoryRepository } from "./forge-repository.ts";
import type { FakeRepository, Person } from "./forge-repository.ts";

export interface FakeGitHub extends FakeHost {
  readonly git: FakeRepository;
  readonly statuses: Record<string, string>[];
  readonly comments: {
    readonly id: number;
    readonly number: number;
    readonly user: string;
    body: string;
  }[];
  /** Rows as they are answered. */
  readonly pulls: Record<string, unknown>[];
  readonly permissions: Map<string, string>;
  /** What the host says of the repository beside its name. */
  readonly about: Record<string, unknown>;
  /** Rows of `/hooks`; null: the token may not see them, which is a 404 here. */
  hooks: Record<string, unknown>[] | null;
  readonly runs: Record<string, unknown>[];
}

const sizes = { parameter: "per_page", standard: 30, most: 100 };
const states = ["error", "failure", "pending", "success"];
const mostStatuses = 1_000;

export async function startFakeGitHub(
  options: { readonly files?: Readonly<Record<string, string>> } = {},
): Promise<FakeGitHub> {
  const git = await memoryRepository(options.files);
  const token = "github_pat_0123456789";
  const login = "capstan-bot";
  const repo = "/repos/acme/stacks";
  const trees = new Map<string, ReadonlyMap<string, string | null>>();
  const commits = new Map<string, { readonly parent: string }>();
  const treeOf = (commit: string): string => createHash("sha1").update(commit).digest("hex");
  const branchHead = (name: string) => git.ref(`refs/heads/${name}`);
  const notFound = (): never => refuse(404, "Not Found");

  async function setStatus(call: Call): Promise<Reply> {
    const { state, context } = fields(call.body, { state: "string", context: "string" });
    const body = call.body as Record<string, string>;
    const { sha = "" } = call.params;
    if (!states.includes(state)) refuse(422, "Validation Failed");
    if (!(await git.has(sha))) refuse(422, `No commit found for SHA: ${sha}`);
    if (Array.from(body.description ?? "").length > 140) {
      const errors = [{ resource: "Status", field: "description", message: "is too long" }];
      throwReply({ status: 422, body: { message: "Validation Failed", errors } });
    }
    const same = host.statuses.filter(
      (status) => status.sha === sha && status.context === context.toLowerCase(),
    );
    if (same.length >= mostStatuses) {
      refuse(422, "This SHA and context has reached the maximum number of statuses.");
    }
    host.statuses.push({ ...body, sha, context: context.toLowerCase() });
    return { status: 201, body: { id: host.statuses.length, state, context } };
  }

  function pullRow(number: number): Record<string, unknown> {
    return host.pulls.find((pull) => pull.number === number) ?? notFound();
  }

  async function createPull(call: Call): Promise<Reply> {
    const { title, head, base } = fields(call.body, {
      title: "string",
      head: "string",
      base: "string",
    });
    const sha = await branchHead(head);
    if (sha === null || (await branchHead(base)) === null) refuse(422, "Validation Failed");
    const same = host.pulls.some(
      ({ state, head: of }) => state === "open" && (of as { ref: string }).ref === head,
    );
    if (same) {
      const errors = [{ message: `A pull request already exists for acme:${head}.` }];
      throwReply({ status: 422, body: { message: "Validation Failed", errors } });
    }
    const number = host.pulls.length + 1;
    const row = {
      number,
      title,
      html_url: `${host.url}/acme/stacks/pull/${number}`,
      state: "open",
      merged_at: null,
      user: { login },
      head: { ref: head, sha, repo: { id: 1 } },
      base: { ref: base, sha: "", repo: { id: 1 } },
    };
    host.pulls.push(row);
    return { status: 201, body: row };
  }

  const commentRow = (row: FakeGitHub["comments"][number]) => ({
    id: row.id,
    body: row.body,
    user: { login: row.user },
  });

  const routes: readonly Route[] = [
    {
      method: "GET",
      pattern: "/user",
      answer: () => ({ status: 200, body: { login, id: 7, name: "Capstan Bot", email: null } }),
    },
    {
      method: "GET",
      pattern: repo,
      answer: () => ({ status: 200, body: { id: 1, full_name: "acme/stacks", ...host.about } }),
    },
    {
      method: "GET",
      pattern: `${repo}/hooks`,
      answer: () => ({ status: 200, body: host.hooks ?? refuse(404, "Not Found") }),
    },
    { method: "POST", pattern: `${repo}/statuses/:sha`, answer: setStatus },
    {
      method: "GET",
      pattern: `${repo}/commits/:sha/statuses`,
      answer: (call) => {
        const rows = host.statuses.filter(({ sha }) => sha === call.params.sha).reverse();
        return paged(rows, call, sizes);
      },
    },
    {
      method: "GET",
      pattern: `${repo}/pulls`,
      answer: (call) =>
        paged(
          [...host.pulls].reverse().filter(({ state }) => state === "open"),
          call,
          sizes,
        ),
    },
    { method: "POST", pattern: `${repo}/pulls`, answer: createPull },
    {
      method: "GET",
      pattern: `${repo}/pulls/:number`,
      answer: ({ params }) => ({ status: 200, body: pullRow(Number(params.number)) }),
    },
    {
      method: "PATCH",
      pattern: `${repo}/pulls/:number`,
      answer: ({ params, body }) => {
        const row = pullRow(Number(params.number));
        const { title, body: words, state } = body as Record<string, unknown>;
        if (title !== undefined) row.title = title;
        if (words !== undefined) row.body = words;
        if (state !== undefined) row.state = state;
        return { status: 200, body: row };
      },
    },
    {
      method: "GET",
      pattern: `${repo}/issues/:number/comments`,
      answer: (call) => {
        const number = Number(call.params.number);
        pullRow(number);
        const rows = host.comments.filter((comment) => comment.number === number);
        return paged(rows.map(commentRow), call, sizes);
      },
    },
    {
      method: "POST",
      pattern: `${repo}/issues/:number/comments`,
      answer: (call) => {
        const { body } = fields(call.body, { body: "string" });
        const number = Number(call.params.number);
        pullRow(number);
        const row = { id: host.comments.length + 1, number, user: login, body };
        host.comments.push(row);
        return { status: 201, body: commentRow(row) };
      },
    },
    {
      method: "PATCH",
      pattern: `${repo}/issues/comments/:id`,
      answer: (call) => {
        const found = host.comments.find(({ id }) => String(id) === call.params.id) ?? notFound();
        found.body = fields(call.body, { body: "string" }).body;
        return { status: 200, body: commentRow(found) };
      },
    },
    {
      method: "GET",
      pattern: `${repo}/collaborators/:login/permission`,
      answer: ({ params }) => {
        const permission = host.permissions.get(params.login ?? "") ?? notFound();
        return { status: 200, body: { permission, role_name: permission } };
      },
    },
    {
      method: "GET",
      pattern: `${repo}/git/ref/heads/*`,
      answer: async ({ params }) => {
        const sha = (await branchHead(params.rest ?? "")) ?? notFound();
        return {
          status: 200,
          body: { ref: `refs/heads/${params.rest ?? ""}`, object: { type: "commit", sha } },
        };
      },
    },
    {
      method: "GET",
      pattern: `${repo}/contents/*`,
      answer: async ({ params, query }) => {
        const files = await git.files(query.get("ref") ?? "");
        const path = params.rest ?? "";
        const content = files.get(path);
        if (content !== undefined) {
          return { status: 200, body: { type: "file", path, sha: gitBlob(content) } };
        }
        const below = [...files.keys()].filter((name) => name.startsWith(`${path}/`));
        if (below.length === 0) notFound();
        return { status: 200, body: below.map((name) => ({ type: "file", path: name })) };
      },
    },
    {
      method: "GET",
      pattern: `${repo}/git/commits/:sha`,
      answer: async ({ params }) => {
        const { sha = "" } = params;
        if (!(await git.has(sha))) notFound();
        return { status: 200, body: { sha, tree: { sha: treeOf(sha) } } };
      },
    },
    {
      method: "POST",
      pattern: `${repo}/git/trees`,
      answer: async (call) => {
        const body = fields(call.body, { base_tree: "string", tree: "object" });
        const changes = new Map<string, string | null>();
        for (const entry of body.tree as Record<string, unknown>[]) {
          const { path, mode, type } = fields(entry, {
            path: "string",
            mode: "string",
            type: "string",
          });
          if (mode !== "100644" || type !== "blob") refuse(422, "tree.mode is not supported");
          if (entry.sha !== null && typeof entry.content !== "string") {
            refuse(422, "Must supply either tree.sha or tree.content");
          }
          changes.set(path, entry.sha === null ? null : textOf(entry.content));
        }
        const sha = createHash("sha1")
          .update(JSON.stringify([body.base_tree, ...changes]))
          .digest("hex");
        trees.set(sha, changes);
        return { status: 201, body: { sha } };
      },
    },
    {
      method: "POST",
      pattern: `${repo}/git/commits`,
      answer: async (call) => {
        const body = fields(call.body, { message: "string", tree: "string", parents: "object" });
        const [parent = ""] = body.parents as string[];
        const changes = trees.get(body.tree) ?? refuse(422, "Tree SHA does not exist");
        // One alone stands for both, as in the real one.
        const author = body.author as Person;
        const committer = (body.committer ?? author) as Person;
        const sha = await git.write({ parent, changes, message: body.message, author, committer });
        commits.set(sha, { parent });
        return { status: 201, body: { sha, tree: { sha: treeOf(sha) } } };
      },
    },
    {
      method: "PATCH",
      pattern: `${repo}/git/refs/heads/*`,
      answer: async (call) => {
        const { sha } = fields(call.body, { sha: "string" });
        const name = call.params.rest ?? "";
        const head = (await branchHead(name)) ?? refuse(422, "Reference does not exist");
        if (commits.get(sha)?.parent !== head) refuse(422, "Update is not a fast forward");
        await git.setRef(`refs/heads/${name}`, sha);
        return {
          status: 200,
          body: { ref: `refs/heads/${name}`, object: { type: "commit", sha } },
        };
      },
    },
    {
      method: "POST",
      pattern: `${repo}/git/refs`,
      answer: async (call) => {
        const { ref, sha } = fields(call.body, { ref: "string", sha: "string" });
        if ((await git.ref(ref)) !== null) refuse(422, "Reference already exists");
        await git.setRef(ref, sha);
        return { status: 201, body: { ref, object: { type: "commit", sha } } };
      },
    },
    {
      method: "GET",
      pattern: "/repos/:owner/:repo/actions/runs",
      answer: (call) => runsReply(host.runs, call),
    },
    {
      method: "GET",
      pattern: "/repos/:owner/:repo/actions/workflows/:file/runs",
      answer: (call) => {
        const wanted = `.github/workflows/${call.params.file ?? ""}`;
        const rows = host.runs.filter(({ path }) => path === wanted);
        if (rows.length === 0) notFound();
        return runsReply(rows, call);
      },
    },
  ];

  const started = await startHost({
    apiPath: "/api/v3",
    token,
    authorised: (headers) =>
      headers.authorization === `Bearer ${token}` && headers["user-agent"] !== undefined,
    unauthorised: { status: 401, body: { message: "Bad credentials" } },
    unknown: { status: 404, body: { message: "Not Found" } },
    routes,
  });
  const host: FakeGitHub = Object.assign(started, {
    git,
    statuses: [],
    comments: [],
    pulls: [],
    permissions: new Map([[login, "admin"]]),
    about: { archived: false, default_branch: "main", permissions: { push: true } },
    hooks: [],
    runs: [],
  });
  return host;
}

function runsReply(rows: readonly unknown[], call: Call): Reply {
  const reply = paged(rows, call, sizes);
  return { ...reply, body: { total_count: rows.length, workflow_runs: reply.body } };
}

function throwReply(reply: Reply): never {
  const refusal = new Refusal(reply.status, "");
  // eslint-disable-next-line @typescript-eslint/only-throw-error
  throw Object.assign(refusal, { reply });
}
