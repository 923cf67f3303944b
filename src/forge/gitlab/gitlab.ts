// Forge on GitLab: merge requests, notes, pipelines, commit statuses.
import { z } from "zod";
import { CapstanError, isCapstanError } from "../../lib/errors.ts";
import type { ForgeDoctor } from "../../ports-diagnosis.ts";
import type { Forge } from "../../ports-forge.ts";
import { apiAddress, numberInUrl, parseHost, repositorySegments } from "../address.ts";
import { checkBody, checkSha, saysSame, shortSha } from "../check-words.ts";
import { commitFiles } from "../commit.ts";
import type { Change, CommitHost } from "../commit.ts";
import { diagnoseProject } from "../diagnose.ts";
import * as wire from "./wire.ts";
import type { Dialect, HostOptions, Repositories } from "../options.ts";
import { createRest } from "../rest.ts";
import type { Rest } from "../rest.ts";

/** GitLab's number for a developer, who may push. */
const developer = 30;
const mostPulls = 200;
/** Of one commit. */
const mostStatuses = 500;
const mostComments = 500;
/** Of one who is named like many others. */
const mostMembers = 300;

/** A project is named by its whole path, its slashes encoded. */
function projectPath(repository: string): string {
  return `/projects/${encodeURIComponent(repositorySegments(repository, true).join("/"))}`;
}

/** Throws `invalid` when the address is none; asks nothing of the host yet. */
export function createGitLab(options: HostOptions): Repositories {
  const dialect: Dialect = {
    title: `GitLab at ${parseHost(options.url).host}`,
    base: apiAddress(options.url, "/api/v4"),
    headers: { "private-token": options.token },
    pageSize: ["per_page", 100],
    rights: "the scope api and at least the role Developer in the project",
  };
  const rest = createRest(dialect, options);
  return (repository) => repositoryOn(rest, repository);
}

function repositoryOn(rest: Rest, repository: string): Forge & ForgeDoctor {
  const { dialect } = rest;
  const project = projectPath(repository);
  const committer = createCommitter(rest, project);
  const requests = `${project}/merge_requests`;
  const notes = (number: number): string => `${requests}/${numberInUrl(number)}/notes`;
  async function self(): Promise<string> {
    return (await rest.read({ path: "/user", what: "say whose token it is" }, wire.self)).username;
  }

  return {
    kind: "gitlab",
    title: `${dialect.title}, ${repository}`,
    self,
    diagnose: () => diagnoseProject(rest, project, self),
    async setCheck(check) {
      checkSha(check.sha);
      const tried = await rest.tryWrite(
        {
          method: "POST",
          path: `${project}/statuses/${check.sha}`,
          body: checkBody("gitlab", check),
          harmless: true,
          what: `set the status of ${shortSha(check.sha)}`,
        },
        z.object({ id: z.number() }),
        [400],
      );
      // Its way to say that the status is like that already.
      if (tried.ok || /cannot transition status via/i.test(tried.error.message)) return;
      throw tried.error;
    },
    async hasCheck(check) {
      checkSha(check.sha);
      const ask = {
        path: `${project}/repository/commits/${check.sha}/statuses`,
        query: { name: check.context },
        what: `read the statuses of ${shortSha(check.sha)}`,
      };
      // The oldest come first, one of each pipeline of the commit.
      const found = await rest.list(ask, wire.checks, mostStatuses);
      const newestFirst = found.toSorted((a, b) => b.id - a.id);
      return saysSame("gitlab", newestFirst, check);
    },
    async openPulls() {
      const query = { state: "opened", order_by: "created_at", sort: "desc" };
      const ask = { path: requests, query, what: "list merge requests" };
      const found = await rest.list(ask, z.array(wire.mergeRequest), mostPulls);
      return found.filter(({ headSha }) => headSha !== "").sort((a, b) => b.number - a.number);
    },
    async pull(number) {
      const ask = {
        path: `${requests}/${numberInUrl(number)}`,
        what: `read merge request ${number}`,
      };
      const found = await rest.read(ask, wire.mergeRequest);
      if (found.headSha !== "") return found;
      throw new CapstanError("not-found", `merge request ${number} has no commit`, {
        hint: "push a commit to its branch",
      });
    },
    async comments(number) {
      const found = await rest.list(
        {
          path: notes(number),
          query: { sort: "asc", order_by: "created_at" },
          what: `list the comments of merge request ${number}`,
        },
        z.array(wire.note),
        mostComments,
      );
      return found.filter(({ isSystem }) => !isSystem).map(({ comment }) => comment);
    },
    async addComment(number, body) {
      const what = `comment on merge request ${number}`;
      const ask = { method: "POST", path: notes(number), body: { body }, what } as const;
      return (await rest.write(ask, wire.note)).comment.id;
    },
    async editComment(number, id, body) {
      await rest.write(
        {
          method: "PUT",
          path: `${notes(number)}/${numberInUrl(id)}`,
          body: { body },
          harmless: true,
          what: `edit a comment of merge request ${number}`,
        },
        z.unknown(),
      );
    },
    async mayWrite(login) {
      if (login === "") return false;
      const members = await rest.list(
        {
          path: `${project}/members/all`,
          query: { query: login },
          what: "ask what an account may do",
        },
        z.array(wire.member),
        mostMembers,
      );
      return members.some(
        ({ username, state, access_level: level }) =>
          username.toLowerCase() === login.toLowerCase() &&
          (state ?? "active") === "active" &&
          level >= developer,
      );
    },
    async openPull({ title, body, head, base }) {
      const found = await rest.write(
        {
          method: "POST",
          path: requests,
          body: { title, description: body, source_branch: head, target_branch: base },
          what: `open a merge request from ${head}`,
        },
        wire.mergeRequest,
      );
      return found;
    },
    async changePull(number, change) {
      const body =
        "state" in change
          ? { state_event: "close" }
          : { title: change.title, description: change.body };
      await rest.write(
        {
          method: "PUT",
          path: `${requests}/${numberInUrl(number)}`,
          body,
          harmless: true,
          what: `change merge request ${number}`,
        },
        z.unknown(),
      );
    },
    async runs({ repository: of, workflow, limit }) {
      // One file for all pipelines: only a title tells them apart.
      const named = workflow !== undefined && !/\.ya?ml$/i.test(workflow);
      const found = await rest.list(
        {
          path: `${projectPath(of)}/pipelines`,
          query: { order_by: "id", sort: "desc", ...(named ? { name: workflow } : {}) },
          what: `list the pipelines of ${of}`,
        },
        z.array(wire.pipeline),
        limit,
      );
      return found.slice(0, Math.max(0, limit));
    },
    commit: (request) => commitFiles(committer, request),
  };
}

