// What Gitea and Forgejo answer, as far as it is read, and what it means in Capstan's words.
import { z } from "zod";
import type { PullComment, PullRequest, RunState, WorkflowRun } from "../../model/forge.ts";

/** Lists of nothing are null in some versions. */
export function listOf<S extends z.ZodType>(row: S) {
  return z
    .array(row)
    .nullable()
    .transform((rows): z.output<S>[] => rows ?? []);
}

const login = z
  .object({ login: z.string() })
  .nullish()
  .transform((person) => person?.login ?? "");

export const self = z.object({
  login: z.string().min(1),
  full_name: z.string().nullish(),
  email: z.string().nullish(),
});

const end = z.object({
  ref: z.string(),
  sha: z.string(),
  repo_id: z.number().nullish(),
  repo: z.object({ id: z.number() }).nullish(),
});

/** Also GitHub's. */
export const labelNames = z
  .array(z.object({ name: z.string() }))
  .nullish()
  .transform((labels) => (labels ?? []).map(({ name }) => name));

export const pull = z
  .object({
    number: z.number().int().positive(),
    title: z.string(),
    html_url: z.string(),
    state: z.string(),
    merged: z.boolean().nullish(),
    merged_at: z.string().nullish(),
    head: end,
    base: end,
    user: login,
    labels: labelNames,
  })
  .transform((row): PullRequest => {
    const merged = row.merged === true || (row.merged_at ?? "") !== "";
    const from = row.head.repo?.id ?? row.head.repo_id ?? null;
    const into = row.base.repo?.id ?? row.base.repo_id ?? null;
    return {
      number: row.number,
      title: row.title,
      url: row.html_url,
      state: merged ? "merged" : row.state === "open" ? "open" : "closed",
      headSha: row.head.sha,
      headRef: `refs/pull/${row.number}/head`,
      headBranch: row.head.ref,
      baseBranch: row.base.ref,
      // A fork that is gone has no repository: still not ours. AGit pull requests (`refs/for/main`) say that
      // their head is in this one, and whoever may read it may open them: only a branch here is ours.
      fromFork: from === null || from !== into || row.head.ref.startsWith("refs/"),
      author: row.user,
      labels: row.labels,
    };
  });

export const comment = z
  .object({ id: z.number().int(), body: z.string().nullish(), user: login })
  .transform((row): PullComment => ({
    id: String(row.id),
    author: row.user,
    body: row.body ?? "",
  }));

export const branch = z.object({ commit: z.object({ id: z.string().min(1) }) });
export const file = z.object({ type: z.string(), sha: z.string().min(1) });
export const committed = z.object({ commit: z.object({ sha: z.string().min(1) }) });

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? "");

/** A run of `/actions/runs` of either host, or a task of `/actions/tasks`; each has a part of the fields. */
const run = z
  .object({
    id: z.number().int(),
    run_number: z.number().int().nullish(),
    display_title: text,
    name: text,
    path: text,
    workflow_id: text,
    head_branch: text,
    head_sha: text,
    status: text,
    conclusion: text,
    html_url: text,
    url: text,
    started_at: text,
    run_started_at: text,
    created_at: text,
  })
  .transform((row): WorkflowRun => {
    const file = row.path === "" ? row.workflow_id : row.path;
    return {
      id: String(row.id),
      number: row.run_number ?? row.id,
      title: row.display_title === "" ? row.name : row.display_title,
      workflow: workflowFile(file === "" ? row.name : file),
      branch: row.head_branch === "" ? null : row.head_branch,
      headSha: row.head_sha,
      state: runState(row.status, row.conclusion),
      url: row.html_url === "" ? row.url : row.html_url,
      startedAtMs: moment(row.started_at) ?? moment(row.run_started_at) ?? moment(row.created_at),
    };
  });

export const runs = z.object({ workflow_runs: listOf(run) }).transform((all) => all.workflow_runs);

/** `build.yaml` of `.github/workflows/build.yaml@refs/heads/main`. */
export function workflowFile(path: string): string {
  const [file = ""] = path.split("@");
  return file.slice(file.lastIndexOf("/") + 1);
}

/** Year 1 and before 1970 are these hosts' ways to say never. */
export function moment(text: string): number | null {
  const ms = Date.parse(text);
  return Number.isNaN(ms) || ms <= 0 ? null : ms;
}

const states: Readonly<Record<string, RunState>> = {
  success: "success",
  neutral: "success",
  failure: "failure",
  error: "failure",
  timed_out: "failure",
  startup_failure: "failure",
  cancelled: "cancelled",
  canceled: "cancelled",
  stale: "cancelled",
  skipped: "skipped",
  running: "running",
  in_progress: "running",
};

/** Gitea and GitHub say an end as `completed` with a conclusion, Forgejo and older Gitea in the status. */
export function runState(status: string, conclusion: string): RunState {
  const said = status === "completed" ? conclusion : status;
  return Object.hasOwn(states, said) ? (states[said] ?? "waiting") : "waiting";
}

/** Its requests say `state`, and its answers `status`. */
export const checks = listOf(
  z
    .object({ context: z.string(), status: z.string(), description: z.string().nullish() })
    .transform(({ context, status, description }) => ({
      ...{ context, state: status, description: description ?? "" },
    })),
);
