// What people suspended, in memory over the store, so that a restart forgets none of it (H6). Git's own
// `suspend: true` is not kept here: it holds whatever people resume.
import type { Clock } from "../../lib/clock.ts";
import type { Store, Suspension } from "../../ports-store.ts";
import type { Loaded } from "../state/desired-state.ts";

export interface Suspensions {
  /** Of the stack, or of the name that it had before. */
  of(stack: string, loaded: Loaded | null): Suspension | null;
  suspend(stack: string, by: string): void;
  /** False when nobody had suspended it. */
  resume(stack: string, loaded: Loaded | null): boolean;
  /** Nothing of the stack is left; one that has another name now stays suspended. */
  gone(stack: string, loaded: Loaded | null): void;
  /** Another process may have suspended some: the store is asked again. */
  forgetKnown(): void;
}

export function createSuspensions(
  store: Pick<Store, "saveSuspension" | "removeSuspension" | "suspensions">,
  clock: Clock,
): Suspensions {
  let known: Map<string, Suspension> | null = null;
  const all = (): Map<string, Suspension> =>
    (known ??= new Map(store.suspensions().map((one) => [one.stack, one])));

  function namesOf(stack: string, loaded: Loaded | null): readonly string[] {
    const before = loaded?.byName.get(stack)?.previousName ?? null;
    return before === null ? [stack] : [stack, before];
  }

  function remove(stack: string): boolean {
    if (!all().delete(stack)) return false;
    store.removeSuspension(stack);
    return true;
  }

  return {
    of(stack, loaded) {
      if (all().size === 0) return null;
      for (const name of namesOf(stack, loaded)) {
        const found = all().get(name);
        if (found !== undefined) return found;
      }
      return null;
    },
    suspend(stack, by) {
      const suspension = { stack, by, sinceMs: clock.now() };
      all().set(stack, suspension);
      store.saveSuspension(suspension);
    },
    resume: (stack, loaded) => namesOf(stack, loaded).filter(remove).length > 0,
    forgetKnown() {
      known = null;
    },
    gone(stack, loaded) {
      if (loaded?.previousNames.has(stack) !== true) remove(stack);
    },
  };
}
