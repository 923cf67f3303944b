// Forge on Gitea and Forgejo, whose interfaces are one but for a few rows of data.
import { z } from "zod";
import { CapstanError, isCapstanError } from "../../lib/errors.ts";
import type { ForgeDoctor } from "../../ports-diagnosis.ts";
import type { Forge } from "../../ports-forge.ts";
import { apiAddress, numberInUrl, parseHost, pathInUrl, repositorySegments } from "../address.ts";
import { checkBody, checkSha, saysSame, shortSha } from "../check-words.ts";
import { commitFiles, notAFile } from "../commit.ts";
import type { Change, CommitHost } from "../commit.ts";
import { diagnoseRepository } from "../diagnose.ts";
import { createGiteaRuns } from "./runs.ts";
import * as wire from "./wire.ts";
import type { Dialect, HostOptions, Repositories } from "../options.ts";
import { createRest } from "../rest.ts";
import { commentProbe, pullProbe } from "../rights.ts";
import type { Rest } from "../rest.ts";
import { sharedCalls } from "../shared-calls.ts";

const names = { gitea: "Gitea", forgejo: "Forgejo" } as const;
/** Its own word for who may write. */
const writers: ReadonlySet<string> = new Set(["owner", "admin", "write"]);
const mostPulls = 200;
/** Of one commit. */
const mostStatuses = 500;
const mostComments = 500;

type Kind = "gitea" | "forgejo";

/** Throws `invalid` when the address is none; asks nothing of the host yet. */
export function createGitea(options: HostOptions, kind: Kind = "gitea"): Repositories {
  const { host } = parseHost(options.url);
  const dialect: Dialect = {
    title: `${names[kind]} at ${host}`,
    base: apiAddress(options.url, "/api/v1"),
    headers: { authorization: `token ${options.token}` },
    pageSize: ["limit", 50],
    rights:
      "the scopes write:repository, write:issue and read:user, of an account that is an administrator of the repository",
  };
  const rest = createRest(dialect, options);
  return (repository) => repositoryOn(rest, kind, repository);
}

function repositoryOn(rest: Rest, kind: Kind, repository: string): Forge & ForgeDoctor {
  const { dialect } = rest;
  const repo = `/repos/${pathInUrl(repositorySegments(repository, false).join("/"))}`;
  const committer = createCommitter(rest, repo);

  return {
    kind,
    title: `${dialect.title}, ${repository}`,
    async self() {
      return (await readSelf(rest)).login;
    },
    diagnose: () =>
      diagnoseRepository(
        rest,
        repo,
        async () => (await readSelf(rest)).login,
        // Statuses and pull requests take the same scope of a token.
        [pullProbe(repo, "set checks and open pull requests"), commentProbe(repo)],
      ),
    async setCheck(check) {
      checkSha(check.sha);
      const tried = await rest.tryWrite(
        {
          method: "POST",
          path: `${repo}/statuses/${check.sha}`,
          body: checkBody(kind, check),
          harmless: true,
          what: `set the status of ${shortSha(check.sha)}`,
        },
        z.object({ id: z.number() }),
        [500],
      );
      if (tried.ok) return;
      // An unknown commit is a 500 here, as is the host's own trouble: the commit itself tells them apart.
      const commit = await rest.readOrNull(
        {
          path: `${repo}/git/commits/${check.sha}`,
          query: { stat: "false", verification: "false", files: "false" },
          what: `find the commit ${shortSha(check.sha)}`,
        },
        z.object({ sha: z.string() }),
      );
      if (commit !== null) throw tried.error;
      const message = `${dialect.title} does not know the commit ${shortSha(check.sha)}`;
      throw new CapstanError("not-found", message, {
        hint: "it was not pushed there (yet), or FORGE_REPOSITORY is another repository than GIT_URL",
      });
    },
    async hasCheck(check) {
      checkSha(check.sha);
      const ask = {
        path: `${repo}/commits/${check.sha}/statuses`,
        query: { sort: "highestindex" },
        what: `read the statuses of ${shortSha(check.sha)}`,
      };
      return saysSame(kind, await rest.list(ask, wire.checks, mostStatuses), check);
    },
    async openPulls() {
      const ask = { path: `${repo}/pulls`, query: { state: "open" }, what: "list pull requests" };
      const pulls = await rest.list(ask, wire.listOf(wire.pull), mostPulls);
      return pulls.filter(({ state }) => state === "open").sort((a, b) => b.number - a.number);
    },
    async comments(number) {
      // No pages here: all of them in one answer.
      const found = await rest.read(
        {
          path: `${repo}/issues/${numberInUrl(number)}/comments`,
          what: `list the comments of pull request ${number}`,
        },
        wire.listOf(wire.comment),
      );
      return found.sort((a, b) => Number(a.id) - Number(b.id)).slice(0, mostComments);
    },
    ...sharedCalls(rest, repo, { ...wire, writers }),
    openPull: (request) =>
      rest.write(
        {
          method: "POST",
          path: `${repo}/pulls`,
          body: request,
          what: `open a pull request from ${request.head}`,
        },
        wire.pull,
      ),
    runs: createGiteaRuns(rest),
    commit: (request) => commitFiles(committer, request),
  };
}

function readSelf(rest: Rest): Promise<z.output<typeof wire.self>> {
  return rest.read({ path: "/user", what: "say whose token it is" }, wire.self);
}

function fileOperation(change: Change): Readonly<Record<string, string>> {
  const { operation, path } = change;
  const content = (text: string): string => Buffer.from(text, "utf8").toString("base64");
  switch (change.operation) {
    case "create":
      return { operation, path, content: content(change.content) };
    case "update":
      return { operation, path, content: content(change.content), sha: change.old.blob };
    case "delete":
      return { operation, path, sha: change.old.blob };
  }
}

function createCommitter(rest: Rest, repo: string): CommitHost {
  return {
    async head(branch) {
      const found = await rest.readOrNull(
        { path: `${repo}/branches/${pathInUrl(branch)}`, what: `read the branch ${branch}` },
        wire.branch,
      );
      return found?.commit.id ?? null;
    },
    async file(path, commit) {
      const found = await rest.readOrNull(
        {
          path: `${repo}/contents/${pathInUrl(path)}`,
          query: { ref: commit },
          what: `read ${path}`,
        },
        z.union([wire.file, z.array(z.unknown())]),
      );
      if (found === null) return null;
      if ("type" in found && found.type === "file") return { blob: found.sha, lastCommit: null };
      throw notAFile(path);
    },
    async write(request, _head, changes) {
      const { login, full_name: name, email } = await readSelf(rest);
      const tried = await rest.tryWrite(
        {
          method: "POST",
          path: `${repo}/contents`,
          body: {
            branch: request.from ?? request.branch,
            ...(request.from === null ? {} : { new_branch: request.branch }),
            message: request.message,
            author: request.author,
            // Left out, the host would take the author for the committer too.
            committer: { name: (name ?? "") === "" ? login : name, email: email ?? "" },
            files: changes.map(fileOperation),
          },
          what: `commit to ${request.branch}`,
        },
        wire.committed,
        // 500 is also what a branch says that moved in between.
        [404, 405, 409, 422, 500],
      );
      if (tried.ok) return { ok: true, commit: tried.value.commit.sha };
      if (isCapstanError(tried.error, "unsupported")) {
        throw new CapstanError("unsupported", tried.error.message, {
          hint: "Gitea 1.20 or newer, or Forgejo, takes several files in one commit: update the host",
        });
      }
      return { ok: false, error: tried.error };
    },
  };
}
