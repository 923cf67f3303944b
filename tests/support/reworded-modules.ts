// Modules of Capstan whose sentences are reworded where they leave the module, for factories of `vi.mock`. Only types
// are imported here: a module that is replaced must not be loaded on the way.
import type * as execution from "../../src/engine/execution/execute.ts";
import type * as events from "../../src/engine/events/events.ts";
import type * as statuses from "../../src/engine/events/status.ts";
import type * as judging from "../../src/engine/rollout/rollout-judge.ts";
import type * as reconciling from "../../src/engine/run/reconcile.ts";
import type * as problems from "../../src/http/problem.ts";
import type * as errors from "../../src/lib/errors.ts";
import { reword, withReworded } from "./reworded.ts";

/** Messages and hints of all errors. */
export function rewordedErrors(actual: typeof errors): typeof errors {
  class Reworded extends actual.CapstanError {
    constructor(
      ...[code, message, details = {}]: ConstructorParameters<typeof actual.CapstanError>
    ) {
      const { hint } = details;
      const other = hint === undefined ? details : { ...details, hint: reword(hint) };
      super(code, reword(message), other);
    }
  }
  return { ...actual, CapstanError: Reworded };
}

/** Messages of events. */
export function rewordedEvents(actual: typeof events): typeof events {
  return {
    ...actual,
    createEventLog: (...given) => {
      const log = actual.createEventLog(...given);
      return { ...log, add: (event) => log.add(withReworded(event)) };
    },
  };
}

/** Messages of conditions. */
export function rewordedStatuses(actual: typeof statuses): typeof statuses {
  return {
    ...actual,
    stackStatus: (...given) => {
      const status = actual.stackStatus(...given);
      return { ...status, conditions: status.conditions.map(withReworded) };
    },
  };
}

/** Messages of outcomes. */
export function rewordedOutcomes(actual: typeof reconciling): typeof reconciling {
  return {
    ...actual,
    createReconciler: (...given) => {
      const made = actual.createReconciler(...given);
      return {
        run: async (...asked) => {
          const result = await made.run(...asked);
          return { ...result, outcome: withReworded(result.outcome) };
        },
      };
    },
  };
}

/** Messages of carried out actions. */
export function rewordedResults(actual: typeof execution): typeof execution {
  return {
    ...actual,
    execute: async (actions, context) => {
      const report = (result: Parameters<typeof context.report>[0]): void => {
        context.report(withReworded(result));
      };
      const ended = await actual.execute(actions, { ...context, report });
      return { ...ended, results: ended.results.map(withReworded) };
    },
  };
}

/** Reasons and messages of rollouts. */
export function rewordedJudge(actual: typeof judging): typeof judging {
  return {
    ...actual,
    judge: (...given) => {
      const { state, step } = actual.judge(...given);
      const failed = step.kind === "failed" ? { ...step, reason: reword(step.reason) } : step;
      return { state: withReworded(state), step: failed };
    },
  };
}

/** Details of HTTP problems. */
export function rewordedProblems(actual: typeof problems): typeof problems {
  return {
    ...actual,
    problem: (status, detail, ...more) => actual.problem(status, reword(detail), ...more),
  };
}
