// What a plan does to its stack, in the words of checks.
import type { CheckRow } from "../../model/checks.ts";
import type { Plan } from "../../model/plan.ts";
import { stackView } from "../../plan/render/view.ts";

/** Null when nothing was planned, or it cannot be told because somebody else owns it. */
export function planChange(plan: Plan | null): CheckRow["change"] {
  if (plan === null) return null;
  const { change } = stackView(plan);
  return change === "conflict" ? null : change;
}
