// A stack's resources as a tree: project, environments, services, and what belongs to each, with health
// and what is about to change. Pure: made of what Git asks for, the last list of the server and the last
// run's plan. What a service has beyond its manifest is read only when it drifts, so it is not shown here.
import type { DesiredService, DesiredStack } from "../../model/desired.ts";
import { ownedStack } from "../../model/marker.ts";
import type {
  ObservedEnvironment,
  ObservedProject,
  ObservedService,
  ServiceKind,
  SwarmService,
} from "../../model/observed.ts";
import { childrenOf } from "../../model/children.ts";
import type { Child, ChildKind } from "../../model/children.ts";
import type { StackStatus } from "../../model/status.ts";
import { servicesOf } from "../../plan/ownership.ts";
import type { ServicePlace } from "../../plan/ownership.ts";
import { childName, oneLineOf, serviceTitle } from "../../plan/render/words.ts";
import type { Orphan } from "../removal/orphans.ts";
import type { Timeline } from "../rollout/rollout-timeline.ts";
import { childId, pendingChanges } from "./pending-changes.ts";
import type { NodeChange, PendingChanges } from "./pending-changes.ts";

export type NodeHealth = "healthy" | "progressing" | "degraded" | "stopped" | "unknown" | "none";

export type NodeKind =
  | "project"
  | "environment"
  | "application"
  | "database"
  | "compose"
  | ChildKind
  | "unmanaged"
  | "orphan";

/** Which page of Dokploy shows a resource. */
export interface DokployPlace {
  readonly projectId: string;
  readonly environmentId: string;
  readonly service: { readonly kind: ServiceKind; readonly id: string } | null;
}

export interface StackNode {
  /** Unique in its tree, and stable: `app/web`, `app/web/domain/shop.example.com`. */
  readonly id: string;
  readonly kind: NodeKind;
  readonly name: string;
  /** One line: image, target, `2 of 2 replicas`. */
  readonly detail: string;
  readonly health: NodeHealth;
  /** Whether it differs from Git as of the last run. */
  readonly drift: boolean;
  /** What the last run left to do; null: nothing. */
  readonly change: NodeChange | null;
  readonly place: DokployPlace | null;
  /** Of a domain. */
  readonly address: string | null;
  readonly children: readonly StackNode[];
}

/** What an engine tells of one stack beyond its status. */
export interface StackFacts {
  /** As of the last list and the last run; null when neither Git nor the server has anything of it. */
  tree(stack: string): StackNode | null;
  /** The commit that brought the newest change of it, or, since a start, the first one that was read. */
  changedIn(stack: string): string | null;
  /** The commit at which all of it was last seen healthy. */
  healthyAt(stack: string): string | null;
  /** Its rollouts, the newest first, those of earlier processes too, as far as they are remembered. */
  timelines(stack: string): readonly Timeline[];
}

export interface TreeInput {
  readonly stack: string;
  readonly instance: string;
  /** Null: not in Git, or its manifest is broken. */
  readonly desired: DesiredStack | null;
  /** The projects that are the stack's, as listed; one, but for rare moments. */
  readonly projects: readonly ObservedProject[];
  readonly swarm: ReadonlyMap<string, SwarmService> | null;
  readonly status: StackStatus | null;
  /** Ids of applications whose rollout goes on. */
  readonly rolling: ReadonlySet<string>;
  /** Ids of applications whose last rollout was given up. */
  readonly failed: ReadonlySet<string>;
  /** Those that are known to be of this stack. */
  readonly orphans: readonly Orphan[];
}

const blank = { detail: "", drift: false, change: null, place: null, address: null, children: [] };

/** The worst first: a node is as well as the worst below it. */
const byConcern: readonly NodeHealth[] = [
  "degraded",
  "progressing",
  "unknown",
  "healthy",
  "stopped",
];

function worst(nodes: readonly StackNode[]): NodeHealth {
  return byConcern.find((health) => nodes.some((node) => node.health === health)) ?? "none";
}

