// A little Gitea (or Forgejo) for tests: statuses, pull requests, permissions, contents and runs, with the traps of
// the real one. Shapes follow its API description; state is open to tests.
import { fields, paged, refuse, startHost, textOf } from "./forge-hosts.ts";
import type { Call, FakeHost, Reply, Route } from "./forge-hosts.ts";
import { changeContents, readContents } from "./fake-gitea-contents.ts";
import { fakePulls, sizes, user } from "./fake-gitea-pulls.ts";
import type { FakePulls } from "./fake-gitea-pulls.ts";
import { folderRepository, memoryRepository } from "./forge-repository.ts";
import type { FakeRepository } from "./forge-repository.ts";

export interface FakeStatus {
  readonly sha: string;
  readonly state: string;
  readonly context: string;
  readonly description: string;
  readonly target_url: string;
}

export interface FakeGitea extends FakeHost, FakePulls {
  /** `owner/name`. */
  readonly repository: string;
  /** The account behind the token. */
  readonly login: string;
  readonly git: FakeRepository;
  /** Every one that was set, the oldest first. */
  readonly statuses: FakeStatus[];
  /** What the host says of the repository beside its name. */
  readonly about: Record<string, unknown>;
  /** Rows of `/hooks`; null: the token may not see them. */
  hooks: Record<string, unknown>[] | null;
  /** By login: owner, admin, write, read. */
  readonly permissions: Map<string, string>;
  /** Other repositories on the same host, by `owner/name`. */
  readonly others: ReadonlyMap<string, FakeOther>;
  /** Rows of `/actions/runs` as they are answered; null: the host is too old for them. */
  runs: Record<string, unknown>[] | null;
  /** Rows of `/actions/tasks`. */
  tasks: Record<string, unknown>[] | null;
}

/** A repository with pull requests and nothing else. */
export interface FakeOther extends FakePulls {
  readonly git: FakeRepository;
  /** By login: owner, admin, write, read. */
  readonly permissions: Map<string, string>;
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
  /** More repositories: their bare ones, by `owner/name`. */
  readonly others?: Readonly<Record<string, string>>;
}

function permissionRoute(repo: string, permissions: () => ReadonlyMap<string, string>): Route {
  return {
    method: "GET",
    pattern: `${repo}/collaborators/:login/permission`,
    answer: ({ params }) => {
      const { login: name = "" } = params;
      const permission = permissions().get(name);
      if (permission === undefined) refuse(404, `user does not exist [uid: 0, name: ${name}]`);
      return { status: 200, body: { permission, role_name: permission, user: user(name) } };
    },
  };
}

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

  const branchHead = (name: string) => git.ref(`refs/heads/${name}`);
  const { routes: pullRoutes, ...pulls } = fakePulls({
    git,
    repository,
    login,
    url: () => host.url,
  });
  const repositoryRow = { id: 1, full_name: repository };
  const others = new Map<string, FakeOther>();
  const otherRoutes: Route[] = [];
  for (const [name, folder] of Object.entries(options.others ?? {})) {
    const git = folderRepository(folder);
    const { routes, ...rest } = fakePulls({ git, repository: name, login, url: () => host.url });
    const permissions = new Map([[login, "write"]]);
    others.set(name, { ...rest, git, permissions });
    otherRoutes.push(
      ...routes,
      permissionRoute(`/repos/${name}`, () => permissions),
    );
  }

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

  function statusRows(call: Call): Reply {
    const rows = host.statuses.flatMap(({ sha, state, ...rest }, index) =>
      sha === call.params.sha ? [{ id: index + 1, ...rest, status: state }] : [],
    );
    if (call.query.get("sort") === "highestindex") rows.reverse();
    return paged(rows, call, sizes);
  }

  const routes: readonly Route[] = [
    { method: "GET", pattern: `${repo}/commits/:sha/statuses`, answer: statusRows },
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
    ...pullRoutes,
    permissionRoute(repo, () => host.permissions),
    ...otherRoutes,
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
    ...pulls,
    about: {
      archived: false,
      default_branch: "main",
      permissions: { admin: true, push: true, pull: true },
    },
    hooks: [],
    permissions: new Map([[login, "admin"]]),
    others,
    runs: [],
    tasks: [],
  });
  return host;
}

/** Not JSON, as the real one's. */
const unknownAddress: Reply = { status: 404, body: "404 page not found\n" };
