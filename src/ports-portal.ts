// What the portal keeps between restarts. Deleting it harms nothing: the stacks are in Git.
import type { CheckRow } from "./model/checks.ts";
import type { DeploymentRecord } from "./model/deployment.ts";
import type { Followed, Kept } from "./ports-store.ts";

/** Bounded: the oldest records go first. All methods throw as the store does. */
export interface DeploymentStore extends Kept, Followed {
  /** Replaces the record of the same id. */
  saveDeployment(record: DeploymentRecord): void;
  /** Null for an id that is not known (any more). */
  deployment(id: string): DeploymentRecord | null;
  /** Those that have not ended, the oldest first. */
  openDeployments(): readonly DeploymentRecord[];
  /** The newest first; of one person, by id, or of all (null). */
  newestDeployments(owner: string | null, limit: number): readonly DeploymentRecord[];
  /** Of one stack name, the newest first. */
  deploymentsOf(name: string, limit: number): readonly DeploymentRecord[];
}

/** What was said of one stack by the commits that touched it. */
export interface StackChecks {
  /** The newest row of the stack, whichever commit it belongs to; null when there is none. */
  newestCheck(stack: string): CheckRow | null;
}