function childDetail({ kind, spec }: Child): string {
  switch (kind) {
    case "domain":
      return `port ${spec.port}${spec.https ? `, certificate ${spec.certificate}` : ", http"}`;
    case "mount":
      if (spec.type === "volume") return `volume ${spec.volume}`;
      return spec.type === "bind" ? `bind ${spec.source}` : "file";
    case "port":
      return `to ${spec.target}, ${spec.mode}`;
    case "redirect":
      return `${spec.permanent ? "permanently " : ""}to ${spec.replacement}`;
    case "basicAuth":
      return "";
  }
}

function addressOf({ kind, spec }: Child): string | null {
  if (kind !== "domain") return null;
  return `${spec.https ? "https" : "http"}://${spec.host}${spec.path === "/" ? "" : spec.path}`;
}

function rank({ kind }: Child): number {
  return kind === "domain" ? 0 : 1;
}

function childNodes(
  service: string,
  desired: DesiredService | null,
  changes: PendingChanges,
): readonly StackNode[] {
  const all = desired === null ? [] : childrenOf(desired.spec);
  // What people reach comes first.
  const wanted = [...all].sort((a, b) => rank(a) - rank(b));
  const known = new Map(wanted.map((child) => [childId(service, child), child]));
  for (const child of changes.childrenOf(service)) {
    const id = childId(service, child);
    if (!known.has(id)) known.set(id, child);
  }
  return [...known].map(([id, child]) => ({
    ...blank,
    id,
    kind: child.kind,
    name: oneLineOf(childName(child)),
    detail: oneLineOf(childDetail(child)),
    health: "none",
    drift: changes.drifted(id),
    change: changes.of(id),
    address: addressOf(child),
  }));
}

function replicasText({ running, wanted }: Pick<SwarmService, "running" | "wanted">): string {
  return `${running} of ${wanted} replicas`;
}

function nodeKind(kind: ServiceKind): NodeKind {
  return kind === "application" || kind === "compose" ? kind : "database";
}

