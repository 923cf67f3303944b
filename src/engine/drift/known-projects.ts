// Where each stack's project was last seen, in memory over the store: every run of every stack asks, and
// while an engine runs nobody else writes it.
import type { Store } from "../../ports-store.ts";

type KnownProjects = Pick<Store, "knownProjects" | "saveKnownProject" | "removeKnownProject">;

/** The store with its known projects read once and then followed; equal saves are not written again. */
export function rememberKnownProjects(store: KnownProjects): KnownProjects {
  let known: Map<string, string> | null = null;
  const all = (): Map<string, string> => (known ??= new Map(store.knownProjects()));
  return {
    knownProjects: all,
    saveKnownProject(stack, projectId) {
      if (all().get(stack) === projectId) return;
      all().set(stack, projectId);
      store.saveKnownProject(stack, projectId);
    },
    removeKnownProject(stack) {
      if (all().delete(stack)) store.removeKnownProject(stack);
    },
  };
}
