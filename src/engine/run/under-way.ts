// Law W9: what of a service is under way, so that it is not removed now: its deployment, or the command of a job, which a
// removal would cut off in the middle of its work.
import type { Action } from "../../model/plan.ts";
import { swarmOn } from "../../model/observed.ts";
import { isJobKey } from "../../model/rollout-job.ts";
import type { RolloutObservation } from "../../ports.ts";
import type { Loaded } from "../state/desired-state.ts";
import type { RunDeps } from "./tools.ts";

type Removal = Extract<Action, { readonly type: "delete-service" }>;
type Deps = Pick<RunDeps, "platform" | "rollouts">;

/** How long a command may go on of which nobody knows any more how long it was given. */
const longestUnknownMs = 60 * 60_000;

/** How long the last manifest that had it gave its command. */
function limitOf(stack: string, { service: key }: Removal, { previous }: Loaded): number {
  const service = previous.get(stack)?.services.find((one) => one.key === key);
  return service?.job?.timeoutMs ?? longestUnknownMs;
}

/** Whether the command of a job runs, and is within its time. What follows it ends it no earlier. */
async function isAtWork(
  { id, appName, serverId }: Removal,
  seen: RolloutObservation,
  limitMs: number,
  { platform, rollouts }: Deps,
): Promise<boolean> {
  if ((swarmOn(seen, serverId)?.get(appName)?.running ?? 0) === 0) return false;
  if (rollouts.active().some(({ request }) => request.serviceId === id)) return true;
  const task = await platform.lastTask(appName);
  return task?.state === "running" && task.ageMs <= limitMs;
}

/** Why a service is not removed now; null when nothing of it is under way. Ends the following of its deployment. */
export async function underWay(
  stack: string,
  removal: Removal,
  loaded: Loaded,
  deps: Deps,
): Promise<string | null> {
  const { platform, rollouts } = deps;
  const { id, kind, name, service } = removal;
  const ref = { id, kind };
  if (isJobKey(service)) {
    const seen = await platform.observeRollouts([ref]);
    if (await isAtWork(removal, seen, limitOf(stack, removal, loaded), deps)) {
      return `${name}: its command is running; it is removed after that`;
    }
  }
  const deploys = `${name} is being deployed; it is removed after that`;
  await rollouts.halt(id);
  if (rollouts.mayLandForMs(id) > 0) return deploys;
  const { queue, rows } = await platform.observeRollouts([ref]);
  const isDeploying =
    queue.some((job) => job.serviceId === id) ||
    (rows.get(id) ?? []).some((row) => row.status === "running");
  return isDeploying ? deploys : null;
}