export function stackTree(input: TreeInput): StackNode | null {
  const { stack, instance, desired, swarm, status } = input;
  const changes = pendingChanges(status);
  const wanted = new Map(desired?.services.map((service) => [service.key, service]));

  function healthOf(
    service: ObservedService,
    replicas: number | null,
    isOwed: boolean,
  ): NodeHealth {
    if (input.rolling.has(service.id)) return "progressing";
    if (input.failed.has(service.id)) return "degraded";
    // The swarm's list lacks these two however well they are.
    if (service.kind === "compose" || service.appName.startsWith("dokploy-")) return "unknown";
    if (swarm === null) return "unknown";
    const live = swarm.get(service.appName);
    if (live === undefined) return replicas === 0 ? "stopped" : isOwed ? "none" : "degraded";
    const count = replicas ?? live.wanted;
    if (live.running !== count) return "degraded";
    return count === 0 ? "stopped" : "healthy";
  }

  function placeOf(
    { projectId }: ObservedProject,
    { environmentId }: ObservedEnvironment,
    service: ObservedService | null,
  ): DokployPlace {
    const page = service === null ? null : { kind: service.kind, id: service.id };
    return { projectId, environmentId, service: page };
  }

  function ownNode(project: ObservedProject, { service, environment, marker }: ServicePlace) {
    const key = marker?.key ?? "";
    const asked = wanted.get(key) ?? null;
    const live = swarm?.get(service.appName);
    const replicas =
      asked === null || asked.ignore.includes("replicas") ? null : asked.spec.replicas;
    const image = asked?.spec.image ?? live?.image ?? "";
    const parts = [image, live === undefined ? "" : replicasText(live)];
    return {
      id: key,
      kind: nodeKind(service.kind),
      name: serviceTitle(key),
      detail: oneLineOf(parts.filter((part) => part !== "").join(", ")),
      health: healthOf(service, replicas, marker?.done === null),
      drift: changes.drifted(key),
      change: changes.of(key),
      place: placeOf(project, environment, service),
      address: null,
      children: childNodes(key, asked, changes),
    } satisfies StackNode;
  }

  function unmanagedNode(project: ObservedProject, place: ServicePlace): StackNode {
    const { service, environment } = place;
    const live = swarm?.get(service.appName);
    return {
      ...blank,
      id: `unmanaged/${service.id}`,
      kind: "unmanaged",
      name: oneLineOf(service.name),
      detail: [service.kind, ...(live === undefined ? [] : [replicasText(live)])].join(", "),
      health: healthOf(service, null, live === undefined),
      place: placeOf(project, environment, service),
    };
  }

  /** What the project lacks so far. */
  function missingNode(service: DesiredService): StackNode {
    return {
      ...blank,
      id: service.key,
      kind: nodeKind(service.kind),
      name: serviceTitle(service.key),
      detail: oneLineOf(service.spec.image),
      health: "none",
      change: changes.of(service.key),
      children: childNodes(service.key, service, changes),
    };
  }

  function environmentNode(
    name: string,
    place: DokployPlace | null,
    children: readonly StackNode[],
  ): StackNode {
    const id = `environment/${name}`;
    const health = worst(children);
    const change = changes.of(id);
    return {
      ...blank,
      id,
      kind: "environment",
      name: oneLineOf(name),
      health,
      change,
      place,
      children,
    };
  }

  function environmentsOf(project: ObservedProject | null): readonly StackNode[] {
    const places = project === null ? [] : servicesOf(project);
    const isOwn = ({ marker }: ServicePlace): boolean =>
      marker !== null && ownedStack(instance, marker) === stack;
    const there = new Set(places.filter(isOwn).map(({ marker }) => marker?.key));
    const names = new Set([
      ...(desired?.environments ?? []),
      ...(project?.environments ?? []).map(({ name }) => name),
    ]);
    return [...names].flatMap((name) => {
      const environment = project?.environments.find((one) => one.name === name) ?? null;
      const found = places.filter((place) => place.environment.name === name);
      const children =
        project === null
          ? []
          : found.map((place) =>
              isOwn(place) ? ownNode(project, place) : unmanagedNode(project, place),
            );
      const missing = [...wanted.values()].filter(
        (service) => service.environment === name && !there.has(service.key),
      );
      const all = [...children, ...missing.map(missingNode)];
      // Dokploy makes a default environment in every project: an empty one is nobody's.
      if (all.length === 0 && desired?.environments.includes(name) !== true) return [];
      const place =
        project === null || environment === null ? null : placeOf(project, environment, null);
      return [environmentNode(name, place, all)];
    });
  }

  const orphans = input.orphans.map(({ appName, image, command }): StackNode => ({
    ...blank,
    id: `orphan/${appName}`,
    kind: "orphan",
    name: oneLineOf(appName),
    detail: oneLineOf(`${image}; remove it with ${command}`),
    health: "unknown",
  }));

  const [project = null, ...more] = input.projects;
  if (project === null && desired === null && orphans.length === 0) return null;
  const children = [project, ...more].flatMap(environmentsOf);
  const isUnwell = status?.conditions.some(
    ({ type, status: said }) => type === "Healthy" && said === "False",
  );
  const first =
    project?.environments.find(({ isDefault }) => isDefault) ?? project?.environments[0];
  return {
    ...blank,
    id: "project",
    kind: "project",
    name: oneLineOf(project?.name ?? desired?.project ?? stack),
    detail: oneLineOf(desired?.description ?? ""),
    health: isUnwell === true ? "degraded" : worst(children),
    drift: changes.drifted("project"),
    change: changes.of("project"),
    place: project === null || first === undefined ? null : placeOf(project, first, null),
    children: [...children, ...orphans],
  };
}
