// Why an action of a plan is not carried out, given how the ones before it ended (law W10): it depends on one that did
// not succeed, it removes something too early, or the server as a whole is the trouble. Asks nobody but `holdsRemovals`.
import type { CapstanError, ErrorCode } from "../../lib/errors.ts";
import type { Action } from "../../model/plan.ts";
import { isHostAction } from "../dns/host-records.ts";

export type ActionEnd =
  | { readonly kind: "done" }
  /** An earlier action stands in its way. */
  | { readonly kind: "skipped"; readonly why: string }
  /** No write may start any more (W12). */
  | { readonly kind: "stopping" }
  /** An earlier write of the same was not answered, and may still land for this long (W3). */
  | { readonly kind: "unanswered"; readonly afterMs: number }
  /** Begun, and found that it must wait. */
  | { readonly kind: "waits"; readonly why: string }
  | { readonly kind: "failed"; readonly error: CapstanError };

export interface Obstacles {
  /** Null: nothing stands in the action's way. */
  of(action: Action): string | null;
  /** Call with the end of each action before the next one is asked about. */
  ended(action: Action, end: ActionEnd): void;
}

export const stoppingText = "Capstan is stopping";
export const unansweredText = "an earlier write was not answered; checking before it is repeated";

/** They say something about the whole server: the other actions would meet the same. */
const ofWholeServer: ReadonlySet<ErrorCode> = new Set([
  "unavailable",
  "unauthorised",
  "rate-limited",
  "uncertain",
]);

/** Null for actions that concern the project as a whole. */
export function serviceOf(action: Action): string | null {
  return "service" in action ? action.service : null;
}

/** The removal of what is made anew on another server: it is no pruning, and what is made waits for it. */
function isOfReplacement(action: Action): boolean {
  return action.type === "delete-service" && action.cause.kind === "replaced";
}

function isRemoval({ type }: Action): boolean {
  return type === "delete-service" || type === "delete-environment" || type === "delete-project";
}

/** The old record of a host goes when the new one is there and its service is as desired. */
const recordText = "a DNS record is not as desired yet";

/** `holdsRemovals`: why nothing may be removed any more; null while it may. Asked before each removal. */
export function createObstacles(holdsRemovals: () => string | null): Obstacles {
  const failedServices = new Set<string>();
  let allHeld: string | null = null;
  let removalsHeld: string | null = null;
  let recordsHeld: string | null = null;

  /** What depends on the action is skipped, and nothing is removed beside what is not as desired. */
  function block(action: Action, message: string): void {
    const service = serviceOf(action);
    if (service === null) allHeld = message;
    else failedServices.add(service);
    removalsHeld = `${service ?? "the project"} is not as desired yet`;
  }

  function dependency(action: Action): string | null {
    const service = serviceOf(action);
    if (service !== null && failedServices.has(service)) {
      return `an earlier action of ${service} did not succeed`;
    }
    const marksFailed =
      action.type === "mark" && action.marks.some(({ key }) => failedServices.has(key));
    return marksFailed ? "an earlier action did not succeed" : null;
  }

  return {
    of(action) {
      if (action.type === "delete-record") return allHeld ?? removalsHeld ?? recordsHeld;
      if (isOfReplacement(action)) return allHeld ?? holdsRemovals() ?? dependency(action);
      if (isRemoval(action)) removalsHeld ??= holdsRemovals();
      return allHeld ?? (isRemoval(action) ? removalsHeld : null) ?? dependency(action);
    },
    ended(action, end) {
      switch (end.kind) {
        case "done":
          if (action.type === "rollout") removalsHeld ??= `${action.service} is not rolled out yet`;
          break;
        case "skipped":
          if (isOfReplacement(action)) block(action, end.why);
          break;
        case "stopping":
          allHeld = stoppingText;
          break;
        case "unanswered":
          block(action, unansweredText);
          break;
        case "waits":
          if (isOfReplacement(action)) block(action, end.why);
          removalsHeld = end.why;
          break;
        case "failed": {
          if (isHostAction(action)) {
            recordsHeld = recordText;
            break;
          }
          const message = `an earlier action failed: ${end.error.message}`;
          block(action, message);
          if (ofWholeServer.has(end.error.code)) allHeld ??= message;
          break;
        }
      }
    },
  };
}
