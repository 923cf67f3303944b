// Whether what a service follows has something newer: its branch a commit that it was not built from yet, or its image's
// tag another image.
import type { Cause } from "../model/cause.ts";
import type { DesiredService } from "../model/desired.ts";
import { imageOf, sourceOf } from "../model/kinds/table.ts";
import { sameWant } from "../model/marker.ts";
import type { Marker } from "../model/marker.ts";
import type { ServiceDetails } from "../model/observed.ts";
import type { PlanInput } from "./input.ts";
import type { ServicePlace } from "./ownership.ts";

const shortLength = 12;

/** A commit, or the digest of an image, as markers and people have it. */
export function shortCommit(commit: string): string {
  return commit.replace(/^sha\d+:/, "").slice(0, shortLength);
}

/** Whether new images of its tag are rolled out. */
export function followsDigest({ imagePolicy }: Pick<DesiredService, "imagePolicy">): boolean {
  return imagePolicy?.follow === "digest";
}

/**
 * The newest commit of the branch that a service follows, or the digest that its tag points to, shortened; null: it
 * follows none, or it is not known.
 */
export function headOf(
  desired: DesiredService,
  { heads, rollback }: Pick<PlanInput, "heads" | "rollback">,
): string | null {
  const isFollowing = desired.follows === true || followsDigest(desired);
  // While a rollback holds, nothing new is deployed.
  if (!isFollowing || (rollback ?? null) !== null) return null;
  const head = heads?.get(desired.key) ?? null;
  return head === null ? null : shortCommit(head);
}

/** The commit of the newest deployment that is done, as the service's rows tell, or the digest that it pulled. */
export function builtCommit(
  desired: DesiredService,
  service: Pick<ServicePlace["service"], "id">,
  details: Pick<ServiceDetails, "deployments">,
  { pulled }: Pick<PlanInput, "pulled">,
): string | null {
  if (followsDigest(desired)) return pulled?.get(service.id) ?? null;
  const row = details.deployments.find(({ status }) => status === "done");
  return row?.commit ?? null;
}

/** What of the marker says what runs: the commit that it was built from, or the digest of its image. */
export function runningMark(
  desired: DesiredService,
  running: string,
): Pick<Marker, "commit" | "digest"> {
  const mark = shortCommit(running);
  return followsDigest(desired) ? { digest: mark } : { commit: mark };
}

type Commits = Pick<PlanInput, "heads" | "asGood" | "pulled" | "rollback" | "verdicts">;

/**
 * The commit or the digest with which the newest one is compared, whole where rows tell it and else shortened: what was
 * deployed last, or what failed. Undefined: what is under way is waited for. Null: it is not known.
 */
function comparedCommit(
  desired: DesiredService,
  { marker, service }: ServicePlace,
  { verdicts, pulled }: Commits,
  details: Pick<ServiceDetails, "deployments"> | null,
): string | null | undefined {
  const want = marker?.want ?? null;
  if (want === null) return undefined;
  if (sameWant(want, marker?.done ?? null)) {
    if (followsDigest(desired)) {
      const read = pulled?.get(service.id);
      // What nobody knows yet may be known with the next look: nothing restarts for that.
      return read ?? marker?.digest ?? (read === null ? undefined : null);
    }
    const row = details?.deployments.find(({ status }) => status === "done");
    return row?.commit ?? marker?.commit ?? null;
  }
  const verdict = verdicts.get(service.id);
  if (verdict?.kind !== "failed" || !sameWant(verdict.want, want)) return undefined;
  return verdict.commit ?? pulled?.get(service.id) ?? null;
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
 * The cause of a deployment of a new commit or image; null when there is none. What is under way is waited for; what
 * failed is tried with another one at once. `details`: null where the marker is all that is known.
 */
export function newCommit(
  desired: DesiredService,
  place: ServicePlace,
  input: Commits,
  details: Pick<ServiceDetails, "deployments"> | null,
): Extract<Cause, { kind: "commit" | "image" }> | null {
  const head = headOf(desired, input);
  if (head === null) return null;
  if (wasAskedFor(head, place, input.verdicts)) return null;
  const before = comparedCommit(desired, place, input, details);
  if (before === undefined) return null;
  const known = before === null ? null : shortCommit(before);
  if (known === head || (known !== null && input.asGood?.get(desired.key)?.has(known) === true)) {
    return null;
  }
  if (followsDigest(desired)) {
    return { kind: "image", digest: head, was: known, tag: imageOf(desired) ?? "" };
  }
  return { kind: "commit", commit: head, ref: sourceOf(desired)?.ref ?? "" };
}

/**
 * The deployment whose log tells which image runs: the newest that is done, of a service that follows its tag. Null: it
 * follows none, or none is done.
 */
export function pullToRead(
  desired: DesiredService,
  details: Pick<ServiceDetails, "deployments">,
): string | null {
  if (!followsDigest(desired)) return null;
  return details.deployments.find(({ status }) => status === "done")?.deploymentId ?? null;
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
  const before = comparedCommit(desired, place, input, details) ?? null;
  return before !== null && before.length > shortLength ? before : null;
}
