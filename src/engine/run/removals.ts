// What a run must know of removals beside its plan: whether they wait (O6), what earlier ones left (O3, O4),
// what is kept (O7), and whether one without an answer may still happen (W3).
import type { Clock } from "../../lib/clock.ts";
import { isPreviewName } from "../../model/preview-name.ts";
import type { Action, Plan } from "../../model/plan.ts";
import type { Outcome, Waiting } from "../../model/status.ts";
import { waitingText } from "../../plan/hold-words.ts";
import type { Platform } from "../../ports.ts";
import { createAbsence } from "../removal/absence.ts";
import type { Loaded } from "../state/desired-state.ts";
import type { ActionResult, ExecutionResult } from "../execution/execute.ts";
import type { Intents } from "../memory/intents.ts";
import type { Pruning } from "../removal/prune.ts";
import type { RunPolicy } from "./run.ts";
import { tombstonesOf } from "../removal/tombstones.ts";
import type { Tombstones } from "../removal/tombstones.ts";
import type { View, World } from "../state/world.ts";

const deployingAgainMs = 3_000;

/** Runs that share a list are quicker than this; a rollout may take half an hour. */
const oldListMs = 10_000;

const removalTypes: ReadonlySet<string> = new Set([
  "delete-service",
  "delete-environment",
  "delete-project",
]);

/**
 * Removals of what was made twice need no approval: nothing of anybody's is in them. Nor do those of what is made anew on
 * another server, which no pruning is.
 */
export function isGuarded(action: Action): boolean {
  // The records of a stack that left Git go with it; those of another host are no pruning.
  if (action.type === "delete-record") {
    return action.cause.kind === "left-git" && action.cause.what === "stack";
  }
  return removalTypes.has(action.type) && !["duplicate", "replaced"].includes(action.cause.kind);
}

/** Whether a plan would remove something by a list so old that much may have changed since. */
export function removesByOldList(
  { actions }: Plan,
  { takenAtMs }: View,
  { readOnly, prune }: RunPolicy,
  nowMs: number,
): boolean {
  if (readOnly !== null || nowMs - takenAtMs <= oldListMs) return false;
  return actions.some((action) => removalTypes.has(action.type) && (prune || !isGuarded(action)));
}

/** How a run ends that leaves something of a stack that is not in Git (O7, O9). */
export function leftovers(plan: Plan): Outcome | null {
  const left = plan.notes.filter(({ kind }) => kind === "retained" || kind === "unmanaged");
  if (left.length === 0) return null;
  const message = left.map((note) => note.message).join("; ");
  return { kind: "waiting", reason: "retained", message, afterMs: null };
}

/** A removal that was refused is tried again, whatever the refusal says (O4). */
export function retriedRemoval(outcome: Outcome, results: readonly ActionResult[]): Outcome {
  const first = results.find(({ status }) => status === "failed");
  return outcome.kind === "terminal" && first !== undefined && removalTypes.has(first.action.type)
    ? { kind: "failed", message: outcome.message, retryAfterMs: null }
    : outcome;
}

/** How a run ends in which a removal had to wait; null when none had to. */
export function heldRemoval(results: readonly ActionResult[]): Outcome | null {
  const held = results.find(
    ({ action, status }) => removalTypes.has(action.type) && status === "not-executed",
  );
  if (held === undefined) return null;
  const { message } = held;
  return { kind: "waiting", reason: "deployment", message, afterMs: deployingAgainMs };
}

