// One service as a node of its stack's tree: one of the stack's own, one that somebody else made in its project, or one
// that is still missing. Pure.
import type { DesiredService } from "../../model/desired.ts";
import { replicasOf, runningOf, runsInParts, runsOf } from "../../model/kinds/table.ts";
import { swarmOn } from "../../model/observed.ts";
import type { ObservedSnapshot, ServiceKind, SwarmService } from "../../model/observed.ts";
import { digestText, sameWant } from "../../model/marker.ts";
import { isJobKey } from "../../model/rollout-job.ts";
import type { ServicePlace } from "../../plan/ownership.ts";
import { serverName } from "../../plan/servers.ts";
import { oneLineOf, serviceTitle } from "../../plan/render/words.ts";
import { childNodes } from "./child-nodes.ts";
import { jobHealth, serviceHealth } from "./node-health.ts";
import type { Seen } from "./node-health.ts";
import type { PendingChanges } from "./pending-changes.ts";
import { blank } from "./stack-node.ts";
import type { DokployPlace, NodeKind, StackNode } from "./stack-node.ts";

/** A service of a project, and the page that shows it. */
export type ShownPlace = ServicePlace & { readonly page: DokployPlace };

function replicasText({ running, wanted, parts }: SwarmService): string {
  return `${running} of ${wanted} ${parts === undefined ? "replicas" : "containers"}`;
}

function nodeKind(kind: ServiceKind, key: string): NodeKind {
  if (isJobKey(key)) return "job";
  return kind === "application" || kind === "compose" ? kind : "database";
}

type SeenOnServers = Seen & { readonly servers?: ObservedSnapshot["servers"] };

/** A job before a rollout: nothing of it is meant to run, so that its end is told and no replicas. */
function jobNode(
  { service, marker, page }: ShownPlace,
  asked: DesiredService | null,
  seen: SeenOnServers,
  changes: PendingChanges,
): StackNode {
  const key = marker?.key ?? "";
  const want = marker?.want ?? null;
  const hasEnded = want !== null && sameWant(want, marker?.done ?? null);
  const health = jobHealth(service, hasEnded, seen);
  const ends = { healthy: "ended well", progressing: "is run", degraded: "failed" } as const;
  const end = health in ends ? ends[health as keyof typeof ends] : "has not run yet";
  const where = service.serverId === null ? "" : `on ${serverName(service.serverId, seen.servers)}`;
  const parts = [asked === null ? "" : runsOf(asked), end, where];
  return {
    id: key,
    kind: "job",
    name: serviceTitle(key),
    detail: oneLineOf(parts.filter((part) => part !== "").join(", ")),
    health,
    drift: changes.drifted(key),
    change: changes.of(key),
    place: page,
    address: null,
    children: childNodes(key, asked, changes),
  };
}

/** `asked`: null for one that left its manifest. */
export function ownNode(
  shown: ShownPlace,
  asked: DesiredService | null,
  seen: SeenOnServers,
  changes: PendingChanges,
): StackNode {
  const { service, marker, page } = shown;
  const key = marker?.key ?? "";
  if (isJobKey(key)) return jobNode(shown, asked, seen, changes);
  const swarm = swarmOn(seen, service.serverId);
  const found = swarm?.get(service.appName);
  const live = asked === null || swarm === null ? found : runningOf(asked, swarm, service.appName);
  const replicas = asked === null ? null : replicasOf(asked);
  const named = asked === null ? "" : runsOf(asked);
  // Dokploy chooses the image of some databases.
  const image = named === "" ? (live?.image ?? "") : named;
  const { commit, digest } = marker ?? {};
  const isWhich = commit ?? (digest === undefined ? undefined : digestText(digest));
  const which = isWhich === undefined ? "" : ` (${isWhich})`;
  const where = service.serverId === null ? "" : `on ${serverName(service.serverId, seen.servers)}`;
  const parts = [`${image}${which}`, live === undefined ? "" : replicasText(live), where];
  return {
    id: key,
    kind: nodeKind(service.kind, key),
    name: serviceTitle(key),
    detail: oneLineOf(parts.filter((part) => part !== "").join(", ")),
    health: serviceHealth(service, { replicas, isOwed: marker?.done === null, live }, seen),
    drift: changes.drifted(key),
    change: changes.of(key),
    place: page,
    address: null,
    children: childNodes(key, asked, changes),
  };
}

export function unmanagedNode({ service, page }: ShownPlace, seen: Seen): StackNode {
  // Other people's parts are looked at once: how they are now is not known.
  const live = runsInParts(service.kind)
    ? undefined
    : swarmOn(seen, service.serverId)?.get(service.appName);
  return {
    ...blank,
    id: `unmanaged/${service.id}`,
    kind: "unmanaged",
    name: oneLineOf(service.name),
    detail: [service.kind, ...(live === undefined ? [] : [replicasText(live)])].join(", "),
    health: serviceHealth(service, { replicas: null, isOwed: live === undefined, live }, seen),
    place: page,
  };
}

/** What the project lacks so far. */
export function missingNode(service: DesiredService, changes: PendingChanges): StackNode {
  return {
    ...blank,
    id: service.key,
    kind: nodeKind(service.kind, service.key),
    name: serviceTitle(service.key),
    detail: oneLineOf(
      [runsOf(service), service.server === undefined ? "" : `on ${service.server}`]
        .filter((part) => part !== "")
        .join(", "),
    ),
    health: "none",
    change: changes.of(service.key),
    children: childNodes(service.key, service, changes),
  };
}
