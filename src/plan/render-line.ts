// A whole plan in one line, for statuses of commits and for the end of longer texts: what is risky
// first, then how many stacks are made, changed, removed and left alone.
import { plural } from "./render-words.ts";
import { summarise } from "./render-view.ts";
import type { PlanDocument, Summary } from "./render-view.ts";

/** `deletes 1, restarts 2; 3 created, 1 changed, 16 unchanged` */
export function renderSummary(summary: Summary): string {
  const risks = [
    [summary.deletes, "deletes"],
    [summary.restarts, "restarts"],
  ] as const;
  const stacks = [
    [summary.created, "created"],
    [summary.changed, "changed"],
    [summary.removed, "removed"],
    [summary.unchanged, "unchanged"],
    [summary.conflicts, "in conflict"],
  ] as const;
  const front = risks.filter(([count]) => count > 0).map(([count, word]) => `${word} ${count}`);
  const counts = stacks.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  if (summary.problems > 0) counts.push(plural(summary.problems, "problem"));
  const rest = counts.length === 0 ? "no stacks" : counts.join(", ");
  return front.length === 0 ? rest : `${front.join(", ")}; ${rest}`;
}

export function renderLine(document: Pick<PlanDocument, "plans" | "problems">): string {
  return renderSummary(summarise(document));
}
