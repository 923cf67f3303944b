// What GitHub answers, as far as it is read, and what it means in Capstan's words.
import { z } from "zod";
import type { PullRequest, WorkflowRun } from "../../model/forge.ts";
import { labelNames, moment, runState, workflowFile } from "../gitea/wire.ts";

export const self = z.object({
  login: z.string().min(1),
  id: z.number().int(),
  name: z.string().nullish(),
  email: z.string().nullish(),
});

const end = z.object({
  ref: z.string(),
  sha: z.string(),
  repo: z.object({ id: z.number() }).nullish(),
});

export const pull = z
  .object({
    number: z.number().int().positive(),
    title: z.string(),
    html_url: z.string(),
    state: z.string(),
    merged_at: z.string().nullish(),
    head: end,
    base: end,
    user: z.object({ login: z.string() }).nullish(),
    labels: labelNames,
  })
  .transform((row): PullRequest => {
    const merged = (row.merged_at ?? "") !== "";
    const from = row.head.repo?.id ?? null;
    return {
      number: row.number,
      title: row.title,
      url: row.html_url,
      state: merged ? "merged" : row.state === "open" ? "open" : "closed",
      headSha: row.head.sha,
      headRef: `refs/pull/${row.number}/head`,
      headBranch: row.head.ref,
      baseBranch: row.base.ref,
      fromFork: from === null || from !== row.base.repo?.id,
      author: row.user?.login ?? "",
      labels: row.labels,
    };
  });

export const ref = z.object({ object: z.object({ sha: z.string().min(1), type: z.string() }) });
export const commit = z.object({
  sha: z.string().min(1),
  tree: z.object({ sha: z.string().min(1) }),
});
export const tree = z.object({ sha: z.string().min(1) });
export const file = z.object({ type: z.string(), sha: z.string().min(1) });

const run = z
  .object({
    id: z.number().int(),
    run_number: z.number().int(),
    display_title: z.string().nullish(),
    name: z.string().nullish(),
    path: z.string().nullish(),
    head_branch: z.string().nullish(),
    head_sha: z.string(),
    status: z.string().nullish(),
    conclusion: z.string().nullish(),
    html_url: z.string(),
    run_started_at: z.string().nullish(),
  })
  .transform((row): { readonly name: string; readonly run: WorkflowRun } => ({
    name: row.name ?? "",
    run: {
      id: String(row.id),
      number: row.run_number,
      title: row.display_title ?? row.name ?? "",
      workflow: workflowFile(row.path ?? row.name ?? ""),
      branch: row.head_branch ?? null,
      headSha: row.head_sha,
      state: runState(row.status ?? "", row.conclusion ?? ""),
      url: row.html_url,
      startedAtMs: moment(row.run_started_at ?? ""),
    },
  }));

export const runs = z.object({ workflow_runs: z.array(run) }).transform((all) => all.workflow_runs);

export const checks = z.array(
  z
    .object({ context: z.string(), state: z.string(), description: z.string().nullish() })
    .transform((row) => ({ ...row, description: row.description ?? "" })),
);
