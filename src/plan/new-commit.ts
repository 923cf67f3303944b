// Whether the branch that a service follows has a commit that it was not built from yet.
import type { Cause } from "../model/cause.ts";
import type { DesiredService } from "../model/desired.ts";
import { sourceOf } from "../model/kinds/table.ts";
import { sameWant } from "../model/marker.ts";
import type { ServiceDetails } from "../model/observed.ts";
import type { PlanInput } from "./input.ts";
import type { ServicePlace } from "./ownership.ts";

const shortLength = 12;

/** As markers and people have it. */
export function shortCommit(commit: string): string {
  return commit.slice(0, shortLength);
}

/** The newest commit of the branch that a service follows, shortened; null: it follows none, or it is not known. */
export function headOf(
  desired: DesiredService,
  { heads, rollback }: Pick<PlanInput, "heads" | "rollback">,
): string | null {
  // While a rollback holds, nothing new is deployed.
  if (desired.follows !== true || (rollback ?? null) !== null) return null;
  const head = heads?.get(desired.key) ?? null;
  return head === null ? null : shortCommit(head);
}

/** The commit of the newest deployment that is done, as the service's rows tell. */
export function builtCommit(details: Pick<ServiceDetails, "deployments">): string | null {
  const row = details.deployments.find(({ status }) => status === "done");
  return row?.commit === undefined ? null : shortCommit(row.commit);
}

/**
 * The cause of a deployment of a new commit; null when there is none. What is under way is waited for; what failed is
 * tried with another commit at once. `details`: null where the marker is all that is known.
 */
export function newCommit(
  desired: DesiredService,
  { marker, service }: ServicePlace,
  input: Pick<PlanInput, "heads" | "rollback" | "verdicts">,
  details: Pick<ServiceDetails, "deployments"> | null,
): Extract<Cause, { kind: "commit" }> | null {
  const head = headOf(desired, input);
  const want = marker?.want ?? null;
  if (head === null || want === null) return null;
  const cause = { kind: "commit", commit: head, ref: sourceOf(desired)?.ref ?? "" } as const;
  if (!sameWant(want, marker?.done ?? null)) {
    const verdict = input.verdicts.get(service.id);
    if (verdict?.kind !== "failed" || !sameWant(verdict.want, want)) return null;
    return verdict.commit !== undefined && shortCommit(verdict.commit) === head ? null : cause;
  }
  const built = details === null ? null : builtCommit(details);
  return (built ?? marker?.commit) === head ? null : cause;
}