function commitAction(change: Change): Readonly<Record<string, string>> {
  const entry = { action: change.operation, file_path: change.path };
  // With it, GitLab refuses to write over what somebody changed in between.
  const guard = (lastCommit: string | null) =>
    lastCommit === null ? {} : { last_commit_id: lastCommit };
  switch (change.operation) {
    case "create":
      return { ...entry, content: change.content, encoding: "text" };
    case "update":
      return {
        ...entry,
        content: change.content,
        encoding: "text",
        ...guard(change.old.lastCommit),
      };
    case "delete":
      return { ...entry, ...guard(change.old.lastCommit) };
  }
}

function createCommitter(rest: Rest, project: string): CommitHost {
  return {
    async head(branch) {
      const found = await rest.readOrNull(
        {
          path: `${project}/repository/branches/${encodeURIComponent(branch)}`,
          what: `read the branch ${branch}`,
        },
        wire.branch,
      );
      return found?.commit.id ?? null;
    },
    async file(path, commit) {
      const found = await rest.readOrNull(
        {
          path: `${project}/repository/files/${encodeURIComponent(path)}`,
          query: { ref: commit },
          what: `read ${path}`,
        },
        wire.file,
      );
      return found === null
        ? null
        : { blob: found.blob_id, lastCommit: found.last_commit_id ?? null };
    },
    async write(request, _head, changes) {
      const tried = await rest.tryWrite(
        {
          method: "POST",
          path: `${project}/repository/commits`,
          body: {
            branch: request.branch,
            ...(request.from === null ? {} : { start_branch: request.from }),
            commit_message: request.message,
            author_name: request.author.name,
            author_email: request.author.email,
            actions: changes.map(commitAction),
          },
          what: `commit to ${request.branch}`,
        },
        wire.committed,
        [400, 409, 422],
      );
      if (tried.ok) return { ok: true, commit: tried.value.id };
      const { error } = tried;
      if (isCapstanError(error, "invalid") && /not allowed to push/i.test(error.message)) {
        throw new CapstanError("forbidden", error.message, {
          hint: `the branch is protected: let ${rest.dialect.rights} suffice there, or give the token a higher role`,
        });
      }
      return { ok: false, error };
    },
  };
}
