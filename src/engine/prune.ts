// What the whole server would lose if everything that left Git were removed now, and whether the
// guards let it go. Once a list was let go, its items stay allowed until Git wants them back, so that
// a removal that is half done is not stopped by its own progress.
import type { Hasher } from "../lib/digest.ts";
import type { DesiredStack } from "../model/desired.ts";
import { ownerName } from "../model/marker.ts";
import type { Marker } from "../model/marker.ts";
import type { ObservedProject } from "../model/observed.ts";
import { digestText, heldPrune } from "../plan/guards.ts";
import type { Removal } from "../plan/guards.ts";
import { servicesOf } from "../plan/ownership.ts";
import type { Ownership } from "../plan/ownership.ts";
import { planPrune } from "../plan/prune.ts";
import type { Loaded } from "./desired-state.ts";

export interface PruneDecision {
  /** Stacks that are ours and not in Git (broken and still needed ones count as in Git), sorted. */
  readonly gone: readonly string[];
  readonly removals: readonly Removal[];
  /** Why all removals wait; null when they may go. */
  readonly held: string | null;
}

export interface Pruning {
  decide(loaded: Loaded, ownership: Ownership, approved: ReadonlySet<string>): PruneDecision;
}

function stackInGit(loaded: Loaded, name: string): boolean {
  return (
    loaded.byName.has(name) ||
    loaded.manifests.brokenStacks.has(name) ||
    loaded.manifests.missingStacks.has(name) ||
    loaded.previousNames.has(name)
  );
}

/** The stack that Git has for an owned name: of that name, or one that takes it over by `previousName`. */
function desiredFor(loaded: Loaded, name: string): DesiredStack | undefined {
  const own = loaded.byName.get(name);
  if (own !== undefined || !loaded.previousNames.has(name)) return own;
  return [...loaded.byName.values()].find(({ previousName }) => previousName === name);
}

/** Our services in a project; `names` are the stack's, a former one included. */
function ownServices(
  instance: string,
  names: readonly (string | null)[],
  project: ObservedProject,
): readonly { readonly id: string; readonly marker: Marker }[] {
  const owners = names.flatMap((name) => (name === null ? [] : [ownerName(instance, name)]));
  return servicesOf(project).flatMap(({ service, marker }) =>
    marker !== null && owners.includes(marker.owner) && service.serverId === null
      ? [{ id: service.id, marker }]
      : [],
  );
}

/** What goes with a stack that left Git, as its plan says; a project that only loses services counts. */
function removalOfStack(
  stack: string,
  instance: string,
  projects: readonly ObservedProject[],
): readonly string[] {
  return projects.flatMap((project) => {
    const { actions } = planPrune(stack, instance, [project]);
    if (actions.length === 0) return [];
    const services = actions.flatMap((action) =>
      action.type === "delete-service" ? [`service ${action.id}`] : [],
    );
    return [...services, `project ${project.projectId}`];
  });
}

export function createPruning(hasher: Hasher): Pruning {
  const allowed = new Set<string>();
  return {
    decide(loaded, ownership, approved) {
      const { instance } = ownership;
      const removals: Removal[] = [];
      const gone: string[] = [];
      let ownedServices = 0;
      for (const [stack, projects] of ownership.owned) {
        const desired = desiredFor(loaded, stack);
        const names = [stack, desired?.name ?? null, desired?.previousName ?? null];
        const own = projects.flatMap((project) => ownServices(instance, names, project));
        ownedServices += own.length;
        if (!stackInGit(loaded, stack)) {
          gone.push(stack);
          const resources = removalOfStack(stack, instance, projects);
          if (resources.length > 0) removals.push({ stack, resources });
        } else if (desired?.sync.prune === true) {
          const wanted = new Set(desired.services.map((service) => service.key));
          const resources = own
            .filter(({ marker }) => !marker.keep && !wanted.has(marker.key))
            .map(({ id }) => `service ${id}`);
          if (resources.length > 0) removals.push({ stack, resources });
        }
      }
      const fresh = removals
        .map(({ stack, resources }) => ({
          stack,
          resources: resources.filter((resource) => !allowed.has(resource)),
        }))
        .filter(({ resources }) => resources.length > 0);
      const held = heldPrune({
        removals: fresh,
        ownedStacks: ownership.owned.size,
        ownedServices,
        namesUnknown: loaded.manifests.namesUnknown,
        brokenStacks: loaded.manifests.brokenStacks,
        approved,
        digest: hasher.sha256(digestText(fresh)).slice(0, 12),
      });
      const going = new Set(removals.flatMap(({ resources }) => resources));
      for (const resource of [...allowed]) if (!going.has(resource)) allowed.delete(resource);
      if (held === null) for (const resource of going) allowed.add(resource);
      return { gone: gone.sort(), removals, held };
    },
  };
}
