// What the whole server would lose if everything that left Git were removed now, and whether the
// guards let it go. Once a list was let go, its items are tombstones and stay allowed until Git wants
// them back, so that a removal that is half done is not stopped by its own progress.
import type { Hasher } from "../../lib/digest.ts";
import type { DesiredStack } from "../../model/desired.ts";
import { ownerName } from "../../model/marker.ts";
import { isPreviewName } from "../../model/preview-name.ts";
import type { ObservedProject } from "../../model/observed.ts";
import type { Hold, Removal, Resource } from "../../model/hold.ts";
import { causeText } from "../../plan/cause-words.ts";
import { digestText, heldPrune } from "../../plan/guards.ts";
import { servicesOf } from "../../plan/ownership.ts";
import type { Ownership, ServicePlace } from "../../plan/ownership.ts";
import { planPrune } from "../../plan/prune.ts";
import type { PruneContext } from "../../plan/prune.ts";
import { leftServices, ownersOf, ownServices } from "../../plan/removals.ts";
import { leftBehind } from "../../plan/rollback.ts";
import type { Loaded } from "../state/desired-state.ts";
import { desiredFor, isInGit } from "../state/in-git.ts";
import { stackHash } from "../state/stack-hash.ts";
import { tombstoneOf } from "./tombstones.ts";
import type { NewTombstone, Tombstones } from "./tombstones.ts";

export interface PruneDecision {
  /**
   * Stacks that are ours, or not known to be gone, and not in Git (broken and still needed ones count as in
   * Git), sorted.
   */
  readonly gone: readonly string[];
  /** Sorted by stack; without those of previews, which wait for nobody's word. */
  readonly removals: readonly Removal[];
  /** Why all removals wait; null when they may go. */
  readonly held: Hold | null;
}

export interface Pruning {
  /** Changes nothing: planning may ask as well. */
  decide(loaded: Loaded, ownership: Ownership, approved: ReadonlySet<string>): PruneDecision;
  /** Remembers all that a decision lets go; call before the first of it is deleted. */
  letGo(decision: PruneDecision, loaded: Loaded, ownership: Ownership): void;
}

/** Our services in a project; `names` are the stack's, a former one included. */
function owned(
  instance: string,
  names: readonly (string | null)[],
  project: ObservedProject,
): readonly ServicePlace[] {
  const owners = names.flatMap((name) => (name === null ? [] : [ownerName(instance, name)]));
  return servicesOf(project).filter(
    ({ marker }) => marker !== null && owners.includes(marker.owner),
  );
}

/** What planning the removal of a stack may know of it. */
export function pruneContext(
  stack: string,
  { previous, revision, leftOut }: Loaded,
  { strayed }: Ownership,
): PruneContext {
  return {
    before: previous.get(stack) ?? null,
    revision: revision.id,
    strayed: strayed.get(stack) ?? [],
    leftOut: leftOut?.get(stack),
  };
}

/** What goes with a stack that left Git, as its plan says; a project that only loses services counts. */
function removalOfStack(
  stack: string,
  instance: string,
  projects: readonly ObservedProject[],
  context: PruneContext,
): readonly Resource[] {
  return projects.flatMap((project) => {
    const { actions } = planPrune(stack, instance, [project], context);
    const services = actions.flatMap((action): readonly Resource[] =>
      action.type === "delete-service"
        ? [{ kind: "service", id: action.id, name: action.name }]
        : [],
    );
    if (services.length === 0 && !actions.some(({ type }) => type === "delete-project")) return [];
    return [...services, { kind: "project", id: project.projectId, name: project.name }];
  });
}

