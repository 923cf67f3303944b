// Several engines as one. What is asked of a stack goes to its engine; what is asked of all is asked of each, and one
// that fails fails alone where it can.
import type { Engine } from "../engine.ts";
import type { Loaded } from "../state/desired-state.ts";
import { createFleetLead } from "./lead.ts";
import { createMembers } from "./members.ts";
import type { Member, Members } from "./members.ts";
import { mergedLoaded, mergedState } from "./merged.ts";
import { createRecords } from "./records.ts";
import { createRouted } from "./routed.ts";
import { createTogether } from "./together.ts";

export interface FleetOptions {
  /** The first one says what is the same for all. */
  readonly members: readonly Member[];
  /** Of the ids of their events, which are counted together. */
  readonly startedAtMs: number;
  /** Resolves, with why, when this process is to start anew and others to lead some of them. */
  readonly gaveOver?: Promise<string>;
}

/** Made anew only when one of them has read something new. */
function createLoaded({ all }: Members): () => Loaded | null {
  let from: readonly (Loaded | null)[] = [];
  let merged: Loaded | null = null;
  return () => {
    const now = all.map(({ engine }) => engine.loaded());
    if (now.every((one, index) => one === from[index]) && from.length > 0) return merged;
    from = now;
    merged = mergedLoaded(
      all.flatMap((member, index) => {
        const loaded = now[index] ?? null;
        return loaded === null ? [] : [[member, loaded] as const];
      }),
    );
    return merged;
  };
}

export function createFleet({ members: given, startedAtMs, gaveOver }: FleetOptions): Engine {
  const members = createMembers(given);
  const { all, first } = members;
  return {
    ...createRouted(members),
    ...createRecords(members),
    ...createTogether(members),
    ...createFleetLead(all, gaveOver),
    loaded: createLoaded(members),
    preview: (tree) => first.engine.preview(tree),
    state: () => mergedState(all, startedAtMs),
  };
}
