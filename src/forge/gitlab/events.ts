// What GitLab's deliveries say.
import { z } from "zod";
import type { ForgeEvent } from "../../model/forge.ts";
import { branchOf, commits, isNoCommit, other, pathsOf, shaped } from "../payload.ts";
import type { PayloadContent } from "../payload.ts";

const project = z.object({ project: z.object({ path_with_namespace: z.string() }).nullish() });

const push = z.object({
  ref: z.string(),
  before: z.string(),
  after: z.string(),
  commits,
  total_commits_count: z.number().nullish(),
});

const mergeRequest = z.object({
  object_attributes: z.object({
    iid: z.number().int().positive(),
    action: z.string().nullish(),
    target_branch: z.string(),
    /** The head before; only there when commits were pushed. */
    oldrev: z.string().nullish(),
  }),
  changes: z
    .object({ target_branch: z.unknown().optional(), labels: z.unknown().optional() })
    .nullish(),
});

const note = z.object({
  user: z.object({ username: z.string() }).nullish(),
  object_attributes: z.object({
    note: z.string().nullish(),
    noteable_type: z.string(),
    /** Not said by GitLab before 16.11. */
    action: z.string().nullish(),
    system: z.boolean().nullish(),
    created_at: z.string().nullish(),
    updated_at: z.string().nullish(),
  }),
  merge_request: z.object({ iid: z.number().int().positive() }).nullish(),
});

type Note = z.output<typeof note>["object_attributes"];

function isNew({ action, created_at: created, updated_at: updated }: Note): boolean {
  if (action !== null && action !== undefined) return action === "create";
  return created === updated;
}

function requestEvent(name: string, payload: unknown): ForgeEvent {
  const { object_attributes: said, changes } = shaped(mergeRequest, payload);
  const event = (action: "opened" | "updated" | "closed"): ForgeEvent => ({
    type: "pull",
    action,
    number: said.iid,
    baseBranch: said.target_branch,
  });
  const moved =
    (said.oldrev ?? "") !== "" ||
    (changes?.target_branch ?? null) !== null ||
    (changes?.labels ?? null) !== null;
  switch (said.action) {
    case "open":
    case "reopen":
      return event("opened");
    case "close":
    case "merge":
      return event("closed");
    case "update":
      return moved ? event("updated") : other(`${name} update`);
    default:
      return other(`${name} ${said.action ?? ""}`);
  }
}

function gitlabEvent(name: string, payload: unknown): ForgeEvent {
  switch (name) {
    case "Push Hook":
    case "Tag Push Hook": {
      const said = shaped(push, payload);
      const { before, after, commits: listed, total_commits_count: total } = said;
      const isAll = total === listed?.length && !isNoCommit(before) && !isNoCommit(after);
      return {
        type: "push",
        branch: branchOf(said.ref),
        after: isNoCommit(after) ? null : after,
        paths: pathsOf(listed, isAll),
      };
    }
    case "Merge Request Hook":
      return requestEvent(name, payload);
    case "Note Hook": {
      const { object_attributes: said, merge_request: request, user } = shaped(note, payload);
      const isComment =
        said.noteable_type === "MergeRequest" && said.system !== true && isNew(said);
      if (!isComment || request === null || request === undefined) return other(name);
      return {
        type: "comment",
        number: request.iid,
        author: user?.username ?? "",
        body: said.note ?? "",
      };
    }
    case "Pipeline Hook":
    case "Job Hook":
      return { type: "run" };
    default:
      return other(name);
  }
}

export function readGitLabPayload(name: string, payload: unknown): PayloadContent {
  const said = shaped(project, payload);
  return {
    repository: said.project?.path_with_namespace ?? null,
    event: gitlabEvent(name, payload),
  };
}
