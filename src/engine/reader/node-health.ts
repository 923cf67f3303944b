// How well a resource of a stack's tree is, by what is known without asking the server. Pure.
import { runsInParts } from "../../model/kinds/table.ts";
import { swarmOn } from "../../model/observed.ts";
import type { ObservedService, Running, SwarmService } from "../../model/observed.ts";

export type NodeHealth = "healthy" | "progressing" | "degraded" | "stopped" | "unknown" | "none";

/** What is known of all that runs. */
export interface Seen extends Running {
  /** Ids of applications whose rollout goes on. */
  readonly rolling: ReadonlySet<string>;
  /** Ids of applications whose last rollout was given up. */
  readonly failed: ReadonlySet<string>;
}

/** The worst first: a node is as well as the worst below it. */
const byConcern: readonly NodeHealth[] = [
  "degraded",
  "progressing",
  "unknown",
  "healthy",
  "stopped",
];

export function worst(nodes: readonly { readonly health: NodeHealth }[]): NodeHealth {
  return byConcern.find((health) => nodes.some((node) => node.health === health)) ?? "none";
}

/** What a service is expected to be. */
export interface Expected {
  /** Null: as many as the service itself wants. */
  readonly replicas: number | null;
  /** Whether it was never rolled out: then nothing has to run. */
  readonly isOwed: boolean;
  /** What runs of it, as its kind counts; undefined: nothing does. */
  readonly live: SwarmService | undefined;
}

/** How well a job is, whose service runs only for as long as its command. `hasEnded`: well, as its marker says. */
export function jobHealth(
  { id }: Pick<ObservedService, "id">,
  hasEnded: boolean,
  { rolling, failed }: Pick<Seen, "rolling" | "failed">,
): NodeHealth {
  if (rolling.has(id)) return "progressing";
  if (failed.has(id)) return "degraded";
  return hasEnded ? "healthy" : "none";
}

export function serviceHealth(
  { id, kind, appName, serverId }: ObservedService,
  { replicas, isOwed, live }: Expected,
  { rolling, failed, ...running }: Seen,
): NodeHealth {
  if (rolling.has(id)) return "progressing";
  if (failed.has(id)) return "degraded";
  // The swarm's list lacks these however well they are.
  if (appName.startsWith("dokploy-")) return "unknown";
  if (swarmOn(running, serverId) === null) return "unknown";
  // Other people's parts are not looked at.
  if (runsInParts(kind) && live === undefined && replicas === null) return "unknown";
  if (live === undefined) return replicas === 0 ? "stopped" : isOwed ? "none" : "degraded";
  const count = replicas ?? live.wanted;
  if (live.running !== count) return "degraded";
  return count === 0 ? "stopped" : "healthy";
}
