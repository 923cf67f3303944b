// What the API tells of the runs that build images, as plain JSON: every field is named here one by one.
import type { BuildStatus } from "../../engine/builds/builds.ts";

const mostWorkflows = 100;
/** Of each workflow: in the list of all, and with one stack. */
export const runsListed = 20;
export const runsOfStack = 5;

const shortSha = 7;

/** The newest runs first; `workflow` null: any of the repository, known by an image's address alone. */
export function buildViews(builds: readonly BuildStatus[], mostRuns: number) {
  return builds.slice(0, mostWorkflows).map(({ repository, workflow, stacks, error, runs }) => ({
    repository,
    workflow,
    stacks,
    /** Why nothing newer is known. */
    error,
    runs: runs.slice(0, mostRuns).map((run) => ({
      number: run.number,
      workflow: run.workflow,
      status: run.state,
      title: run.title,
      sha: run.headSha.slice(0, shortSha),
      branch: run.branch,
      url: run.url,
      started: run.startedAtMs === null ? null : new Date(run.startedAtMs).toISOString(),
    })),
  }));
}
