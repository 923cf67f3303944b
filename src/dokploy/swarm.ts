// What runs on the swarm, as Dokploy's lists show it, and when they are believed.
import type { Swarm, SwarmService } from "../model/observed.ts";
import { nodeApps, nodes } from "./answers.ts";
import type { Call } from "./calls.ts";
import type { Client } from "./client.ts";
import type { Reading } from "./reading.ts";

const swarmTimeoutMs = 60_000;

/** The input that names the docker that is asked; null: that of Dokploy's own host. */
export function onServer(serverId: string | null): { readonly serverId?: string } {
  return serverId === null ? {} : { serverId };
}

export function swarmCalls(serverId: string | null): readonly Call[] {
  const input = onServer(serverId);
  return [
    { procedure: "swarm.getNodeApps", input },
    { procedure: "swarm.getNodes", input },
  ];
}

/** What runs, by appName; null unless a node proves that the swarm was asked at all. */
export function readSwarm(
  apps: Reading<unknown> | undefined,
  nodeList: Reading<unknown> | undefined,
): Swarm | null {
  if (apps?.ok !== true || nodeList?.ok !== true) return null;
  const found = nodeApps.safeParse(apps.value);
  const shown = nodes.safeParse(nodeList.value);
  if (!found.success || !shown.success || shown.data.length === 0) return null;
  const services = new Map<string, SwarmService>();
  for (const { ID, Name, Image, Replicas } of found.data) {
    // `1/1`, `1/1 (max 2 per node)`; of anything else the swarm's list as a whole is not understood.
    const counts = /^(\d+)\/(\d+)/.exec(Replicas);
    if (counts === null) return null;
    services.set(Name, {
      id: ID,
      appName: Name,
      image: Image,
      running: Number(counts[1]),
      wanted: Number(counts[2]),
    });
  }
  return services;
}

/**
 * Dokploy answers an empty list on any error of docker, and nodes a moment later when docker is back: where
 * something may run, nothing is believed only when it is said twice. Deployments that failed do not tell that
 * nothing runs: what ran before them still does.
 */
export async function confirmSwarm(
  client: Pick<Client, "readAll">,
  swarm: Swarm | null,
  serverId: string | null = null,
): Promise<Swarm | null> {
  if (swarm === null || swarm.size > 0) return swarm;
  const [apps, nodeList] = await client.readAll(swarmCalls(serverId), swarmTimeoutMs);
  return readSwarm(apps, nodeList);
}
