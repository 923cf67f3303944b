// Which of a service's deployment rows is an attempt's. Its title says so while it runs; at the end Dokploy puts the
// commit's subject over the title of what it built from Git, so that the row must be remembered. Where it ended between
// two looks, or while another process followed it, it is the newest that was not there when it was asked for. Pure.
import { formatWant } from "../../model/marker.ts";
import type { Want } from "../../model/marker.ts";
import type { DeploymentRow } from "../../model/observed.ts";
import type { QueueJob } from "../../ports.ts";

const titlePrefix = "capstan ";

/** The title of an attempt's deployment: by it the row is found again. */
export function deployTitle(want: Want): string {
  return `${titlePrefix}${formatWant(want)}`;
}

/** What is remembered of an attempt to know its row by. */
export interface RowMemory {
  readonly want: Want;
  /** Null: it was not seen yet. */
  readonly deploymentId: string | null;
  /** Ids of the rows that were there when it was asked for; null: nobody knows. */
  readonly rowsBefore: readonly string[] | null;
}

/** `rows`: the newest first. Undefined: there is none yet. */
export function ownRow(
  { want, deploymentId, rowsBefore }: RowMemory,
  rows: readonly DeploymentRow[],
  jobs: readonly QueueJob[] = [],
): DeploymentRow | undefined {
  const title = deployTitle(want);
  const found = rows.find((row) => row.title === title || row.deploymentId === deploymentId);
  // While it waits, whatever ended is another one.
  if (found !== undefined || rowsBefore === null || jobs.some((job) => job.title === title)) {
    return found;
  }
  return rows.find(
    ({ commit, deploymentId: id }) => commit !== undefined && !rowsBefore.includes(id),
  );
}

/** The commit that runs where no row is the attempt's: of the newest that is done. */
export function commitOf(rows: readonly DeploymentRow[]): string | null {
  return rows.find(({ status }) => status === "done")?.commit ?? null;
}

/**
 * The attempts at one configuration that ended in an error, as the rows tell. One that was cancelled is none of
 * them: Dokploy does that when it is restarted, and to no other.
 */
export function failedAttempts(
  rows: readonly DeploymentRow[],
  hash: string,
): readonly DeploymentRow[] {
  return rows.filter(
    (row) => row.title.startsWith(`${titlePrefix}${hash}.`) && row.status === "error",
  );
}
