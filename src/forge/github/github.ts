// Forge on GitHub, github.com or an enterprise server. Checks are commit statuses: GitHub keeps its check
// runs for apps.
import { z } from "zod";
import { CapstanError } from "../../lib/errors.ts";
import type { ForgeDoctor } from "../../ports-diagnosis.ts";
import type { Forge } from "../../ports-forge.ts";
import { apiAddress, numberInUrl, parseHost, pathInUrl, repositorySegments } from "../address.ts";
import { checkBody, checkSha, saysSame, shortSha } from "../check-words.ts";
import { commitFiles } from "../commit.ts";
import { comment, workflowFile } from "../gitea/wire.ts";
import { diagnoseRepository } from "../diagnose.ts";
import { createGitHubCommitter } from "./commit.ts";
import * as wire from "./wire.ts";
import type { Dialect, HostOptions, Repositories } from "../options.ts";
import { createRest } from "../rest.ts";
import { commentProbe, noSuchCommit, pullProbe } from "../rights.ts";
import type { Rest } from "../rest.ts";
import { sharedCalls } from "../shared-calls.ts";

const writers: ReadonlySet<string> = new Set(["admin", "write"]);
const mostPulls = 200;
/** Of one commit. */
const mostStatuses = 500;
const mostComments = 500;
/** Rows that are looked through for runs of a workflow that is named by its title. */
const mostLookedAt = 300;

/** github.com's API has a host of its own, an enterprise server's a path. */
function githubApi(url: string): string {
  const { host, address } = parseHost(url);
  if (host === "github.com" || host === "www.github.com") return "https://api.github.com";
  if (host.endsWith(".ghe.com")) return `https://${host.startsWith("api.") ? "" : "api."}${host}`;
  return host === "api.github.com" ? address : apiAddress(url, "/api/v3");
}

/** Throws `invalid` when the address is none; asks nothing of the host yet. */
export function createGitHub(options: HostOptions): Repositories {
  const base = githubApi(options.url);
  const dialect: Dialect = {
    title: `GitHub at ${parseHost(base).host}`,
    base,
    headers: {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${options.token}`,
      "x-github-api-version": "2022-11-28",
    },
    pageSize: ["per_page", 100],
    rights:
      "the rights Contents, Commit statuses and Pull requests (read and write), Actions and Metadata (read) on the repository",
  };
  const rest = createRest(dialect, options);
  return (repository) => repositoryOn(rest, repository);
}

function repositoryOn(rest: Rest, repository: string): Forge & ForgeDoctor {
  const { dialect } = rest;
  const repo = `/repos/${pathInUrl(repositorySegments(repository, false).join("/"))}`;
  const committer = createGitHubCommitter(rest, repo);
  async function self(): Promise<string> {
    return (await rest.read({ path: "/user", what: "say whose token it is" }, wire.self)).login;
  }

  return {
    kind: "github",
    title: `${dialect.title}, ${repository}`,
    self,
    diagnose: () =>
      diagnoseRepository(rest, repo, self, [
        {
          may: "set checks",
          path: `${repo}/statuses/${noSuchCommit}`,
          body: { state: "pending", context: "capstan/doctor" },
        },
        pullProbe(repo, "open pull requests"),
        commentProbe(repo),
      ]),
    async setCheck(check) {
      checkSha(check.sha);
      const what = `set the status of ${shortSha(check.sha)}`;
      const path = `${repo}/statuses/${check.sha}`;
      const body = checkBody("github", check);
      const tried = await rest.tryWrite(
        { method: "POST", path, body, harmless: true, what },
        z.object({ id: z.number() }),
        [422],
      );
      if (tried.ok) return;
      const { message } = tried.error;
      if (/no commit found/i.test(message)) {
        throw new CapstanError("not-found", message, {
          hint: "it was not pushed there (yet), or FORGE_REPOSITORY is another repository than GIT_URL",
        });
      }
      if (/maximum number of statuses/i.test(message)) {
        throw new CapstanError("invalid", message, {
          hint: "GitHub takes 1,000 statuses of one name for a commit: push a new commit",
        });
      }
      throw tried.error;
    },
    async hasCheck(check) {
      checkSha(check.sha);
      const ask = {
        path: `${repo}/commits/${check.sha}/statuses`,
        what: `read the statuses of ${shortSha(check.sha)}`,
      };
      return saysSame("github", await rest.list(ask, wire.checks, mostStatuses), check);
    },
    async openPulls() {
      const query = { state: "open", sort: "created", direction: "desc" };
      const ask = { path: `${repo}/pulls`, query, what: "list pull requests" };
      const pulls = await rest.list(ask, z.array(wire.pull), mostPulls);
      return [...pulls].sort((a, b) => b.number - a.number);
    },
    comments: (number) =>
      rest.list(
        {
          path: `${repo}/issues/${numberInUrl(number)}/comments`,
          what: `list the comments of pull request ${number}`,
        },
        z.array(comment),
        mostComments,
      ),
    ...sharedCalls(rest, repo, { pull: wire.pull, comment, writers }),
    async openPull(request) {
      const tried = await rest.tryWrite(
        {
          method: "POST",
          path: `${repo}/pulls`,
          body: request,
          what: `open a pull request from ${request.head}`,
        },
        wire.pull,
        [422],
      );
      if (tried.ok) return tried.value;
      const { message } = tried.error;
      throw /already exists/i.test(message)
        ? new CapstanError("conflict", message, { hint: "it is open already: use that one" })
        : tried.error;
    },
    runs: githubRuns(rest),
    commit: (request) => commitFiles(committer, request),
  };
}

function githubRuns(rest: Rest): Forge["runs"] {
  return async ({ repository, workflow, limit }) => {
    const repo = `/repos/${pathInUrl(repositorySegments(repository, false).join("/"))}`;
    const what = `list the runs of ${repository}`;
    const isFile = workflow !== undefined && /\.ya?ml$/i.test(workflow);
    const path = isFile
      ? `${repo}/actions/workflows/${encodeURIComponent(workflowFile(workflow))}/runs`
      : `${repo}/actions/runs`;
    const most = workflow === undefined || isFile ? limit : mostLookedAt;
    const found = await rest.list({ path, what }, wire.runs, most);
    return found
      .filter(({ name }) => workflow === undefined || isFile || name === workflow)
      .slice(0, Math.max(0, limit))
      .map(({ run }) => run);
  };
}
