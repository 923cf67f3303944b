// When a stack runs again, by how its run ended.
import { backoffMs, stackBackoff } from "../../lib/backoff.ts";
import type { Outcome } from "../../model/status.ts";
import type { Requeue } from "./queue-key.ts";

/** A single pass does not wait longer for the next try of a deploy that failed. */
const passWaitMs = 60_000;

export function requeueOf(
  outcome: Outcome,
  nowMs: number,
  how: {
    /** A single pass, which is to come to an end. */
    readonly isPass: boolean;
    /** Whether one more failure is the last. */
    readonly isGivenUp: boolean;
    /** A number in [0, 1). */
    readonly random: () => number;
  },
): Requeue {
  switch (outcome.kind) {
    case "converged":
    case "progressing":
    case "degraded":
    case "removed":
      return { kind: "done" };
    case "waiting":
      if (outcome.reason === "platform" && how.isPass && (outcome.afterMs ?? 0) > passWaitMs) {
        return { kind: "done" };
      }
      // A pass says what it waits for at the DNS provider; the next one goes on.
      if (outcome.reason === "dns" && how.isPass) return { kind: "done" };
      // A window may open in days; whoever keeps the turns sends for the stack then.
      return outcome.afterMs === null || outcome.reason === "window"
        ? { kind: "done" }
        : { kind: "again", dueAtMs: nowMs + outcome.afterMs };
    case "terminal":
      return { kind: "blocked" };
    case "failed":
      if (how.isGivenUp) return { kind: "blocked" };
      return {
        kind: "failed",
        delayMs: (failures) =>
          Math.max(outcome.retryAfterMs ?? 0, backoffMs(stackBackoff, failures, how.random())),
      };
  }
}
