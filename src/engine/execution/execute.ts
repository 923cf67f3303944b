// Carries the actions of one plan out, in order: an answer before the next. Every action ends as done,
// failed or not executed; what depends on one that did not succeed is skipped and says so (`obstacles.ts`).
import type { Clock } from "../../lib/clock.ts";
import { describeError, toCapstanError } from "../../lib/errors.ts";
import type { CapstanError } from "../../lib/errors.ts";
import { childKey } from "../../model/children.ts";
import type { Action, ActionType } from "../../model/plan.ts";
import { isJobKey } from "../../model/rollout-job.ts";
import type { Ending, Tell } from "../../ports-telemetry.ts";
import { isHostAction } from "../dns/host-records.ts";
import type { Intents } from "../memory/intents.ts";
import { createObstacles, serviceOf, stoppingText, unansweredText } from "./obstacles.ts";
import type { ActionEnd } from "./obstacles.ts";
import { createPerform } from "./perform.ts";
import type { Perform, PerformContext } from "./perform.ts";

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
  /** The first error of a DNS record: of another provider, so that it says nothing of the rest. Null when all went well. */
  readonly recordError: CapstanError | null;
  /** Milliseconds until a write may be looked for again (W3); null when none waits. */
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

/**
 * The name under which a write is remembered until its answer comes; null where it does no harm when it lands late: a
 * removal removes the same again, and a marker alone shows in the next list.
 */
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
    case "update-project":
      return `${stack}/fields of the project`;
    case "configure-service":
      return `${stack}/${action.service}/configuration`;
    case "update-child":
      return `${stack}/${action.service}/change of ${action.child.kind} ${childKey(action.child)}`;
    default:
      return null;
  }
}

/** What is seen in a service's details only, and not in a list. */
const inDetails: ReadonlySet<ActionType> = new Set([
  "create-child",
  "update-child",
  "configure-service",
]);

/** What would be made twice. */
const isCreate = ({ type }: Action): boolean => type.startsWith("create-");

/** Whether it may still be carried out. A create that failed inside may have made something: it is looked for. */
function mayLand(action: Action, { code, kind }: CapstanError): boolean {
  return code === "uncertain" && (kind !== "failed-inside" || isCreate(action));
}

/** How long one that was sent before and not answered may still land; null: this one may be sent. */
function landsInMs(resource: string, action: Action, context: ExecutionContext): number | null {
  const isInDetails = inDetails.has(action.type);
  const isOfNewService = isInDetails && "serviceId" in action && action.serviceId === null;
  if (isOfNewService) return null;
  const observedAtMs = isInDetails ? context.detailsAtMs : context.view.takenAtMs;
  const gate = context.intents.gate(resource, observedAtMs);
  return gate.kind === "wait" ? gate.afterMs : null;
}

/** Tells that an action begins; returns how its end is told. */
function tellBegin(
  action: Action,
  { stack, clock, tell }: ExecutionContext,
): (outcome: Ending) => void {
  const { type } = action;
  tell({ kind: "action-began", stack, type, service: serviceOf(action), atMs: clock.now() });
  return (outcome) => {
    tell({ kind: "action-ended", stack, outcome, atMs: clock.now() });
  };
}

/** Which rollouts go before it; null where none does. */
function waitText(action: Action): string | null {
  const keys = "waitsFor" in action ? (action.waitsFor ?? []) : [];
  if (keys.length === 0) return null;
  const jobs = keys.filter(isJobKey);
  const others = keys.filter((key) => !isJobKey(key));
  const texts = [
    ...(others.length === 0 ? [] : [`${others.join(" and ")} must be healthy first`]),
    ...(jobs.length === 0 ? [] : [`${jobs.join(" and ")} must end well first`]),
  ];
  return texts.join("; ");
}

/**
 * Why it may not be sent; null: it may. A create waits until the store has it; a change goes on without that: while the
 * store is away settings are written all the same.
 */
async function remember(
  resource: string,
  action: Action,
  intents: Intents,
): Promise<CapstanError | null> {
  try {
    intents.begin(resource);
    if (isCreate(action)) await intents.kept();
    return null;
  } catch (cause) {
    if (!isCreate(action)) return null;
    // Nothing was sent.
    intents.end(resource);
    return toCapstanError(cause);
  }
}

/** Carries out one action that nothing earlier stands in the way of. Never throws what the platform throws. */
async function attempt(
  action: Action,
  perform: Perform,
  context: ExecutionContext,
): Promise<ActionEnd> {
  // The next run begins it: it comes when a rollout of the stack has ended.
  const waits = waitText(action);
  if (waits !== null) return { kind: "waits", why: waits };
  if (!context.mayWrite()) return { kind: "stopping" };
  const { intents } = context;
  const resource = resourceOf(context.stack, action);
  if (resource !== null) {
    const afterMs = landsInMs(resource, action, context);
    if (afterMs !== null) return { kind: "unanswered", afterMs };
    const error = await remember(resource, action, intents);
    if (error !== null) return { kind: "failed", error };
    // Time has passed.
    if (!context.mayWrite()) {
      intents.end(resource);
      return { kind: "stopping" };
    }
  }
  const ended = tellBegin(action, context);
  try {
    const why = await perform(action);
    ended("ok");
    if (resource !== null) intents.end(resource);
    return why === null ? { kind: "done" } : { kind: "waits", why };
  } catch (cause) {
    const error = toCapstanError(cause);
    ended(error.code);
    if (resource !== null && !mayLand(action, error)) intents.end(resource);
    return { kind: "failed", error };
  }
}

function resultOf(action: Action, end: ActionEnd): ActionResult {
  const notExecuted = (message: string): ActionResult => ({
    ...{ action, status: "not-executed", message },
  });
  switch (end.kind) {
    case "done":
      return { action, status: "done", message: "" };
    case "failed":
      return { action, status: "failed", message: describeError(end.error) };
    case "skipped":
    case "waits":
      return notExecuted(end.why);
    case "stopping":
      return notExecuted(stoppingText);
    case "unanswered":
      return notExecuted(unansweredText);
  }
}

/** Carries the actions out one after another and reports each as it ends. */
export async function execute(
  actions: readonly Action[],
  context: ExecutionContext,
): Promise<ExecutionResult> {
  const perform = createPerform(context);
  const obstacles = createObstacles(context.holdsRemovals);
  const results: ActionResult[] = [];
  let error: CapstanError | null = null;
  let recordError: CapstanError | null = null;
  let waitMs: number | null = null;
  let stopped = false;
  for (const action of actions) {
    const why = obstacles.of(action);
    const end: ActionEnd =
      why === null ? await attempt(action, perform, context) : { kind: "skipped", why };
    obstacles.ended(action, end);
    if (end.kind === "failed" && isHostAction(action)) recordError ??= end.error;
    else if (end.kind === "failed") error ??= end.error;
    if (end.kind === "unanswered") waitMs = Math.min(waitMs ?? Infinity, end.afterMs);
    if (end.kind === "stopping") stopped = true;
    const result = resultOf(action, end);
    results.push(result);
    context.report(result);
  }
  return { results, error, recordError, waitMs, stopped };
}
