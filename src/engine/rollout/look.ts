// One look at all rollouts: one batch of reads, one more for those about which it leaves a doubt, a step of each, and
// deploy requests as far as there is room (W7).
import { swarmOn } from "../../model/observed.ts";
import type { Platform, RolloutObservation, TaskState } from "../../ports.ts";
import type { DeployRequests } from "./deploy-requests.ts";
import type { Deploy } from "./deploys.ts";
import type { Followed } from "./followed.ts";
import { nextToInspect } from "./inspection.ts";
import type { Room } from "./inspection.ts";
import { lookInto } from "./look-into.ts";
import { inQueue, inView, isDirect, keepRows, refOf, viewOf } from "./rollout-item.ts";
import type { Inspected, Item } from "./rollout-item.ts";
import type { Step } from "./steps.ts";

export interface LookParts {
  readonly platform: Pick<Platform, "observeRollouts" | "liveServices" | "tasks" | "lastTask">;
  readonly followed: Followed;
  readonly requests: Pick<DeployRequests, "hasRoomForDirect" | "isUnderWay">;
  readonly step: Step;
  readonly deploy: Deploy;
  /** Called with what was seen, before anything is done about it. */
  readonly looked: (observation: RolloutObservation) => void;
  /** Aborted when nothing is followed any more. */
  readonly ending: AbortSignal;
}

/** W7: this many deploys of ours wait or run in Dokploy's queue at most. */
const mostInQueue = 4;

/** What the steps of one look asked for. */
interface Asked {
  readonly observation: RolloutObservation;
  readonly issues: Item[];
  readonly inspect: Inspected[];
}

/** Throws what the platform throws when the server cannot be looked at. */
export function createLook(parts: LookParts): () => Promise<void> {
  const { platform, followed, requests, step, deploy, ending } = parts;

  /** Whether anything may be done about it by what was seen. */
  function isDue(item: Item, { takenAtMs }: RolloutObservation): boolean {
    return !ending.aborted && followed.isCurrent(item) && item.quietUntilMs <= takenAtMs;
  }

  async function tasksOf(item: Item): Promise<readonly TaskState[]> {
    try {
      const { appName, desired } = item.request;
      if (desired.job === undefined) return await platform.tasks(appName);
      const last = await platform.lastTask(appName);
      return last === null ? [] : [last];
    } catch (error) {
      followed.trouble(item, "looking at its tasks", error);
      return [];
    }
  }

  function reportWaiting(item: Item): void {
    if (isDirect(item)) return;
    const message = "waiting for room in Dokploy's queue";
    followed.report(item, { ...item.state, phase: "waiting", message });
  }

  async function observe(looked: readonly Item[]): Promise<RolloutObservation> {
    const asked = looked.filter(({ rows }) => rows === null);
    const refs = (items: readonly Item[]) => items.map(({ request }) => refOf(request));
    const observation = await platform.observeRollouts(refs(asked), refs(looked));
    keepRows(looked, observation);
    parts.looked(observation);
    return observation;
  }

  async function stepAll(looked: readonly Item[], observation: RolloutObservation): Promise<Asked> {
    const asked: Asked = { observation, issues: [], inspect: [] };
    for (const item of looked) {
      if (!isDue(item, observation)) continue;
      const need = await step(item, viewOf(item, observation, null, null));
      const { appName, serverId = null } = item.request;
      const service = swarmOn(observation, serverId)?.get(appName);
      if (need === "issue") asked.issues.push(item);
      if (need === "inspect" && service !== undefined) asked.inspect.push({ item, service });
    }
    return asked;
  }

  /** Looks into those in doubt; `room` is what is left of it when all that asked so far have theirs. */
  async function inspectNext({ observation, issues, inspect }: Asked, room: Room): Promise<void> {
    const { now, later } = nextToInspect(inspect, room);
    await lookInto(now, {
      platform,
      tasksOf,
      async judge(item, live, tasks) {
        if (!isDue(item, observation)) return false;
        item.inspectedAtMs = observation.takenAtMs;
        const need = await step(item, viewOf(item, observation, live, tasks));
        if (need === "issue") issues.push(item);
        return need === "inspect";
      },
    });
    for (const { item } of later) reportWaiting(item);
  }

  async function deployAll({ observation, issues }: Asked, queueRoom: number): Promise<void> {
    let room = queueRoom;
    for (const item of issues) {
      if (!isDue(item, observation) || requests.isUnderWay(item.request.serviceId)) continue;
      if (isDirect(item)) {
        if (requests.hasRoomForDirect()) await deploy(item, observation);
      } else if (room <= 0) {
        reportWaiting(item);
      } else {
        room -= 1;
        await deploy(item, observation);
      }
    }
  }

  return async () => {
    const looked = inView(followed.all());
    const observation = await observe(looked);
    const asked = await stepAll(looked, observation);
    const room = mostInQueue - inQueue(looked, observation);
    const queued = asked.issues.filter((item) => !isDirect(item)).length;
    await inspectNext(asked, { queue: room - queued, direct: requests.hasRoomForDirect() });
    await deployAll(asked, room);
  };
}
