// What an event of the engine says about the health of something. Decided by its data, never by its words.
import { isCorrection } from "../model/event-data.ts";
import type { ActionData } from "../model/event-data.ts";
import type { Event } from "../model/status.ts";
import type { Condition } from "./judge.ts";
import type { Subject } from "./notice.ts";

export type Observation =
  | {
      readonly type: "seen";
      readonly subject: Subject;
      readonly condition: Condition;
      readonly holdMs: number;
    }
  | { readonly type: "drift"; readonly stack: string; readonly fields: readonly string[] }
  | { readonly type: "gone"; readonly subject: Subject };

/** A run that failed is tried again, and mostly succeeds. */
const failedHoldMs = 5 * 60_000;
/** A container that is replaced is not healthy for a moment. */
const unhealthyHoldMs = 60_000;
/** A restart of Dokploy takes 15 s, one of a Git host no more than a minute or two. */
const outageHoldMs = 2 * 60_000;

function ofOutcome(stack: string, outcome: NonNullable<Event["outcome"]>): Observation | null {
  const subject: Subject = { type: "stack", stack };
  const seen = (condition: Condition, holdMs = 0): Observation => ({
    type: "seen",
    subject,
    condition,
    holdMs,
  });
  switch (outcome.kind) {
    case "converged":
      return outcome.ready ? seen("fine") : seen("failing", unhealthyHoldMs);
    case "degraded":
    case "terminal":
      return seen("failing");
    case "failed":
      return seen("failing", failedHoldMs);
    case "removed":
      return { type: "gone", subject };
    case "progressing":
      return null;
    case "waiting":
      switch (outcome.reason) {
        case "approval":
        case "conflict":
        case "fight":
        case "version":
          return seen("waiting");
        case "dns":
          return seen("waiting", outageHoldMs);
        case "build-held":
          return seen("failing");
        case "platform":
        case "host":
          return seen("failing", failedHoldMs);
        case "retained":
          return { type: "gone", subject };
        default:
          return null;
      }
  }
}

/** Null for what nobody needs to be told. */
export function observe(event: Event): Observation | null {
  const { kind, stack, outcome, problem, changes, action } = event;
  if (stack !== null && outcome !== undefined) return ofOutcome(stack, outcome);
  switch (kind) {
    case "source-error":
      return seenFailing({ type: "git" }, outageHoldMs);
    case "platform-error":
      return seenFailing({ type: "dokploy" }, outageHoldMs);
    case "problem":
      // A stack with a mistake in its manifest ends its run with it.
      return stack !== null || problem === undefined
        ? null
        : seenFailing({ type: "file", file: problem.file }, 0);
    case "drift": {
      if (stack === null || action === undefined || !isCorrection(action)) return null;
      return { type: "drift", stack, fields: setBack(action, changes ?? []) };
    }
    case "revision":
    case "run-started":
    case "action":
    case "rollout":
    case "outcome":
    case "note":
      return null;
  }
}

/** `app/web: image`, or `app/web: stopped`. */
function setBack(
  { service, target, cause }: ActionData,
  changes: NonNullable<Event["changes"]>,
): readonly string[] {
  const where = service ?? "project";
  if (changes.length > 0) return changes.map(({ path }) => `${where}: ${path}`);
  const what = cause.kind === "drift" ? cause.change.what : "fields";
  return [what === "fields" ? target : `${where}: ${what}`];
}

function seenFailing(subject: Subject, holdMs: number): Observation {
  return { type: "seen", subject, condition: "failing", holdMs };
}
