// A stack's resources as a tree: project, environments, services, and what belongs to each, with health
// and what is about to change. Pure: made of what Git asks for, the last list of the server and the last
// run's plan. What a service has beyond its manifest is read only when it drifts, so it is not shown here.
import type { DesiredStack } from "../../model/desired.ts";
import { ownedStack } from "../../model/marker.ts";
import type { ObservedProject, ObservedSnapshot } from "../../model/observed.ts";
import type { StackStatus } from "../../model/status.ts";
import { servicesOf } from "../../plan/ownership.ts";
import { oneLineOf } from "../../plan/render/words.ts";
import type { Orphan } from "../removal/orphans.ts";
import { worst } from "./node-health.ts";
import type { Seen } from "./node-health.ts";
import { pendingChanges } from "./pending-changes.ts";
import type { PendingChanges } from "./pending-changes.ts";
import { missingNode, ownNode, unmanagedNode } from "./service-nodes.ts";
import type { ShownPlace } from "./service-nodes.ts";
import { blank, placeOf } from "./stack-node.ts";
import type { StackNode } from "./stack-node.ts";

export interface TreeInput extends Seen {
  readonly stack: string;
  readonly instance: string;
  /** Null: not in Git, or its manifest is broken. */
  readonly desired: DesiredStack | null;
  /** The projects that are the stack's, as listed; one, but for rare moments. */
  readonly projects: readonly ObservedProject[];
  readonly status: StackStatus | null;
  /** Dokploy's other servers, as far as their names are known. */
  readonly servers?: ObservedSnapshot["servers"];
  /** Those that are known to be of this stack. */
  readonly orphans: readonly Orphan[];
}

/** The services of one project and those that it lacks, by the name of their environment. */
function serviceNodes(
  project: ObservedProject | null,
  input: TreeInput,
  changes: PendingChanges,
): (environment: string) => readonly StackNode[] {
  const { stack, instance, desired } = input;
  const wanted = new Map(desired?.services.map((service) => [service.key, service]));
  const places: readonly ShownPlace[] =
    project === null
      ? []
      : servicesOf(project).map((place) => ({
          ...place,
          page: placeOf(project, place.environment, place.service),
        }));
  const isOwn = ({ marker }: ShownPlace): boolean =>
    marker !== null && ownedStack(instance, marker) === stack;
  const there = new Set(places.filter(isOwn).map(({ marker }) => marker?.key));
  const missing = [...wanted.values()].filter(({ key }) => !there.has(key));
  const nodeOf = (place: ShownPlace): StackNode =>
    isOwn(place)
      ? ownNode(place, wanted.get(place.marker?.key ?? "") ?? null, input, changes)
      : unmanagedNode(place, input);
  return (name) => [
    ...places.filter(({ environment }) => environment.name === name).map(nodeOf),
    ...missing
      .filter(({ environment }) => environment === name)
      .map((service) => missingNode(service, changes)),
  ];
}

function environmentNodes(
  project: ObservedProject | null,
  input: TreeInput,
  changes: PendingChanges,
): readonly StackNode[] {
  const wanted = input.desired?.environments ?? [];
  const observed = project?.environments ?? [];
  const servicesIn = serviceNodes(project, input, changes);
  return [...new Set([...wanted, ...observed.map(({ name }) => name)])].flatMap((name) => {
    const children = servicesIn(name);
    // Dokploy makes a default environment in every project: an empty one is nobody's.
    if (children.length === 0 && !wanted.includes(name)) return [];
    const environment = observed.find((one) => one.name === name);
    const id = `environment/${name}`;
    return {
      ...blank,
      id,
      kind: "environment" as const,
      name: oneLineOf(name),
      health: worst(children),
      change: changes.of(id),
      place:
        project === null || environment === undefined ? null : placeOf(project, environment, null),
      children,
    };
  });
}

function orphanNode({ appName, image, command }: Orphan): StackNode {
  return {
    ...blank,
    id: `orphan/${appName}`,
    kind: "orphan",
    name: oneLineOf(appName),
    detail: oneLineOf(`${image}; remove it with ${command}`),
    health: "unknown",
  };
}

/** Null when neither Git nor the server has anything of the stack. */
export function stackTree(input: TreeInput): StackNode | null {
  const { stack, desired, status } = input;
  const [project = null, ...more] = input.projects;
  const orphans = input.orphans.map(orphanNode);
  if (project === null && desired === null && orphans.length === 0) return null;
  const changes = pendingChanges(status);
  const children = [project, ...more].flatMap((one) => environmentNodes(one, input, changes));
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
