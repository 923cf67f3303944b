// What is kept of a deployment, from the moment when somebody asks to each way in which it can end. Pure.
import type { CheckRow } from "../../model/checks.ts";
import type { DeploymentRecord } from "../../model/deployment.ts";
import type { Person } from "../../model/person.ts";
import type { Loaded } from "../state/desired-state.ts";
import type { Change } from "./git-changes.ts";

export interface AskedDeployment {
  readonly name: string;
  readonly template: string;
  readonly url: string | null;
  readonly person: Person;
}

/** A manifest that is not seen in Git by then never arrived. */
const arrivesWithinMs = 10 * 60_000;
/** These are about an earlier life of the name. */
const earlierEnds: ReadonlySet<CheckRow["reason"]> = new Set(["removed", "kept", "left"]);

/** `id`: nobody can guess it, as whoever knows it may follow the deployment. */
export function newRecord(asked: AskedDeployment, id: string, atMs: number): DeploymentRecord {
  const { name, template, url, person } = asked;
  const owner = { id: person.id, name: person.name, role: person.role };
  const nothing = { sha: null, review: null, writtenAtMs: null, end: null };
  return { id, name, template, owner, url, startedAtMs: atMs, ...nothing };
}

/** `change` null: the manifest was in Git before, or nobody knows the commit. */
export function writtenRecord(
  record: DeploymentRecord,
  change: Change | null,
  atMs: number,
): DeploymentRecord {
  return {
    ...record,
    writtenAtMs: atMs,
    sha: change?.kind === "committed" ? change.sha : null,
    review: change?.kind === "review" ? { number: change.number, url: change.url } : null,
  };
}

/** `why`: one sentence for the person who asked. */
export function failedRecord(
  record: DeploymentRecord,
  why: string,
  atMs: number,
): DeploymentRecord {
  return { ...record, end: { atMs, status: "failed", error: { message: why, log: [] } } };
}

/** Nothing will be heard of it any more: it never came to Git, or went before it was read. */
export function isLost(
  { name, review, startedAtMs }: DeploymentRecord,
  loaded: Pick<Loaded, "byName" | "manifests"> | null,
  atMs: number,
): boolean {
  if (review !== null || loaded === null || atMs - startedAtMs < arrivesWithinMs) return false;
  return !loaded.byName.has(name) && !loaded.manifests.brokenStacks.has(name);
}

/** A check of its stack at another commit than its own: null when that tells of an earlier life of the name. */
export function laterCheck(
  { startedAtMs, writtenAtMs }: DeploymentRecord,
  newest: CheckRow | null,
): CheckRow | null {
  if (newest === null || newest.atMs < (writtenAtMs ?? startedAtMs)) return null;
  return earlierEnds.has(newest.reason) ? null : newest;
}
