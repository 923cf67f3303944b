// How many addresses of dokploy-network are taken. It is a /24, and docker says nothing when it is used up: the next
// tasks stay `new` forever, and go on within seconds once something is removed (facts.md). Pure.
import { replicasOf, runsInParts } from "../model/kinds/table.ts";
import { swarmOn } from "../model/observed.ts";
import type { ObservedSnapshot, Running, SwarmService } from "../model/observed.ts";
import type { Note, Plan } from "../model/plan.ts";
import { serverTitle } from "./servers.ts";

export type Swarm = ReadonlyMap<string, SwarmService>;

/** 256, less those of the network itself and of broadcasts, the gateway's and the load balancer's. */
export const addressesOfNetwork = 252;
/** Dokploy, its database and its queue, with an address and a task each, and Traefik: no list shows them. */
const dokploysOwn = 7;

/** A list is asked once for each stack that is planned by it. */
const counted = new WeakMap<Swarm, number>();

/**
 * Each service has one, and so has each of its tasks; that some of them have no virtual one, no list tells. The list must
 * not change after the first call.
 */
export function addressesTaken(swarm: Swarm): number {
  const known = counted.get(swarm);
  if (known !== undefined) return known;
  let taken = dokploysOwn;
  for (const { running, wanted, parts } of swarm.values()) {
    // What stands for its parts is none of them.
    if (parts === undefined) taken += 1 + Math.max(running, wanted);
  }
  counted.set(swarm, taken);
  return taken;
}

/** `126 services and their tasks need about 259, it has 252` */
export function takenText(swarm: Swarm): string {
  const needed = addressesTaken(swarm);
  return `${swarm.size} services and their tasks need about ${needed}, it has ${addressesOfNetwork}`;
}

/** How many more addresses a plan takes on one server. */
function added({ actions }: Pick<Plan, "actions">, swarm: Swarm, serverId: string | null): number {
  let more = 0;
  for (const action of actions) {
    if (action.type === "create-service") {
      // Most parts are on a network of their own.
      if (action.serverId !== serverId || runsInParts(action.kind)) continue;
      if (action.desired.job !== undefined) continue;
      more += 1 + (replicasOf(action.desired) ?? 1);
    } else if (action.type === "configure-service" && action.observed !== null) {
      // A job has an address only while it runs.
      if (action.desired.job !== undefined) continue;
      const live = swarm.get(action.observed.appName);
      if (live === undefined || live.parts !== undefined) continue;
      more += (replicasOf(action.desired) ?? live.wanted) - live.wanted;
    }
  }
  return more;
}

/**
 * Warns in each plan that takes addresses, when all of them together take more than there are. Each server has a network
 * of its own.
 */
export function withAddressNotes(
  plans: readonly Plan[],
  seen: Running & { readonly servers?: ObservedSnapshot["servers"] | undefined },
): readonly Plan[] {
  const servers: readonly (string | null)[] = [null, ...(seen.remote?.keys() ?? [])];
  return servers.reduce<readonly Plan[]>((told, serverId) => {
    const swarm = swarmOn(seen, serverId);
    return swarm === null ? told : withNotesOf(told, swarm, serverId, seen.servers);
  }, plans);
}

function withNotesOf(
  plans: readonly Plan[],
  swarm: Swarm,
  serverId: string | null,
  servers: ObservedSnapshot["servers"],
): readonly Plan[] {
  const more = plans.map((plan) => added(plan, swarm, serverId));
  const all = addressesTaken(swarm) + more.reduce((sum, one) => sum + Math.max(0, one), 0);
  if (all <= addressesOfNetwork) return plans;
  const where = serverId === null ? "" : ` of ${serverTitle(serverId, servers)}`;
  const message = `dokploy-network${where} has about ${addressesOfNetwork} addresses, and ${all} would be needed: what does not get one never starts, without an error; remove services or give the network a larger subnet`;
  return plans.map((plan, index) => {
    if ((more[index] ?? 0) <= 0) return plan;
    const note: Note = { kind: "addresses", message, serverId };
    const others = plan.notes.filter(
      (one) => one.kind !== "addresses" || one.serverId !== serverId,
    );
    return { ...plan, notes: [...others, note] };
  });
}
