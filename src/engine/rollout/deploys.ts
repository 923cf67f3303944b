// Has a rollout deployed: sends the request, and takes what its answer says.
import type { Clock } from "../../lib/clock.ts";
import type { RolloutObservation } from "../../ports.ts";
import type { DeployAnswer, DeployRequests } from "./deploy-requests.ts";
import type { Followed } from "./followed.ts";
import { deploying, isDirect, rowsOf } from "./rollout-item.ts";
import type { Item, RolloutRequest } from "./rollout-item.ts";

/** Sends the deploy request of a rollout; what goes through Dokploy's queue is answered when this resolves. */
export type Deploy = (item: Item, observation: RolloutObservation) => Promise<void>;

export interface DeploysOptions {
  readonly clock: Clock;
  /** Whether a deploy may be requested for a stack at this moment (H6). */
  readonly mayDeploy: (stack: string) => boolean;
  /** Called when a rollout is no longer followed because its deploy may not be requested now. */
  readonly released: (request: RolloutRequest) => void;
}

export function createDeploys(
  { clock, mayDeploy, released }: DeploysOptions,
  followed: Followed,
  requests: Pick<DeployRequests, "send">,
): Deploy {
  async function answered(item: Item, answer: DeployAnswer): Promise<void> {
    item.state = { ...item.state, deployingSinceMs: null };
    if (!followed.isCurrent(item)) return;
    switch (answer.kind) {
      case "accepted": {
        item.troubles = 0;
        const requested = { phase: "requested", message: "deployment requested" } as const;
        followed.report(item, { ...item.state, ...requested, issuedAtMs: clock.now() });
        return;
      }
      case "unknown":
        return;
      case "failed": {
        const { again, reason } = answer;
        const failed = { kind: "failed", again, reason, toldBy: "nothing" } as const;
        await followed.fail(item, { ...failed, deploymentId: null, platform: null }, []);
        return;
      }
      case "trouble":
        followed.trouble(item, "its deploy request", answer.error);
        return;
    }
  }

  return async (item, observation) => {
    const { stack, serviceId } = item.request;
    if (!mayDeploy(stack)) {
      // It is owed as long as the marker says so: whoever may deploy again finds it there.
      followed.drop(serviceId);
      released(item.request);
      return;
    }
    const rowsBefore = rowsOf(item, observation).map(({ deploymentId }) => deploymentId);
    const answer = requests.send(item.request, { atMs: observation.takenAtMs, rowsBefore });
    if (answer === null) return;
    item.state = { ...item.state, rowsBefore };
    item.head ??= item.request.head ?? null;
    const ended = answer
      .then((said) => answered(item, said))
      // Of a direct one nobody waits for the end: what fails there must not end the process (Q7).
      .catch((error: unknown) => {
        followed.trouble(item, "its deploy request", error);
      });
    if (isDirect(item)) followed.report(item, deploying(item.state, clock.now()));
    else await ended;
  };
}
