// How a run ends while a rollback holds, or one was asked for and could not be done (H4).
import type { DesiredStack } from "../../model/desired.ts";
import type { Plan } from "../../model/plan.ts";
import type { Outcome, RollbackState } from "../../model/status.ts";
import { causeText } from "../../plan/cause-words.ts";
import type { PlanRollback } from "../../plan/input.ts";
import type { HealthyRevision } from "../../ports-store.ts";

/** What a run of a stack goes by. */
export interface Target {
  /** What is planned and carried out. */
  readonly desired: DesiredStack;
  /** Its revision, for markers. */
  readonly revision: string;
  /** Null: Git's newest stack. */
  readonly back: Back | null;
  /** Why it stays where it is although it asks for a rollback; null otherwise. */
  readonly note: string | null;
}

export interface Back {
  readonly plan: PlanRollback;
  readonly from: string;
  readonly to: string;
  /** What is written down when it begins; null when it began before. */
  readonly begins: HealthyRevision | null;
  /** Why nothing can be done although it is held; null otherwise. */
  readonly stuck: string | null;
}

/** How a run ends, by what it went. An outcome that tells of a rollback already stays as it is. */
export function outcomeOf(outcome: Outcome, { back, note }: Target): Outcome {
  if (outcome.kind === "degraded" && outcome.rollback !== undefined) return outcome;
  if (back === null) {
    if (note === null || outcome.kind !== "degraded") return outcome;
    return { ...outcome, message: `${outcome.message}; not rolled back: ${note}` };
  }
  const reason = causeText(back.plan.cause);
  const at = (state: RollbackState["state"], message: string): Outcome => ({
    kind: "degraded",
    message,
    rollback: { from: back.from, to: back.to, state },
  });
  switch (outcome.kind) {
    case "converged":
      return at("done", reason);
    case "progressing":
      return at("under-way", `${reason}; under way: ${outcome.message}`);
    case "degraded":
      return at(
        "failed",
        `${reason}; and ${back.plan.cause.to} does not run either: ${outcome.message}`,
      );
    case "waiting":
    case "failed":
    case "terminal":
      return { ...outcome, message: `${reason}; ${outcome.message}` };
    case "removed":
      return outcome;
  }
}

/** How a run ends that can do nothing for a stack that is held. */
export function stuckOutcome({ plan, from, to, stuck }: Back): Outcome {
  const message = `${causeText(plan.cause)}; it stays as it is, as ${stuck ?? "it is held"}`;
  return { kind: "degraded", message, rollback: { from, to, state: "failed" } };
}

export function stuckPlan(stack: string, { plan, stuck }: Back): Plan {
  const message = `${causeText(plan.cause)}; it stays as it is, as ${stuck ?? "it is held"}`;
  return { stack, actions: [], notes: [{ kind: "held", message }], conflict: null };
}
