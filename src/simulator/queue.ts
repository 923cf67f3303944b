/**
 * Dokploy's deployment queue: in memory, first in first out, one job at a time unless
 * `settings.updateBuildsConcurrency` says more, never two of one service at once, no deduplication.
 */
import { runDeployJob } from "./deployJob.ts";
import type { Job, JobData } from "./state.ts";
import type { World } from "./world.ts";

export function enqueue(world: World, data: JobData): void {
  const { tables } = world;
  tables.serials.job++;
  tables.queue.waiting.push({
    id: `job-${tables.serials.job}`,
    data,
    timestamp: Date.now(),
    state: "waiting",
  });
  // The call that queued the job is answered with the job still waiting or just begun.
  world.time.after(0, () => drain(world));
}

export function dropWaiting(world: World, test: (data: JobData) => boolean): void {
  const { queue } = world.tables;
  queue.waiting = queue.waiting.filter((job) => !test(job.data));
}

export function drain(world: World): void {
  const { queue } = world.tables;
  for (;;) {
    const at = queue.waiting.findIndex((job) => mayStart(world, job));
    const job = at === -1 ? undefined : queue.waiting.splice(at, 1)[0];
    if (job === undefined) return;
    job.state = "active";
    job.processedOn = Date.now();
    queue.active.push(job);
    void runDeployJob(world, job.data).finally(() => {
      queue.active = queue.active.filter((running) => running !== job);
      drain(world);
    });
  }
}

/** Each server has room of its own. */
function mayStart({ tables }: World, job: Job): boolean {
  const { active } = tables.queue;
  const { serverId } = job.data;
  const beside = active.filter(({ data }) => data.serverId === serverId).length;
  const room =
    serverId === undefined
      ? tables.buildsConcurrency
      : (tables.servers.get(serverId)?.row.buildsConcurrency ?? 1);
  return beside < room && !active.some((running) => group(running) === group(job));
}

function group(job: Job): string {
  return job.data.composeId ?? job.data.applicationId ?? job.id;
}

/**
 * What happens to deployments when Dokploy's process dies and comes back: waiting jobs are gone
 * without a trace, what ran is cancelled without an end, its service is idle again.
 */
export function forgetJobs(world: World): void {
  const { tables } = world;
  tables.queue = { waiting: [], active: [] };
  for (const deployment of tables.deployments.values()) {
    if (deployment.status !== "running") continue;
    deployment.status = "cancelled";
    const application = tables.applications.get(deployment.applicationId ?? "");
    if (application !== undefined) application.applicationStatus = "idle";
    const compose = tables.compose.get(deployment.composeId ?? "");
    if (compose !== undefined) compose.composeStatus = "idle";
  }
}
