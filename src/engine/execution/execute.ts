// Carries the actions of one plan out, in order: an answer before the next. Every action ends as done,
// failed or not executed; what depends on one that did not succeed is skipped and says so.
import type { Clock } from "../../lib/clock.ts";
import { describeError, toCapstanError } from "../../lib/errors.ts";
import type { CapstanError } from "../../lib/errors.ts";
import { childKey } from "../../model/children.ts";
import type { Action } from "../../model/plan.ts";
import type { Ending, Tell } from "../../ports-telemetry.ts";
import type { Intents } from "../memory/intents.ts";
import { createPerform } from "./perform.ts";
import type { PerformContext } from "./perform.ts";

export interface ActionResult {
  readonly action: Action;
  readonly status: "done" | "failed" | "not-executed";
  /** Why it failed or was not executed; empty when done. */
  readonly message: string;
}

export interface ExecutionResult {
  readonly results: readonly ActionResult[];
  /** The first error; null when all went well or only waits. */
  readonly error: CapstanError | null;
  /** Milliseconds until a create may be looked for again (W3); null when none waits. */
  readonly waitMs: number | null;
  /** The rest was not begun, as no write may start any more (W12). */
  readonly stopped: boolean;
}

export interface ExecutionContext extends PerformContext {
  /** When the deep reads behind the plan were asked for. */
  readonly detailsAtMs: number;
  readonly intents: Intents;
  /** Whether new writes may start (not stopping). */
  readonly mayWrite: () => boolean;
  /** Why nothing may be removed any more; null while it may. Asked before each removal. */
  readonly holdsRemovals: () => string | null;
  readonly report: (result: ActionResult) => void;
  readonly clock: Clock;
  /** Told when an action begins, and how it ended; not of those that are skipped. */
  readonly tell: Tell;
}

/** The name under which a create is remembered; null for actions that create nothing. */
export function resourceOf(stack: string, action: Action): string | null {
  switch (action.type) {
    case "create-project":
      return `${stack}/project`;
    case "create-environment":
      return `${stack}/environment ${action.environment}`;
    case "create-service":
      return `${stack}/${action.service}`;
    case "create-child":
      return `${stack}/${action.service}/${action.child.kind} ${childKey(action.child)}`;
    default:
      return null;
  }
}

const serviceOf = (action: Action): string | null => ("service" in action ? action.service : null);
const isRemoval = (action: Action): boolean =>
  ["delete-service", "delete-environment", "delete-project"].includes(action.type);

export async function execute(
  actions: readonly Action[],
  context: ExecutionContext,
): Promise<ExecutionResult> {
  const { intents, stack } = context;
  const results: ActionResult[] = [];
  const failedServices = new Set<string>();
  let allFailed: string | null = null;
  let error: CapstanError | null = null;
  let waitMs: number | null = null;
  let removalsHeld: string | null = null;
  let stopped = false;

  const perform = createPerform(context);

  function end(result: ActionResult): void {
    results.push(result);
    context.report(result);
  }

  /** Returns how its end is told. */
  function begin(action: Action): (outcome: Ending) => void {
    const { clock, tell } = context;
    const { type } = action;
    tell({ kind: "action-began", stack, type, service: serviceOf(action), atMs: clock.now() });
    return (outcome) => {
      tell({ kind: "action-ended", stack, outcome, atMs: clock.now() });
    };
  }

  for (const action of actions) {
    const service = serviceOf(action);
    if (isRemoval(action)) removalsHeld ??= context.holdsRemovals();
    const skip =
      allFailed ??
      (isRemoval(action) && removalsHeld !== null
        ? removalsHeld
        : service !== null && failedServices.has(service)
          ? `an earlier action of ${service} did not succeed`
          : action.type === "mark" && action.marks.some((mark) => failedServices.has(mark.key))
            ? "an earlier action did not succeed"
            : null);
    if (skip !== null) {
      end({ action, status: "not-executed", message: skip });
      continue;
    }
    if (!context.mayWrite()) {
      stopped = true;
      allFailed = "Capstan is stopping";
      end({ action, status: "not-executed", message: allFailed });
      continue;
    }
    const stopOn = (message: string): void => {
      if (service === null) allFailed = message;
      else failedServices.add(service);
      removalsHeld = `${service ?? "the project"} is not as desired yet`;
    };
    const resource = resourceOf(stack, action);
    if (resource !== null) {
      const fresh = action.type === "create-child" && action.serviceId === null;
      const observedAtMs =
        action.type === "create-child" ? context.detailsAtMs : context.view.takenAtMs;
      const gate = fresh ? { kind: "free" as const } : intents.gate(resource, observedAtMs);
      if (gate.kind === "wait") {
        const message = "an earlier create was not answered; checking before it is repeated";
        waitMs = Math.min(waitMs ?? Infinity, gate.afterMs);
        stopOn(message);
        end({ action, status: "not-executed", message });
        continue;
      }
      intents.begin(resource);
    }
    const ended = begin(action);
    try {
      const waits = await perform(action);
      ended("ok");
      if (resource !== null) intents.end(resource);
      if (waits === null) {
        end({ action, status: "done", message: "" });
      } else {
        removalsHeld = waits;
        end({ action, status: "not-executed", message: waits });
      }
    } catch (cause) {
      const known = toCapstanError(cause);
      ended(known.code);
      if (resource !== null && known.code !== "uncertain") intents.end(resource);
      error ??= known;
      stopOn(`an earlier action failed: ${known.message}`);
      end({ action, status: "failed", message: describeError(known) });
      // The whole server is meant, not this action: the others would meet the same.
      if (["unavailable", "unauthorised", "rate-limited", "uncertain"].includes(known.code)) {
        allFailed ??= `an earlier action failed: ${known.message}`;
      }
    }
    if (action.type === "rollout") removalsHeld ??= `${action.service} is not rolled out yet`;
  }
  return { results, error, waitMs, stopped };
}
