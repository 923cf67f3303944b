// Looks at what runs that are newer than the list: rollouts take them every few seconds, a list is older. Of each server
// the newest look counts, and only where it is newer than what it is laid over.
import type { Running, Swarm } from "../../model/observed.ts";

export interface SwarmLooks {
  /** A look, as far as it could be had. */
  record(running: Running, takenAtMs: number): void;
  /** What runs, with newer looks in place of what was seen. */
  over<T extends Running & { readonly takenAtMs: number }>(seen: T): T;
}

/** A look at one swarm alone. */
interface SwarmLook {
  readonly map: Swarm;
  readonly takenAtMs: number;
}

export function createSwarmLooks(): SwarmLooks {
  /** By server; null is Dokploy's own host. */
  const looks = new Map<string | null, SwarmLook>();
  return {
    record({ swarm, remote }, takenAtMs) {
      const seen: (readonly [string | null, Swarm])[] = [...(remote ?? [])];
      if (swarm !== null) seen.push([null, swarm]);
      for (const [serverId, map] of seen) {
        if ((looks.get(serverId)?.takenAtMs ?? -Infinity) > takenAtMs) continue;
        looks.set(serverId, { map, takenAtMs });
      }
    },
    over(seen) {
      const newer = [...looks].filter(([, { takenAtMs }]) => takenAtMs > seen.takenAtMs);
      if (newer.length === 0) return seen;
      const remote = new Map(seen.remote);
      for (const [serverId, { map }] of newer) if (serverId !== null) remote.set(serverId, map);
      const own = newer.find(([serverId]) => serverId === null)?.[1].map;
      return { ...seen, swarm: own ?? seen.swarm, remote };
    },
  };
}
