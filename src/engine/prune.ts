// What the whole server would lose if everything that left Git were removed now, and whether the
// guards let it go. Once a list was let go, its items stay allowed until Git wants them back, so that
// a removal that is half done is not stopped by its own progress.
import type { Hasher } from "../lib/digest.ts";
import { ownerName, parseMarker } from "../model/marker.ts";
import { digestText, heldPrune } from "../plan/guards.ts";
import type { Removal } from "../plan/guards.ts";
import { servicesOf } from "../plan/ownership.ts";
import type { Ownership } from "../plan/ownership.ts";
import type { Loaded } from "./desired-state.ts";

export interface PruneDecision {
  /** Stacks that are ours and not in Git (broken ones count as in Git), sorted. */
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
    loaded.previousNames.has(name)
  );
}

export function createPruning(hasher: Hasher): Pruning {
  const allowed = new Set<string>();
  return {
    decide(loaded, ownership, approved) {
      const removals: Removal[] = [];
      const gone: string[] = [];
      let ownedServices = 0;
      for (const [stack, projects] of ownership.owned) {
        const desired = loaded.byName.get(stack);
        const left = !stackInGit(loaded, stack);
        if (left) gone.push(stack);
        const wanted = new Set(desired?.services.map((service) => service.key));
        const owner = ownerName(ownership.instance, stack);
        const resources: string[] = [];
        for (const project of projects) {
          const keep = parseMarker(project.description)?.keep === true;
          for (const { service, marker } of servicesOf(project)) {
            if (marker?.owner !== owner || service.serverId !== null) continue;
            ownedServices += 1;
            if (marker.keep || keep) continue;
            if (left || (desired !== undefined && !wanted.has(marker.key))) {
              resources.push(`service ${service.id}`);
            }
          }
          if (left && !keep) resources.push(`project ${project.projectId}`);
        }
        if (resources.length > 0) removals.push({ stack, resources });
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
