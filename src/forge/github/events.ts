// What GitHub's deliveries say.
import { z } from "zod";
import type { ForgeEvent } from "../../model/forge.ts";
import { pullAction, pullPayload } from "../gitea/events.ts";
import { branchOf, commits, isNoCommit, other, pathsOf, shaped } from "../payload.ts";
import type { PayloadContent } from "../payload.ts";

const repository = z.object({ repository: z.object({ full_name: z.string() }).nullish() });

const push = z.object({
  ref: z.string(),
  after: z.string(),
  created: z.boolean().nullish(),
  deleted: z.boolean().nullish(),
  forced: z.boolean().nullish(),
  commits,
});

const comment = z.object({
  action: z.string(),
  issue: z.object({ number: z.number().int().positive(), pull_request: z.unknown().optional() }),
  comment: z.object({
    body: z.string().nullish(),
    user: z.object({ login: z.string() }).nullish(),
  }),
});

/** It does not say how many there were: as many as this may be only the first. */
const mostListed = 20;

function githubEvent(name: string, payload: unknown): ForgeEvent {
  switch (name) {
    case "push": {
      const { ref, after, created, deleted, forced, commits: listed } = shaped(push, payload);
      const gone = deleted === true || isNoCommit(after);
      const isAll =
        created !== true && !gone && forced !== true && (listed?.length ?? 0) < mostListed;
      return {
        type: "push",
        branch: branchOf(ref),
        after: gone ? null : after,
        paths: pathsOf(listed, isAll),
      };
    }
    case "pull_request": {
      const { action, number, pull_request: pull, changes } = shaped(pullPayload, payload);
      const said = pullAction(action, (changes?.base ?? null) !== null);
      if (said === null) return other(`${name} ${action}`);
      return { type: "pull", action: said, number, baseBranch: pull.base.ref };
    }
    case "issue_comment": {
      const said = shaped(comment, payload);
      const isPull = (said.issue.pull_request ?? null) !== null;
      if (!isPull || said.action !== "created") return other(`${name} ${said.action}`);
      return {
        type: "comment",
        number: said.issue.number,
        author: said.comment.user?.login ?? "",
        body: said.comment.body ?? "",
      };
    }
    case "workflow_run":
    case "workflow_job":
      return { type: "run" };
    default:
      return other(name);
  }
}

export function readGitHubPayload(name: string, payload: unknown): PayloadContent {
  const said = shaped(repository, payload);
  return { repository: said.repository?.full_name ?? null, event: githubEvent(name, payload) };
}
