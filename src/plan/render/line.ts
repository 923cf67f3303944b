// A whole plan in one line, for statuses of commits and for the end of longer texts: what is risky
// first, then how many stacks would be made, changed, removed and left alone.
import { plural } from "./words.ts";
import { summarise } from "./view.ts";
import type { PlanDocument, Summary } from "./view.ts";

/** `would delete 1 service and restart 2 services; 3 stacks would be created, 1 changed, 16 unchanged` */
export function renderSummary(summary: Summary): string {
  // A template's change restarts many stacks: that stands in front.
  const { restartedStacks } = summary;
  const where = restartedStacks > 1 ? ` in ${plural(restartedStacks, "stack")}` : "";
  const risks = [
    [summary.hostAccess, "let", " reach the host"],
    [summary.losses, "risk the data of", ""],
    [summary.deletes, "delete", ""],
    [summary.replaces, "replace", ""],
    [summary.restarts, "restart", where],
  ] as const;
  const changes = [
    [summary.created, "created"],
    [summary.changed, "changed"],
    [summary.removed, "removed"],
  ] as const;
  const others = [
    [summary.unchanged, "unchanged"],
    [summary.conflicts, "in conflict"],
  ] as const;
  const front = risks
    .filter(([count]) => count > 0)
    .map(([count, word, more]) => `${word} ${plural(count, "service")}${more}`);
  const counts: string[] = [];
  for (const [count, word] of changes) {
    if (count === 0) continue;
    counts.push(
      counts.length === 0 ? `${plural(count, "stack")} would be ${word}` : `${count} ${word}`,
    );
  }
  for (const [count, word] of others) {
    if (count === 0) continue;
    counts.push(`${counts.length === 0 ? plural(count, "stack") : count} ${word}`);
  }
  if (summary.problems > 0) counts.push(plural(summary.problems, "problem"));
  const rest = counts.length === 0 ? "no stacks" : counts.join(", ");
  if (front.length === 0) return rest;
  const last = front.at(-1) ?? "";
  const said = front.length > 1 ? `${front.slice(0, -1).join(", ")} and ${last}` : last;
  return `would ${said}; ${rest}`;
}

export function renderLine(document: Pick<PlanDocument, "plans" | "problems">): string {
  return renderSummary(summarise(document));
}
