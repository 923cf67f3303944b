// Whose is what: reads the markers of one snapshot and says which project and which services belong
// to a stack of this instance. Everything that is decided about "ours" and "not ours" is decided here.
import type { DesiredStack } from "../model/desired.ts";
import { isCopy, ownedStack, ownerName, parseMarker } from "../model/marker.ts";
import type { Marker } from "../model/marker.ts";
import type { ObservedEnvironment, ObservedProject, ObservedService } from "../model/observed.ts";
import { retainedConflict } from "./retained.ts";
import type { KeptFor } from "./retained.ts";

export const projectKey = "project";

export interface Ownership {
  readonly instance: string;
  /** By stack, oldest first: more than one only after a create whose answer was lost. */
  readonly owned: ReadonlyMap<string, readonly ObservedProject[]>;
  /** Projects that hold a stack's services without being its own: moved by hand, or a marker was lost. */
  readonly strayed: ReadonlyMap<string, readonly ObservedProject[]>;
  readonly byName: ReadonlyMap<string, readonly ObservedProject[]>;
  readonly byId: ReadonlyMap<string, ObservedProject>;
}

export interface ServicePlace {
  readonly service: ObservedService;
  readonly environment: ObservedEnvironment;
  /** Null when it carries none that counts. */
  readonly marker: Marker | null;
}

/** The stack of this instance that a project's marker names; copies and others' markers are nobody's. */
export function projectOwner(instance: string, project: ObservedProject): string | null {
  const marker = parseMarker(project.description);
  if (marker?.key !== projectKey || isCopy(marker, project.projectId)) return null;
  return ownedStack(instance, marker);
}

export function servicesOf(project: ObservedProject): readonly ServicePlace[] {
  return project.environments.flatMap((environment) =>
    environment.services.map((service) => {
      const marker = parseMarker(service.description);
      const counts = marker !== null && !isCopy(marker, service.id);
      return { service, environment, marker: counts ? marker : null };
    }),
  );
}

