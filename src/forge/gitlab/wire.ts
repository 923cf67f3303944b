// What GitLab answers, as far as it is read, and what it means in Capstan's words.
import { z } from "zod";
import type { PullComment, PullRequest, RunState, WorkflowRun } from "../../model/forge.ts";
import { moment } from "../gitea/wire.ts";

export const self = z.object({ username: z.string().min(1) });

const account = z
  .object({ username: z.string() })
  .nullish()
  .transform((person) => person?.username ?? "");

export const mergeRequest = z
  .object({
    iid: z.number().int().positive(),
    title: z.string(),
    web_url: z.string(),
    state: z.string(),
    /** Null while its branch has no commit. */
    sha: z.string().nullish(),
    source_branch: z.string().nullish(),
    target_branch: z.string(),
    source_project_id: z.number().nullish(),
    target_project_id: z.number(),
    author: account,
    /** Names, unless somebody asks for more of them. */
    labels: z.array(z.string()).nullish(),
  })
  .transform((row): PullRequest => ({
    number: row.iid,
    title: row.title,
    url: row.web_url,
    // `locked` is a merge under way.
    state:
      row.state === "merged"
        ? "merged"
        : ["opened", "locked"].includes(row.state)
          ? "open"
          : "closed",
    headSha: row.sha ?? "",
    headRef: `refs/merge-requests/${row.iid}/head`,
    headBranch: row.source_branch ?? "",
    baseBranch: row.target_branch,
    fromFork: row.source_project_id !== row.target_project_id,
    author: row.author,
    labels: row.labels ?? [],
  }));

export const note = z
  .object({
    id: z.number().int(),
    body: z.string().nullish(),
    system: z.boolean().nullish(),
    author: account,
  })
  .transform((row): { readonly isSystem: boolean; readonly comment: PullComment } => ({
    isSystem: row.system === true,
    comment: { id: String(row.id), author: row.author, body: row.body ?? "" },
  }));

export const member = z.object({
  username: z.string(),
  state: z.string().nullish(),
  access_level: z.number(),
});

export const branch = z.object({ commit: z.object({ id: z.string().min(1) }) });
export const file = z.object({ blob_id: z.string().min(1), last_commit_id: z.string().nullish() });
export const committed = z.object({ id: z.string().min(1) });

const states: Readonly<Record<string, RunState>> = {
  running: "running",
  success: "success",
  failed: "failure",
  canceled: "cancelled",
  canceling: "cancelled",
  skipped: "skipped",
};

export const pipeline = z
  .object({
    id: z.number().int(),
    iid: z.number().int().nullish(),
    name: z.string().nullish(),
    ref: z.string().nullish(),
    sha: z.string(),
    status: z.string(),
    web_url: z.string(),
    created_at: z.string().nullish(),
  })
  .transform((row): WorkflowRun => ({
    id: String(row.id),
    number: row.iid ?? row.id,
    title: row.name ?? `Pipeline ${row.id}`,
    workflow: row.name ?? ".gitlab-ci.yml",
    branch: row.ref ?? null,
    headSha: row.sha,
    // Everything else waits for something: a runner, a resource, a person.
    state: Object.hasOwn(states, row.status) ? (states[row.status] ?? "waiting") : "waiting",
    url: row.web_url,
    startedAtMs: moment(row.created_at ?? ""),
  }));

export const checks = z.array(
  z
    .object({
      ...{ id: z.number(), name: z.string(), status: z.string() },
      description: z.string().nullish(),
    })
    .transform(({ id, name, status, description }) => ({
      ...{ id, context: name, state: status, description: description ?? "" },
    })),
);
