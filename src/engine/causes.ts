// Law H7 over restarts: why a rollout was begun stands in the store before anything of it is written, with
// its attempt, so that a process that takes it up in the middle still knows.
import { z } from "zod";
import type { Want } from "../model/marker.ts";
import { formatWant } from "../model/marker.ts";
import type { Action } from "../model/plan.ts";
import { wentOn } from "./asks.ts";
import { causeLine } from "./cause-line.ts";
import type { Loaded } from "./desired-state.ts";
import type { Memory } from "./memory.ts";

export interface Causes {
  /** Call before the actions are carried out. */
  begin(stack: string, actions: readonly Action[], loaded: Loaded): void;
  /** Why an action is carried out; of a rollout that only goes on, why it was begun. */
  of(action: Action, stack: string, loaded: Loaded): string;
  forget(stack: string): void;
}

const causeSchema = z.object({ want: z.string(), reason: z.string() });
type Cause = z.infer<typeof causeSchema>;

export function createCauses(memory: Memory): Causes {
  let known: Map<string, Map<string, Cause>> | null = null;

  function all(): Map<string, Map<string, Cause>> {
    if (known !== null) return known;
    known = new Map();
    for (const { stack, key, value } of memory.left("cause", causeSchema)) {
      known.set(stack, (known.get(stack) ?? new Map<string, Cause>()).set(key, value));
    }
    return known;
  }

  function begun(stack: string, service: string, want: Want): Cause | null {
    const cause = all().get(stack)?.get(service);
    return cause?.want === formatWant(want) ? cause : null;
  }

  return {
    begin(stack, actions, loaded) {
      for (const action of actions) {
        if (action.type !== "rollout" || wentOn(action.reason)) continue;
        if (begun(stack, action.service, action.want) !== null) continue;
        const cause = {
          want: formatWant(action.want),
          reason: causeLine(action, stack, loaded),
        };
        all().set(stack, (all().get(stack) ?? new Map<string, Cause>()).set(action.service, cause));
        memory.save("cause", stack, action.service, cause);
      }
    },
    of(action, stack, loaded) {
      const cause =
        action.type === "rollout" && wentOn(action.reason)
          ? begun(stack, action.service, action.want)
          : null;
      return cause?.reason ?? causeLine(action, stack, loaded);
    },
    forget(stack) {
      for (const service of all().get(stack)?.keys() ?? []) memory.remove("cause", stack, service);
      all().delete(stack);
    },
  };
}
