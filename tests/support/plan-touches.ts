// What a plan touches, for tests that say what it must leave alone.
import type { Plan } from "../../src/model/plan.ts";

/** Ids that a plan would write to, of what exists. */
export function touched(plan: Plan): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const action of plan.actions) {
    if (action.type === "mark") for (const { id } of action.marks) ids.add(id);
    for (const name of ["projectId", "applicationId", "id", "environmentId"]) {
      const id: unknown = (action as unknown as Record<string, unknown>)[name];
      if (typeof id === "string") ids.add(id);
    }
  }
  return ids;
}

export const typesOf = (plan: Plan): readonly string[] => plan.actions.map(({ type }) => type);
