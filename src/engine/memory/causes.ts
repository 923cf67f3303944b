// Law H7 over restarts: why a rollout was begun stands in the store before anything of it is written, with
// its attempt, so that a process that takes it up in the middle still knows.
import { z } from "zod";
import { causeSchema } from "../../model/cause.ts";
import type { Want } from "../../model/marker.ts";
import { formatWant } from "../../model/marker.ts";
import type { Action } from "../../model/plan.ts";
import { toldCause } from "./cause-line.ts";
import type { ToldCause } from "./cause-line.ts";
import type { Loaded } from "../state/desired-state.ts";
import type { StackRecords } from "./stack-records.ts";
import type { Memory } from "./memory.ts";

export interface Causes {
  /** Call before the actions are carried out. */
  begin(stack: string, actions: readonly Action[], loaded: Loaded): void;
  /** Why an action is carried out; of a rollout that only goes on, why it was begun. */
  of(action: Action, stack: string, loaded: Loaded): ToldCause;
  forget(stack: string): void;
}

/** `cause` absent: an older version wrote it. */
const begunSchema = z.object({
  want: z.string(),
  reason: z.string(),
  cause: causeSchema.optional(),
});
type Begun = z.infer<typeof begunSchema>;

export function createCauses(memory: Memory, records: Pick<StackRecords, "field">): Causes {
  const remove = (stack: string, services: ReadonlyMap<string, Begun>): void => {
    for (const service of services.keys()) memory.remove("cause", stack, service);
  };
  /** By the service's key. */
  const known = records.field<Map<string, Begun>>("causes", remove);
  let isRead = false;

  function all(): Map<string, Map<string, Begun>> {
    if (isRead) return known;
    isRead = true;
    for (const { stack, key, value } of memory.left("cause", begunSchema)) {
      known.set(stack, (known.get(stack) ?? new Map<string, Begun>()).set(key, value));
    }
    return known;
  }

  function begun(stack: string, service: string, want: Want): Begun | null {
    const one = all().get(stack)?.get(service);
    return one?.want === formatWant(want) ? one : null;
  }

  return {
    begin(stack, actions, loaded) {
      for (const action of actions) {
        if (action.type !== "rollout" || action.cause.kind === "resumed") continue;
        if (begun(stack, action.service, action.want) !== null) continue;
        const { cause, line } = toldCause(action, stack, loaded);
        const one = { want: formatWant(action.want), reason: line, cause };
        all().set(stack, (all().get(stack) ?? new Map<string, Begun>()).set(action.service, one));
        memory.save("cause", stack, action.service, one);
      }
    },
    of(action, stack, loaded) {
      const one =
        action.type === "rollout" && action.cause.kind === "resumed"
          ? begun(stack, action.service, action.want)
          : null;
      if (one === null) return toldCause(action, stack, loaded);
      return { cause: one.cause ?? { kind: "words", text: one.reason }, line: one.reason };
    },
    forget(stack) {
      const services = all().get(stack);
      if (services !== undefined) remove(stack, services);
      known.delete(stack);
    },
  };
}