/** What a removal takes, as tombstones of the stack whose runs carry it out. */
function tombstonesOfRemoval(
  { stack, resources }: Removal,
  loaded: Loaded,
  ownership: Ownership,
): readonly NewTombstone[] {
  const desired = desiredFor(loaded, stack);
  const what = desired === undefined ? "stack" : "service";
  const reason = causeText({ kind: "left-git", what, kept: false });
  const owner = desired?.name ?? stack;
  const projects = ownership.owned.get(stack) ?? [];
  const going = new Set(resources.map(({ id }) => id));
  return projects.flatMap((project): readonly NewTombstone[] => [
    ...servicesOf(project)
      .filter(({ service }) => going.has(service.id))
      .map(({ service }) => tombstoneOf(owner, service, reason)),
    ...(going.has(project.projectId)
      ? [{ id: project.projectId, stack: owner, kind: "project" as const, appName: null, reason }]
      : []),
  ]);
}

export function createPruning(
  hasher: Hasher,
  tombstones: Pick<Tombstones, "ids" | "stacks" | "remember">,
): Pruning {
  /** A rollback removes nothing, and has back what the revision that failed let go (H4). */
  function isHeld(desired: DesiredStack, ownership: Ownership): boolean {
    const left = leftBehind(desired.name, ownership);
    return left.size > 0 && left.has(stackHash(desired, hasher));
  }

  return {
    letGo({ removals }, loaded, ownership) {
      tombstones.remember(
        removals.flatMap((removal) => tombstonesOfRemoval(removal, loaded, ownership)),
      );
    },
    decide(loaded, ownership, approved) {
      const { instance } = ownership;
      const removals: Removal[] = [];
      const gone = new Set([...tombstones.stacks()].filter((name) => !isInGit(loaded, name)));
      // Moved by hand out of their projects: they are told, not removed.
      for (const name of ownership.strayed.keys()) if (!isInGit(loaded, name)) gone.add(name);
      let ownedServices = 0;
      for (const [stack, projects] of ownership.owned) {
        const desired = desiredFor(loaded, stack);
        const names = [stack, desired?.name ?? null, desired?.previousName ?? null];
        if (!isPreviewName(stack)) {
          ownedServices += projects.flatMap((project) => owned(instance, names, project)).length;
        }
        if (!isInGit(loaded, stack)) {
          gone.add(stack);
          const resources = removalOfStack(
            stack,
            instance,
            projects,
            pruneContext(stack, loaded, ownership),
          );
          // What is only for a pull request goes with it, whatever else goes.
          if (resources.length > 0 && !isPreviewName(stack)) removals.push({ stack, resources });
        } else if (isPreviewName(stack)) {
          continue;
        } else if (desired !== undefined && !isHeld(desired, ownership)) {
          const owners = ownersOf(desired, instance, (name) => loaded.byName.has(name));
          const resources = projects.flatMap((project) =>
            leftServices(desired, ownServices(project, owners)).goes.map(
              ([, { service }]): Resource => ({
                kind: "service",
                id: service.id,
                name: service.name,
              }),
            ),
          );
          if (resources.length > 0) removals.push({ stack, resources });
        }
      }
      removals.sort((a, b) => (a.stack < b.stack ? -1 : 1));
      const allowed = tombstones.ids();
      const fresh = removals
        .map(({ stack, resources }) => ({
          stack,
          resources: resources.filter(({ id }) => !allowed.has(id)),
        }))
        .filter(({ resources }) => resources.length > 0);
      // What was let go counts as gone, and what left Git and stays can be lost by nobody: neither may make
      // a list look small.
      const freshStacks = new Set(fresh.map(({ stack }) => stack));
      const ownedStacks = [...ownership.owned.keys()].filter(
        (stack) => !isPreviewName(stack) && (isInGit(loaded, stack) || freshStacks.has(stack)),
      ).length;
      const goingServices = removals
        .flatMap(({ resources }) => resources)
        .filter(({ kind, id }) => kind === "service" && allowed.has(id));
      const held = heldPrune({
        // A file that may name it again holds also what was let go before (O5).
        removals: loaded.manifests.namesUnknown ? removals : fresh,
        ownedStacks,
        ownedServices: ownedServices - goingServices.length,
        namesUnknown: loaded.manifests.namesUnknown,
        brokenStacks: loaded.manifests.brokenStacks,
        approved,
        digest: hasher.sha256(digestText(fresh)).slice(0, 12),
      });
      return { gone: [...gone].sort(), removals, held };
    },
  };
}
