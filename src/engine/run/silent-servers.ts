// What a run leaves alone because it concerns a server that does not answer: whether that still runs what Dokploy
// forgets, or would run what it is told, nobody knows. The rest of the stack, and all others, go on.
import type { DesiredStack } from "../../model/desired.ts";
import { swarmOn } from "../../model/observed.ts";
import type { Action, Plan } from "../../model/plan.ts";
import type { Waiting } from "../../model/status.ts";
import { servicesOf } from "../../plan/ownership.ts";
import { serverTitle } from "../../plan/servers.ts";
import { serviceOf } from "../execution/obstacles.ts";
import type { View } from "../state/world.ts";

export interface Reachable {
  /** The actions that may be carried out now. */
  readonly actions: readonly Action[];
  /** How a run ends that left some out; null when it left none. */
  readonly waits: Waiting | null;
}

function waiting(whats: readonly string[]): Waiting {
  const message = [...new Set(whats)].sort().join("; ");
  return { kind: "waiting", reason: "server", message, afterMs: null };
}

/** What does not answer of that on which a stack's services stand: `the swarm`; null when all does. */
export function blindFor({ name }: Pick<DesiredStack, "name">, view: View): string | null {
  const places = (view.ownership.owned.get(name) ?? []).flatMap(servicesOf);
  if (places.length === 0) return view.swarm === null ? "the swarm" : null;
  const silent = places.find(({ service }) => swarmOn(view, service.serverId) === null);
  if (silent === undefined) return null;
  const { serverId } = silent.service;
  return serverId === null ? "the swarm" : serverTitle(serverId, view.servers);
}

/** Of a stack that is in Git: services whose plan says that they wait. */
export function reachableActions({ silent }: Plan, actions: readonly Action[]): Reachable {
  if (silent === undefined) return { actions, waits: null };
  const isHeld = (action: Action): boolean => silent.has(serviceOf(action) ?? "");
  const held = actions.filter(isHeld);
  if (held.length === 0) return { actions, waits: null };
  const whats = held.map((action) => {
    const key = serviceOf(action) ?? "";
    return `${key} waits: ${silent.get(key) ?? ""}`;
  });
  return { actions: actions.filter((action) => !isHeld(action)), waits: waiting(whats) };
}

/** Of a stack that left Git: a service goes only where its absence can be verified, and a project not before it. */
export function reachableRemovals(actions: readonly Action[], view: View): Reachable {
  const whats = actions.flatMap((action) => {
    if (action.type !== "delete-service") return [];
    const { serverId, service } = action;
    if (serverId === null || swarmOn(view, serverId) !== null) return [];
    return [[service, `${serverTitle(serverId, view.servers)} does not answer`] as const];
  });
  if (whats.length === 0) return { actions, waits: null };
  const held = new Set(whats.map(([service]) => service));
  const isHeld = (action: Action): boolean =>
    action.type === "delete-service"
      ? held.has(action.service)
      : action.type === "delete-project" || action.type === "delete-environment";
  return {
    actions: actions.filter((action) => !isHeld(action)),
    waits: waiting(whats.map(([service, why]) => `${service} is not removed yet: ${why}`)),
  };
}
