// What is said of a run that ended: its words and how loud they are, and whether it did anything at all.
import { removedWords } from "../../model/status.ts";
import type { Outcome } from "../../model/status.ts";

const untouched: ReadonlySet<string> = new Set([
  "window",
  "dependency",
  "secrets",
  "preview",
  "template",
  "build",
  "build-held",
  "suspended",
  "dry-run",
  "version",
  "fight",
]);

/** Whether a run ended before anything was done. */
export function isUntouched(outcome: Outcome): boolean {
  return outcome.kind === "waiting" && untouched.has(outcome.reason);
}

export const outcomeLevels: Record<Outcome["kind"], "info" | "warn" | "error"> = {
  converged: "info",
  progressing: "info",
  waiting: "warn",
  degraded: "error",
  failed: "warn",
  terminal: "error",
  removed: "info",
};

function outcomeText(outcome: Outcome): string {
  switch (outcome.kind) {
    case "converged":
      return "in sync";
    case "removed":
      return outcome.message ?? removedWords;
    case "progressing":
    case "waiting":
    case "degraded":
    case "failed":
    case "terminal":
      return outcome.message;
  }
}

/** Why it waits stays news although something of it does not run. */
export function textOf(outcome: Outcome, sick: readonly string[]): string {
  const texts = outcome.kind === "waiting" || sick.length === 0 ? [outcomeText(outcome)] : [];
  return [...texts, ...sick].join("; ");
}