export interface Removals {
  /**
   * How a run ends whose removals wait: of a whole stack, or of parts of one; null when they may go. Looks at
   * all stacks when there are any.
   */
  hold(
    what: "stack" | "parts",
    plan: Plan,
    loaded: Loaded,
    view: View,
    policy: RunPolicy,
  ): Waiting | null;
  /** Remembers all that may go with the plan's removals; call when nothing holds them. */
  letGo(plan: Plan, loaded: Loaded, view: View, policy: RunPolicy): void;
  /** Call right before the actions are carried out, and `sent` right after. Throws as the store does: nothing is done then. */
  begin(stack: string, actions: readonly Action[]): Promise<void>;
  sent(stack: string, result: ExecutionResult): void;
  /** Call in every run of a stack that is in Git: what it has again is not let go any more. */
  takeBack(plan: Plan, loaded: Loaded, view: View, policy: RunPolicy): void;
  /** What is left of earlier removals; null when nothing is, or nothing may be written. */
  remains(plan: Plan, loaded: Loaded, view: View, policy: RunPolicy): Promise<Outcome | null>;
  /** A deletion without an answer may land yet: nothing is changed where it would go with it. */
  late(stack: string): Outcome | null;
}

export function createRemovals(deps: {
  readonly platform: Pick<Platform, "existing">;
  readonly world: Pick<World, "distrust">;
  readonly intents: Intents;
  readonly pruning: Pruning;
  readonly tombstones: Tombstones;
  readonly clock: Clock;
  readonly alert: (message: string) => void;
}): Removals {
  const { intents, pruning, tombstones } = deps;
  const absence = createAbsence(deps);
  const unanswered = (stack: string): string => `remove ${stack}/`;

  /** Ids of all that Git says to remove, held or not. */
  function goingOf(
    { stack, actions }: Plan,
    loaded: Loaded,
    { ownership }: View,
    { approved }: RunPolicy,
  ): ReadonlySet<string> {
    return new Set([
      ...pruning
        .decide(loaded, ownership, approved)
        .removals.flatMap(({ resources }) => resources.map(({ id }) => id)),
      ...tombstonesOf(stack, actions).map(({ id }) => id),
    ]);
  }

  return {
    hold(what, plan, loaded, view, policy) {
      if (!plan.actions.some(isGuarded)) return null;
      // A preview's end is its pull request's.
      const { held } = isPreviewName(plan.stack)
        ? { held: null }
        : pruning.decide(loaded, view.ownership, policy.approved);
      if (policy.prune && held === null) return null;
      const hold = policy.prune ? held : null;
      const message = waitingText(what, hold, policy.approval);
      const more = hold === null ? {} : { hold };
      return { kind: "waiting", reason: "approval", message, afterMs: null, ...more };
    },
    letGo(plan, loaded, view, policy) {
      // What others let go waits for a word of its own; what a preview loses is remembered when that begins.
      if (!plan.actions.some(isGuarded) || isPreviewName(plan.stack)) return;
      const decision = pruning.decide(loaded, view.ownership, policy.approved);
      pruning.letGo(decision, loaded, view.ownership);
    },
    async begin(stack, actions) {
      const going = tombstonesOf(stack, actions);
      tombstones.remember(going);
      if (going.length > 0) await tombstones.kept();
    },
    sent(stack, { results, error }) {
      for (const { action, status } of results) {
        const [removal] = tombstonesOf(stack, [action]);
        if (removal === undefined || status === "not-executed") continue;
        tombstones.sent(stack);
        if (status === "failed" && error?.code === "uncertain") {
          intents.begin(`${unanswered(stack)}${removal.id}`);
        }
      }
    },
    takeBack(plan, loaded, view, policy) {
      const { stack } = plan;
      if (policy.readOnly !== null || tombstones.of(stack).length === 0) return;
      tombstones.takeBack(stack, view, goingOf(plan, loaded, view, policy));
    },
    async remains(plan, loaded, view, policy) {
      const { stack } = plan;
      if (policy.readOnly !== null || tombstones.of(stack).length === 0) return null;
      const left = await absence.look(stack, view, goingOf(plan, loaded, view, policy));
      // What is gone cannot go once more.
      if (tombstones.of(stack).length === 0) intents.keepOnly(unanswered(stack), new Set());
      return left;
    },
    late(stack) {
      const afterMs = intents.settlesInMs(unanswered(stack));
      if (afterMs === 0) {
        intents.keepOnly(unanswered(stack), new Set());
        return null;
      }
      const message = "a removal was not answered and may still happen: checking again";
      return { kind: "waiting", reason: "answer", message, afterMs };
    },
  };
}
