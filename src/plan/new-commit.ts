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

type Commits = Pick<PlanInput, "heads" | "asGood" | "rollback" | "verdicts">;

/**
 * The commit with which the newest one is compared, whole where the rows tell it and else shortened: what was built
 * last, or what failed. Undefined: what is under way is waited for. Null: nothing is known to be built.
 */
function comparedCommit(
  { marker, service }: ServicePlace,
  verdicts: Commits["verdicts"],
  details: Pick<ServiceDetails, "deployments"> | null,
): string | null | undefined {
  const want = marker?.want ?? null;
  if (want === null) return undefined;
  if (sameWant(want, marker?.done ?? null)) {
    const row = details?.deployments.find(({ status }) => status === "done");
    return row?.commit ?? marker?.commit ?? null;
  }
  const verdict = verdicts.get(service.id);
  if (verdict?.kind !== "failed" || !sameWant(verdict.want, want)) return undefined;
  return verdict.commit ?? null;
}

/**
 * Whether this newest commit was known when the newest attempt was asked for. What was cloned after that is this commit
 * or a newer one, whatever its row says: the next look tells of a newer one.
 */
function wasAskedFor(
  head: string,
  { marker, service }: ServicePlace,
  verdicts: Commits["verdicts"],
): boolean {
  const verdict = verdicts.get(service.id);
  const want = marker?.want ?? null;
  if (verdict?.head === undefined || want === null || !sameWant(verdict.want, want)) return false;
  return shortCommit(verdict.head) === head;
}

/**
 * The cause of a deployment of a new commit; null when there is none. What is under way is waited for; what failed is
 * tried with another commit at once. `details`: null where the marker is all that is known.
 */
export function newCommit(
  desired: DesiredService,
  place: ServicePlace,
  input: Commits,
  details: Pick<ServiceDetails, "deployments"> | null,
): Extract<Cause, { kind: "commit" }> | null {
  const head = headOf(desired, input);
  if (head === null) return null;
  if (wasAskedFor(head, place, input.verdicts)) return null;
  const before = comparedCommit(place, input.verdicts, details);
  if (before === undefined) return null;
  const known = before === null ? null : shortCommit(before);
  if (known === head || (known !== null && input.asGood?.get(desired.key)?.has(known) === true)) {
    return null;
  }
  return { kind: "commit", commit: head, ref: sourceOf(desired)?.ref ?? "" };
}

/**
 * The whole hash of the commit from which must be known what changed, before it can be said whether the newest one
 * concerns the service; null: nothing must be known, or nothing can be.
 */
export function commitToCompare(
  desired: DesiredService,
  place: ServicePlace,
  input: Commits,
  details: Pick<ServiceDetails, "deployments"> | null,
): string | null {
  if (desired.watchPaths === undefined) return null;
  if (newCommit(desired, place, input, details) === null) return null;
  const before = comparedCommit(place, input.verdicts, details) ?? null;
  return before !== null && before.length > shortLength ? before : null;
}
