// What Dokploy does by the clock for a stack, with the newest run of each. It asks the server, so only when somebody
// looks, and only for services that have any of it in Git.
import { childKey, childrenOf } from "../../model/children.ts";
import type { DesiredStack } from "../../model/desired.ts";
import type { ServiceRef } from "../../model/observed.ts";
import type { JobRun, Platform } from "../../ports.ts";

export interface Job {
  /** The service's key. */
  readonly service: string;
  readonly kind: JobRun["kind"];
  readonly name: string;
  /** Null: it has not run yet. */
  readonly lastRun: Pick<JobRun, "status" | "at"> | null;
}

const kinds: ReadonlySet<string> = new Set<JobRun["kind"]>(["schedule", "backup", "volumeBackup"]);

function isJob(kind: string): kind is JobRun["kind"] {
  return kinds.has(kind);
}

/** `places`: the services of the stack on the server, by key. Throws as the platform does. */
export async function jobsOf(
  desired: DesiredStack,
  places: ReadonlyMap<string, ServiceRef>,
  platform: Pick<Platform, "lastRuns">,
): Promise<readonly Job[]> {
  const jobs = desired.services.flatMap((service) =>
    childrenOf(service.spec).flatMap((child): Job[] =>
      isJob(child.kind)
        ? [{ service: service.key, kind: child.kind, name: childKey(child), lastRun: null }]
        : [],
    ),
  );
  const asked = [...new Set(jobs.map(({ service }) => service))].flatMap(
    (key) => places.get(key) ?? [],
  );
  if (asked.length === 0) return jobs;
  const runs = await platform.lastRuns(asked);
  return jobs.map((job) => {
    const ofService = runs.get(places.get(job.service)?.id ?? "") ?? [];
    const found = ofService.find(({ kind, name }) => kind === job.kind && name === job.name);
    return found === undefined ? job : { ...job, lastRun: { status: found.status, at: found.at } };
  });
}
