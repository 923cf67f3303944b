// A job before a rollout (`rollout.before`): one more service of the stack, which runs once in the new image before
// its application is touched, ends, and stays on the server as a finished one.
import type { RestartPolicy, UpdatePolicy } from "./specs.ts";

export interface RolloutJob {
  /** The key of the application that waits for it. */
  readonly before: string;
  /** Its command must end within this time. */
  readonly timeoutMs: number;
}

/** What keys of such services begin with; no kind of service has it. */
export const jobPrefix = "job";

/** `job/web@staging` of `app/web@staging`. */
export function jobKeyOf(application: string): string {
  return `${jobPrefix}${application.slice(application.indexOf("/"))}`;
}

export function isJobKey(key: string): boolean {
  return key.startsWith(`${jobPrefix}/`);
}

/** How its service is named in Dokploy: no service of a manifest can have that name. */
export function jobName(application: string): string {
  return `job before ${application}`;
}

/** Its command runs once, whatever comes of it. */
export const runsOnce: RestartPolicy = {
  condition: "none",
  delayNs: null,
  maxAttempts: null,
  windowNs: null,
};

/**
 * Never two at once, and never the old version again. `continue`: measured, a command that ends within the time that
 * the swarm watches an update counts as a failure of it, also when it ended well.
 */
export const replacedOnce: UpdatePolicy = {
  parallelism: null,
  delayNs: null,
  failureAction: "continue",
  monitorNs: null,
  maxFailureRatio: null,
  order: "stop-first",
};
