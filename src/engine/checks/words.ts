// What a check says of each way in which a run can end: one table, so that none stays pending forever (P1).
import type { CheckReason } from "../../model/checks.ts";
import type { CheckState } from "../../model/forge.ts";
import type { Outcome } from "../../model/status.ts";

/** Each adapter has its host's words for the five states. */
export const stateOf: Readonly<Record<CheckReason, CheckState>> = {
  seen: "pending",
  unread: "pending",
  queued: "pending",
  progressing: "pending",
  platform: "pending",
  secrets: "pending",
  build: "pending",
  healthy: "success",
  removed: "success",
  kept: "success",
  unchanged: "success",
  planned: "success",
  failed: "failure",
  unhealthy: "failure",
  degraded: "failure",
  problem: "failure",
  approval: "attention",
  conflict: "attention",
  fight: "attention",
  version: "attention",
  "build-held": "attention",
  dns: "attention",
  host: "pending",
  suspended: "neutral",
  left: "neutral",
  window: "neutral",
  dependency: "neutral",
  template: "neutral",
  "dry-run": "neutral",
  superseded: "neutral",
};

/** Those after which nothing more is said of the commit, whatever happens to the stack later. */
const lastWords: ReadonlySet<CheckReason> = new Set([
  "healthy",
  "removed",
  "kept",
  "unchanged",
  "superseded",
  "planned",
]);

export function isLast(reason: CheckReason): boolean {
  return lastWords.has(reason);
}

function reasonOf(outcome: Outcome, ready: boolean): CheckReason {
  switch (outcome.kind) {
    case "converged":
      return ready ? "healthy" : "unhealthy";
    case "removed":
      return "removed";
    case "progressing":
      return "progressing";
    case "failed":
      return "failed";
    case "degraded":
      return "degraded";
    case "terminal":
      return "problem";
    case "waiting":
      switch (outcome.reason) {
        // They end by themselves.
        case "deployment":
        case "swarm":
        case "answer":
        // No commit's check follows a preview.
        case "preview":
          return "progressing";
        case "platform":
        case "server":
          return "platform";
        case "retained":
          return "kept";
        case "secrets":
        case "suspended":
        case "approval":
        case "conflict":
        case "dry-run":
        case "version":
        case "fight":
        case "window":
        case "dependency":
        case "template":
        case "build":
        case "build-held":
        case "dns":
        case "host":
          return outcome.reason;
      }
  }
}

/** `message` is the condition Ready's. */
export function wordsOf(
  outcome: Outcome,
  ready: boolean,
  message: string,
): { readonly reason: CheckReason; readonly description: string } {
  return { reason: reasonOf(outcome, ready), description: message };
}

/** The host shows contexts of other tools beside these, and those of other instances. */
export function contextOf(instance: string, what: string): string {
  return `${instance === "default" ? "capstan" : `capstan:${instance}`}/${what}`;
}