function older(a: ObservedProject, b: ObservedProject): number {
  const one = `${a.createdAt} ${a.projectId}`;
  const other = `${b.createdAt} ${b.projectId}`;
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Projects by some name, each list oldest first. */
function createGroups() {
  const groups = new Map<string, readonly ObservedProject[]>();
  return {
    groups,
    remove(name: string, projectId: string): void {
      const rest = (groups.get(name) ?? []).filter((project) => project.projectId !== projectId);
      if (rest.length === 0) groups.delete(name);
      else groups.set(name, rest);
    },
    add(name: string, project: ObservedProject): void {
      groups.set(name, [...(groups.get(name) ?? []), project].sort(older));
    },
  };
}

/** An index that follows single changes, so that one write among 10,000 projects costs one project. */
export interface OwnershipIndex extends Ownership {
  /** Adds a project, or replaces what was known under its id. */
  put(project: ObservedProject): void;
  remove(projectId: string): void;
}

export function indexOwnership(
  instance: string,
  projects: Iterable<ObservedProject>,
): OwnershipIndex {
  const owned = createGroups();
  const strayed = createGroups();
  const byName = createGroups();
  const byId = new Map<string, ObservedProject>();
  /** Where each project stands, to take it out again. */
  const places = new Map<string, readonly (() => void)[]>();

  function remove(projectId: string): void {
    for (const undo of places.get(projectId) ?? []) undo();
    places.delete(projectId);
    byId.delete(projectId);
  }
  function put(project: ObservedProject): void {
    const { projectId } = project;
    remove(projectId);
    const undo: (() => void)[] = [];
    const into = (groups: ReturnType<typeof createGroups>, name: string): void => {
      groups.add(name, project);
      undo.push(() => groups.remove(name, projectId));
    };
    byId.set(projectId, project);
    into(byName, project.name);
    const stack = projectOwner(instance, project);
    if (stack !== null) into(owned, stack);
    const guests = new Set<string>();
    for (const { marker } of servicesOf(project)) {
      const name = marker === null ? null : ownedStack(instance, marker);
      // Without an id it may be a copy of something that was never finished.
      if (name !== null && name !== stack && marker?.id !== null) guests.add(name);
    }
    for (const name of guests) into(strayed, name);
    places.set(projectId, undo);
  }
  for (const project of projects) put(project);
  return {
    instance,
    owned: owned.groups,
    strayed: strayed.groups,
    byName: byName.groups,
    byId,
    put,
    remove,
  };
}

export type ProjectResolution =
  | { readonly kind: "absent" }
  | {
      readonly kind: "owned";
      readonly project: ObservedProject;
      /** Younger projects of the same owner, made by a create whose answer was lost. */
      readonly younger: readonly ObservedProject[];
    }
  | { readonly kind: "moved"; readonly project: ObservedProject; readonly from: string }
  | { readonly kind: "adopted"; readonly project: ObservedProject }
  | { readonly kind: "conflict"; readonly message: string };

function describeOwner(instance: string, project: ObservedProject): string {
  const marker = parseMarker(project.description);
  if (marker === null) return "nobody that Capstan knows";
  if (isCopy(marker, project.projectId)) return "nobody: it is a copy made in Dokploy";
  const stack = ownedStack(instance, marker);
  return stack === null ? `another instance (${marker.owner})` : `the stack ${stack}`;
}

/** Whether a project carries nobody's marker: none, or a copy of one. */
function isUnclaimed(project: ObservedProject): boolean {
  const marker = parseMarker(project.description);
  return marker === null || isCopy(marker, project.projectId);
}

/** A project of this stack that has lost its marker: by the id it had, or by the services in it. */
function lostProject(
  stack: DesiredStack,
  ownership: Ownership,
  knownId: string | null,
): ObservedProject | undefined {
  const known = knownId === null ? undefined : ownership.byId.get(knownId);
  // Another stack may have taken it over since.
  if (known !== undefined && projectOwner(ownership.instance, known) === null) return known;
  return ownership.strayed.get(stack.name)?.find(isUnclaimed);
}

function adoptById(stack: DesiredStack, id: string, ownership: Ownership): ProjectResolution {
  const project = ownership.byId.get(id);
  if (project === undefined) {
    return { kind: "conflict", message: `adopt names the project ${id}, which does not exist` };
  }
  if (!isUnclaimed(project)) {
    const owner = describeOwner(ownership.instance, project);
    return {
      kind: "conflict",
      message: `the project "${project.name}" (${id}) belongs to ${owner}; stack ${stack.name} cannot adopt it`,
    };
  }
  return { kind: "adopted", project };
}

/**
 * Of several projects with one owner: the oldest whose marker is complete, else the oldest with anything in
 * it, else the oldest.
 */
export function projectInUse(mine: readonly ObservedProject[]): ObservedProject | null {
  const withId = mine.find((project) => parseMarker(project.description)?.id !== null);
  return withId ?? mine.find((project) => servicesOf(project).length > 0) ?? mine[0] ?? null;
}

/**
 * Which project a stack has. `knownId` is the id under which its project was last seen, so that a
 * marker lost by hand is never answered with a second project. `stillDesired` says whether a stack
 * of some name is in Git (a `previousName` counts only when the old name is gone). `keptFor` says which
 * manifest of a stack a kept project belongs to (O7).
 */
export function resolveProject(
  stack: DesiredStack,
  ownership: Ownership,
  knownId: string | null,
  stillDesired: (name: string) => boolean,
  keptFor: (name: string) => KeptFor | null = () => null,
): ProjectResolution {
  const mine = ownership.owned.get(stack.name) ?? [];
  const first = projectInUse(mine);
  const former =
    stack.previousName === null || stillDesired(stack.previousName)
      ? null
      : projectInUse(ownership.owned.get(stack.previousName) ?? []);
  if (first !== null && former !== null) {
    return {
      kind: "conflict",
      message: `the stack has the project "${first.name}" (${first.projectId}), and that of its previous name ${stack.previousName ?? ""}, "${former.name}" (${former.projectId}), is there too: take previousName out, and the latter is removed; or delete one of them in Dokploy`,
    };
  }
  if (first !== null) {
    const message = retainedConflict(stack, first, keptFor(stack.name));
    if (message !== null) return { kind: "conflict", message };
    return { kind: "owned", project: first, younger: mine.filter((project) => project !== first) };
  }
  if (stack.previousName !== null && former !== null) {
    const message = retainedConflict(stack, former, keptFor(stack.previousName));
    if (message !== null) return { kind: "conflict", message };
    return { kind: "moved", project: former, from: stack.previousName };
  }
  if (typeof stack.adopt === "string") return adoptById(stack, stack.adopt, ownership);

  const sameName = ownership.byName.get(stack.project) ?? [];
  if (stack.adopt) {
    const free = sameName.filter(isUnclaimed);
    const [only, ...others] = free;
    if (only !== undefined && others.length === 0) return { kind: "adopted", project: only };
    if (others.length > 0) {
      const ids = free.map((project) => project.projectId).join(", ");
      return {
        kind: "conflict",
        message: `${free.length} unowned projects are named "${stack.project}" (${ids}); name one: \`adopt: <id>\``,
      };
    }
  }
  const lost = lostProject(stack, ownership, knownId);
  if (lost !== undefined) {
    return {
      kind: "conflict",
      message: `the project "${lost.name}" (${lost.projectId}) has lost the marker of ${ownerName(ownership.instance, stack.name)} from its description; set \`adopt: ${lost.projectId}\` to take it back, or delete it in Dokploy`,
    };
  }
  const other = sameName[0];
  if (other !== undefined) {
    return {
      kind: "conflict",
      message: `a project named "${stack.project}" (${other.projectId}) exists and belongs to ${describeOwner(ownership.instance, other)}; set \`adopt: true\` to take over an unowned one, or choose another \`project\``,
    };
  }
  return { kind: "absent" };
}
