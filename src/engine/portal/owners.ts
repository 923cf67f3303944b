// Whose stacks are: those that are in Git by their labels, others by the deployment that made them.
import { ownerOf } from "../../model/owner.ts";
import { isPreviewName } from "../../model/preview-name.ts";
import type { PortalDeps } from "./deps.ts";

export interface Owners {
  /** The id of the person who made a stack in the portal; null for others, and for those that are not in Git. */
  of(stack: string): string | null;
  /** Who asked for it last, in Git or not; null: nobody did. */
  lastOf(stack: string): string | null;
  /** Their stacks in Git, sorted. */
  stacksOf(personId: string): readonly string[];
}

export function createOwners({ engine, store }: Pick<PortalDeps, "engine" | "store">): Owners {
  const lastOf = (stack: string): string | null =>
    store.deploymentsOf(stack, 1)[0]?.owner.id ?? null;

  /** A manifest that cannot be read any more is still somebody's. */
  function of(stack: string): string | null {
    // It is its pull request's, whatever labels it has.
    if (isPreviewName(stack)) return null;
    const loaded = engine.loaded();
    const labels = loaded?.byName.get(stack)?.labels;
    if (labels !== undefined) return ownerOf(labels);
    return loaded?.manifests.brokenStacks.has(stack) === true ? lastOf(stack) : null;
  }

  return {
    of,
    lastOf,
    stacksOf(personId) {
      const loaded = engine.loaded();
      const all = [...(loaded?.byName.keys() ?? []), ...(loaded?.manifests.brokenStacks ?? [])];
      return [...new Set(all)].filter((name) => of(name) === personId).sort();
    },
  };
}
