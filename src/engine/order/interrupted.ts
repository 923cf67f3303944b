// Stacks of templates whose rollout an earlier process began, until a run of this one has said what became of it.
import { sameWant } from "../../model/marker.ts";
import type { Marker } from "../../model/marker.ts";
import { servicesOf } from "../../plan/ownership.ts";
import type { Loaded } from "../state/desired-state.ts";
import type { View } from "../state/world.ts";

export interface Interrupted {
  /** Takes from the server, the first time, what was not finished. */
  look(loaded: Loaded, view: View): void;
  /** A run of the stack ended. */
  ended(name: string): void;
  /** Empty before the first look. */
  names(): readonly string[];
}

function isUnfinished(marker: Marker | null): boolean {
  if (marker === null) return false;
  // What was rolled back has failed, and says so when it is looked at.
  if (marker.bad !== null) return true;
  return marker.want !== null && !sameWant(marker.want, marker.done);
}

function interruptedIn(loaded: Loaded, view: View): readonly string[] {
  return [...loaded.byName.values()].flatMap(({ name, template }) => {
    const services = (view.ownership.owned.get(name) ?? []).flatMap(servicesOf);
    const isOne = template !== null && services.some(({ marker }) => isUnfinished(marker));
    return isOne ? [name] : [];
  });
}

export function createInterrupted(): Interrupted {
  const ended = new Set<string>();
  let names: ReadonlySet<string> | null = null;
  return {
    look(loaded, view) {
      names ??= new Set(interruptedIn(loaded, view));
    },
    ended(name) {
      ended.add(name);
    },
    names: () => [...(names ?? [])].filter((name) => !ended.has(name)),
  };
}
