// A little GitLab for tests: statuses, notes, merge requests, members, commits, pipelines, and what it
// refuses. One project in a sub-group.
import { fields, refuse, startHost, textOf } from "./forge-hosts.ts";
import type { Call, FakeHost, Reply, Route } from "./forge-hosts.ts";
import { gitBlob, memoryRepository } from "./forge-repository.ts";
import type { FakeRepository } from "./forge-repository.ts";

export interface FakeGitLab extends FakeHost {
  readonly git: FakeRepository;
  readonly repository: string;
  readonly statuses: Record<string, string>[];
  readonly notes: {
    readonly id: number;
    readonly iid: number;
    readonly user: string;
    body: string;
    readonly system: boolean;
  }[];
  /** Rows as they are answered. */
  readonly requests: Record<string, unknown>[];
  readonly members: Record<string, unknown>[];
  readonly pipelines: Record<string, unknown>[];
  /** What the host says of the project beside its name. */
  readonly about: Record<string, unknown>;
  /** Rows of `/hooks`; null: the token may not see them. */
  hooks: Record<string, unknown>[] | null;
}

const states = ["pending", "running", "success", "failed", "canceled", "skipped"];

export async function startFakeGitLab(
  options: { readonly files?: Readonly<Record<string, string>>; readonly repository?: string } = {},
): Promise<FakeGitLab> {
  const git = await memoryRepository(options.files);
  const repository = options.repository ?? "acme/platform/stacks";
  const token = "glpat-0123456789";
  const login = "capstan-bot";
  const project = `/projects/${encodeURIComponent(repository)}`;
  const branchHead = (name: string) => git.ref(`refs/heads/${name}`);

  async function setStatus(call: Call): Promise<Reply> {
    const { state } = fields(call.body, { state: "string" });
    const body = call.body as Record<string, string>;
    const { sha = "" } = call.params;
    if (!states.includes(state)) refuse(400, "state does not have a valid value");
    if ((body.description ?? "").length > 255 || (body.target_url ?? "").length > 255) {
      refuse(400, { description: ["is too long (maximum is 255 characters)"] });
    }
    if (!(await git.has(sha))) refuse(404, "404 Commit Not Found");
    const last = host.statuses.findLast(
      (status) => status.sha === sha && status.context === body.context,
    );
    if (last?.state === state) {
      refuse(
        400,
        `Cannot transition status via :enqueue from :${state} (Reason(s): Status cannot transition)`,
      );
    }
    host.statuses.push({ ...body, sha });
    return { status: 201, body: { id: host.statuses.length, sha, status: state } };
  }

  /** Pages with x-next-page, as GitLab says them. */
  function paged(rows: readonly unknown[], call: Call): Reply {
    const size = Math.min(100, Number(call.query.get("per_page") ?? 20));
    const page = Number(call.query.get("page") ?? 1);
    const next = page * size < rows.length ? String(page + 1) : "";
    const body = rows.slice((page - 1) * size, page * size);
    return { status: 200, body, headers: { "x-next-page": next } };
  }

  function request(iid: string | undefined): Record<string, unknown> {
    return host.requests.find((row) => String(row.iid) === iid) ?? refuse(404, "404 Not found");
  }

  async function createRequest(call: Call): Promise<Reply> {
    const {
      title,
      source_branch: head,
      target_branch: base,
    } = fields(call.body, {
      title: "string",
      source_branch: "string",
      target_branch: "string",
    });
    const sha = await branchHead(head);
    if (sha === null) refuse(400, { base: ["Source branch does not exist"] });
    if (host.requests.some((row) => row.state === "opened" && row.source_branch === head)) {
      refuse(409, ["Another open merge request already exists for this source branch: !1"]);
    }
    const iid = host.requests.length + 1;
    const row = {
      id: 100 + iid,
      iid,
      title,
      web_url: `${host.url}/${repository}/-/merge_requests/${iid}`,
      state: "opened",
      sha,
      source_branch: head,
      target_branch: base,
      source_project_id: 1,
      target_project_id: 1,
      author: { username: login },
    };
    host.requests.push(row);
    return { status: 201, body: row };
  }

  async function createCommit(call: Call): Promise<Reply> {
    const body = fields(call.body, {
      branch: "string",
      commit_message: "string",
      actions: "object",
    });
    const from = textOf(body.start_branch, body.branch);
    const parent = await branchHead(from);
    if (parent === null) refuse(400, "You can only create or edit files when you are on a branch");
    if (from !== body.branch && (await branchHead(body.branch)) !== null) {
      refuse(400, `A branch called '${body.branch}' already exists. Switch to that branch`);
    }
    const files = await git.files(parent);
    const changes = new Map<string, string | null>();
    for (const entry of body.actions as Record<string, unknown>[]) {
      const { action, file_path: path } = fields(entry, { action: "string", file_path: "string" });
      const old = files.get(path);
      if (action === "create" && old !== undefined)
        refuse(400, "A file with this name already exists");
      if (action !== "create" && old === undefined)
        refuse(400, "A file with this name doesn't exist");
      if (action === "update" || action === "delete") {
        // The stand-in's last commit of a file is its content.
        if (entry.last_commit_id !== `last-${gitBlob(old ?? "")}`) {
          refuse(
            400,
            "You are attempting to update a file that has changed since you started editing it.",
          );
        }
      } else if (action !== "create") {
        refuse(400, "actions[0][action] does not have a valid value");
      }
      changes.set(path, action === "delete" ? null : textOf(entry.content));
    }
    const id = await git.write({
      parent,
      changes,
      message: body.commit_message,
      author: { name: textOf(body.author_name), email: textOf(body.author_email) },
      committer: { name: "Capstan Bot", email: "bot@example.com" },
    });
    await git.setRef(`refs/heads/${body.branch}`, id);
    return { status: 201, body: { id, short_id: id.slice(0, 8) } };
  }

  const noteRow = (note: FakeGitLab["notes"][number]) => ({
    id: note.id,
    body: note.body,
    system: note.system,
    author: { username: note.user },
  });

  const routes: readonly Route[] = [
    {
      method: "GET",
      pattern: "/user",
      answer: () => ({ status: 200, body: { id: 7, username: login } }),
    },
    {
      method: "GET",
      pattern: project,
      answer: () => ({
        status: 200,
        body: { id: 1, path_with_namespace: repository, ...host.about },
      }),
    },
    {
      method: "GET",
      pattern: `${project}/hooks`,
      answer: () => ({ status: 200, body: host.hooks ?? refuse(403, "403 Forbidden") }),
    },
    { method: "POST", pattern: `${project}/statuses/:sha`, answer: setStatus },
    {
      method: "GET",
      pattern: `${project}/repository/commits/:sha/statuses`,
      answer: (call) => {
        const name = call.query.get("name");
        // The newest of each name in each pipeline alone, the oldest first.
        const newest = new Map(
          host.statuses.flatMap(({ sha, context, state, description, pipeline }, index) =>
            sha === call.params.sha && (name ?? context) === context
              ? [
                  [
                    `${pipeline} ${context}`,
                    { id: index + 1, name: context, status: state, description },
                  ] as const,
                ]
              : [],
          ),
        );
        return paged(
          [...newest.values()].toSorted((a, b) => a.id - b.id),
          call,
        );
      },
    },
    {
      method: "GET",
      pattern: `${project}/merge_requests`,
      answer: (call) =>
        paged(
          [...host.requests].reverse().filter(({ state }) => state === call.query.get("state")),
          call,
        ),
    },
    { method: "POST", pattern: `${project}/merge_requests`, answer: createRequest },
    {
      method: "GET",
      pattern: `${project}/merge_requests/:iid`,
      answer: ({ params }) => ({ status: 200, body: request(params.iid) }),
    },
    {
      method: "PUT",
      pattern: `${project}/merge_requests/:iid`,
      answer: ({ params, body }) => {
        const row = request(params.iid);
        const { title, description, state_event: event } = body as Record<string, unknown>;
        if (title === undefined && description === undefined && event === undefined) {
          refuse(400, "title, description, state_event are missing, at least one is needed");
        }
        if (title !== undefined) row.title = title;
        if (description !== undefined) row.description = description;
        if (event === "close") row.state = "closed";
        return { status: 200, body: row };
      },
    },
    {
      method: "GET",
      pattern: `${project}/merge_requests/:iid/notes`,
      answer: (call) => {
        request(call.params.iid);
        const rows = host.notes.filter(({ iid }) => String(iid) === call.params.iid);
        if (call.query.get("sort") !== "asc") rows.reverse();
        return paged(rows.map(noteRow), call);
      },
    },
    {
      method: "POST",
      pattern: `${project}/merge_requests/:iid/notes`,
      answer: (call) => {
        const { body } = fields(call.body, { body: "string" });
        const iid = Number(request(call.params.iid).iid);
        const note = { id: host.notes.length + 1, iid, user: login, body, system: false };
        host.notes.push(note);
        return { status: 201, body: noteRow(note) };
      },
    },
    {
      method: "PUT",
      pattern: `${project}/merge_requests/:iid/notes/:id`,
      answer: (call) => {
        const found = host.notes.find(({ id }) => String(id) === call.params.id);
        if (found === undefined) refuse(404, "404 Note Not Found");
        found.body = fields(call.body, { body: "string" }).body;
        return { status: 200, body: noteRow(found) };
      },
    },
    {
      method: "GET",
      pattern: `${project}/members/all`,
      answer: (call) => {
        const wanted = call.query.get("query") ?? "";
        const rows = host.members.filter(({ username }) => String(username).includes(wanted));
        return paged(rows, call);
      },
    },
    {
      method: "GET",
      pattern: `${project}/repository/branches/:branch`,
      answer: async ({ params }) => {
        const id = (await branchHead(params.branch ?? "")) ?? refuse(404, "404 Branch Not Found");
        return { status: 200, body: { name: params.branch, commit: { id } } };
      },
    },
    {
      method: "GET",
      pattern: `${project}/repository/files/:path`,
      answer: async ({ params, query }) => {
        const content = (await git.files(query.get("ref") ?? "")).get(params.path ?? "");
        if (content === undefined) refuse(404, "404 File Not Found");
        const blob = gitBlob(content);
        return {
          status: 200,
          body: { file_path: params.path, blob_id: blob, last_commit_id: `last-${blob}` },
        };
      },
    },
    { method: "POST", pattern: `${project}/repository/commits`, answer: createCommit },
    {
      method: "GET",
      pattern: "/projects/:id/pipelines",
      answer: (call) => {
        const name = call.query.get("name");
        return paged(
          host.pipelines.filter((row) => name === null || row.name === name),
          call,
        );
      },
    },
  ];

  const started = await startHost({
    apiPath: "/api/v4",
    token,
    authorised: (headers) => headers["private-token"] === token,
    unauthorised: { status: 401, body: { message: "401 Unauthorized" } },
    unknown: { status: 404, body: { error: "404 Not Found" } },
    routes,
  });
  const host: FakeGitLab = Object.assign(started, {
    git,
    repository,
    statuses: [],
    notes: [],
    requests: [],
    members: [],
    pipelines: [],
    about: {
      archived: false,
      default_branch: "main",
      permissions: { project_access: { access_level: 40 }, group_access: null },
    },
    hooks: [],
  });
  return host;
}
