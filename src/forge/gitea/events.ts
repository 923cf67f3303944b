// What Gitea's and Forgejo's deliveries say.
import { z } from "zod";
import type { ForgeEvent } from "../../model/forge.ts";
import { branchOf, commits, isNoCommit, other, pathsOf, shaped } from "../payload.ts";
import type { PayloadContent } from "../payload.ts";

const repository = z.object({ repository: z.object({ full_name: z.string() }).nullish() });

const push = z.object({
  ref: z.string(),
  before: z.string(),
  after: z.string(),
  commits,
  total_commits: z.number().nullish(),
});

const deleted = z.object({ ref: z.string(), ref_type: z.string() });

/** Also GitHub's, but for the words of a push to it. */
export const pullPayload = z.object({
  action: z.string(),
  number: z.number().int().positive(),
  pull_request: z.object({ base: z.object({ ref: z.string() }) }),
  changes: z.object({ ref: z.unknown().optional(), base: z.unknown().optional() }).nullish(),
});

const comment = z.object({
  action: z.string(),
  is_pull: z.boolean().nullish(),
  issue: z.object({ number: z.number().int().positive(), pull_request: z.unknown().optional() }),
  comment: z.object({
    body: z.string().nullish(),
    user: z.object({ login: z.string() }).nullish(),
  }),
});

const image = z.object({
  action: z.string(),
  package: z.object({
    type: z.string(),
    name: z.string(),
    owner: z.object({ login: z.string() }).nullish(),
  }),
});

const runEvents: ReadonlySet<string> = new Set([
  "workflow_run",
  "workflow_job",
  "action_run_failure",
  "action_run_recover",
  "action_run_success",
]);

/** A pull request's action in Capstan's words; null for those that change neither head, base nor labels. */
export function pullAction(
  action: string,
  baseChanged: boolean,
): "opened" | "updated" | "closed" | null {
  switch (action) {
    case "opened":
    case "reopened":
      return "opened";
    case "synchronize":
    case "synchronized":
    case "labeled":
    case "unlabeled":
    case "label_updated":
    case "label_cleared":
      return "updated";
    case "edited":
      return baseChanged ? "updated" : null;
    case "closed":
      return "closed";
    default:
      return null;
  }
}

function giteaEvent(name: string, payload: unknown): ForgeEvent {
  if (runEvents.has(name)) return { type: "run" };
  switch (name) {
    case "push": {
      const { ref, before, after, commits: listed, total_commits: total } = shaped(push, payload);
      const isAll = total === listed?.length && !isNoCommit(before) && !isNoCommit(after);
      return {
        type: "push",
        branch: branchOf(ref),
        after: isNoCommit(after) ? null : after,
        paths: pathsOf(listed, isAll),
      };
    }
    case "delete": {
      // A deleted branch is no push here.
      const { ref, ref_type: kind } = shaped(deleted, payload);
      const branch = branchOf(ref) ?? ref;
      return kind === "branch" ? { type: "push", branch, after: null, paths: null } : other(name);
    }
    // Gitea calls it so in one of its headers, by version.
    case "pull_request_label":
    case "pull_request": {
      const { action, number, pull_request: pull, changes } = shaped(pullPayload, payload);
      const moved = (changes?.ref ?? changes?.base ?? null) !== null;
      const said = pullAction(action, moved);
      if (said === null) return other(`${name} ${action}`);
      return { type: "pull", action: said, number, baseBranch: pull.base.ref };
    }
    case "issue_comment": {
      const said = shaped(comment, payload);
      const isPull = said.is_pull ?? (said.issue.pull_request ?? null) !== null;
      if (!isPull || said.action !== "created") return other(`${name} ${said.action}`);
      return {
        type: "comment",
        number: said.issue.number,
        author: said.comment.user?.login ?? "",
        body: said.comment.body ?? "",
      };
    }
    case "package": {
      const { action, package: found } = shaped(image, payload);
      const owner = found.owner?.login ?? "";
      if (action !== "created" || found.type !== "container" || owner === "") {
        return other(`${name} ${action}`);
      }
      return { type: "image", image: `${owner}/${found.name}` };
    }
    default:
      return other(name);
  }
}

export function readGiteaPayload(name: string, payload: unknown): PayloadContent {
  const said = shaped(repository, payload);
  return { repository: said.repository?.full_name ?? null, event: giteaEvent(name, payload) };
}
