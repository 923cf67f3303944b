// Law O7: what outlives its manifest. A project that was kept when its stack left Git carries the commit of
// that moment as `rev` in its marker, and is taken back only by the manifest that it belonged to. Nor does
// what waits to be removed go to another person's stack of the same name.
import type { DesiredStack } from "../model/desired.ts";
import { volumesOf } from "../model/kinds/table.ts";
import { parseMarker, withoutMarker } from "../model/marker.ts";
import { ownerOf, ownerWords } from "../model/owner.ts";
import type { ObservedProject } from "../model/observed.ts";
import type { Mark, Note } from "../model/plan.ts";

/** Whose a stack's project is, as far as that is remembered. */
export interface KeptFor {
  readonly project: string;
  readonly file: string;
  /** Absent: nobody remembers. */
  readonly owner?: string | null | undefined;
  /** Its manifest left Git, and it has not been taken back since. */
  readonly hasLeft?: boolean;
}

/** Whether it is remembered that another person made the stack. */
export function isOthers(stack: DesiredStack, origin: Pick<KeptFor, "owner"> | null): boolean {
  return origin?.owner !== undefined && origin.owner !== ownerOf(stack.labels);
}

/** Whether a manifest says that its stack is meant to outlive it. */
export function outlivesManifest({ deletionPolicy, sync }: DesiredStack): boolean {
  return deletionPolicy === "retain" || !sync.prune;
}

/** Whether something of a stack is meant to outlive its manifest, at least one of its databases for example. */
export function keepsSomething(stack: DesiredStack): boolean {
  const isRetained = ({ deletionPolicy }: { deletionPolicy: string }): boolean =>
    deletionPolicy === "retain";
  return outlivesManifest(stack) || stack.services.some(isRetained);
}

/** Whether what a stack left when it left Git goes on running as a whole: its manifest said so. */
export function isKeptWhole(
  projects: readonly ObservedProject[],
  before: DesiredStack | null,
): boolean {
  if (projects.length === 0) return false;
  const isKept = before !== null && outlivesManifest(before);
  return isKept || projects.some(({ description }) => parseMarker(description)?.keep === true);
}

/** Whether the project's stack left Git while something of it was kept. */
export function isRetained(project: ObservedProject): boolean {
  const marker = parseMarker(project.description);
  return marker !== null && marker.rev !== null;
}

/** Why a stack may not have what waits to be removed of another owner's; null when it may. */
function leavingConflict(
  stack: DesiredStack,
  project: ObservedProject,
  origin: KeptFor | null,
): string | null {
  if (origin?.hasLeft !== true || !isOthers(stack, origin)) return null;
  const { file } = stack.place;
  const [theirs, mine] = [ownerWords(origin.owner ?? null), ownerWords(ownerOf(stack.labels))];
  return `the project "${project.name}" (${project.projectId}) is what is left of the stack of ${theirs}, which left Git; if ${file} of ${mine} may have it and its data, set \`adopt: ${project.projectId}\`; else take ${file} out of Git, and the removal goes on`;
}

/** Why a stack may not take back what was left of one; null when it may. `origin` null: nobody remembers. */
export function retainedConflict(
  stack: DesiredStack,
  project: ObservedProject,
  origin: KeptFor | null,
): string | null {
  if (stack.adopt === project.projectId) return null;
  if (!isRetained(project)) return leavingConflict(stack, project, origin);
  const { file } = stack.place;
  const isSame = origin?.project === stack.project && origin.file === file;
  if (isSame && !isOthers(stack, origin)) return null;
  const of = isOthers(stack, origin) ? ` of ${ownerWords(origin?.owner ?? null)}` : "";
  const why =
    origin === null
      ? "which manifest it belonged to is not remembered"
      : `it belonged to ${origin.file}${of}, which asked for the project "${origin.project}"`;
  return `the project "${project.name}" (${project.projectId}) was kept when its stack left Git; ${why}; if ${file} may have it and its data, set \`adopt: ${project.projectId}\`, else choose another name`;
}

/**
 * Notes on a project that something of it was kept, or (`whole`) all of it; null when that is written there.
 * `rev` is a short revision.
 */
export function retainedMark(project: ObservedProject, rev: string, whole: boolean): Mark | null {
  const marker = parseMarker(project.description);
  if (marker === null || (marker.rev !== null && (marker.keep || !whole))) return null;
  return {
    key: marker.key,
    kind: "project",
    id: project.projectId,
    text: withoutMarker(project.description),
    marker: { ...marker, keep: marker.keep || whole, rev: marker.rev ?? rev },
  };
}

/** What stays of a service that goes, as its last manifest tells; null when it had no volume, or none is known. */
export function volumeNote(key: string, appName: string, before: DesiredStack | null): Note | null {
  const service = before?.services.find((candidate) => candidate.key === key);
  // Those of a job are its application's.
  const isOwner = service !== undefined && service.job === undefined;
  const volumes = isOwner ? volumesOf(service, appName) : [];
  if (volumes.length === 0) return null;
  const named = [...new Set(volumes)].sort().join(", ");
  const words = volumes.length === 1 ? "its volume" : "its volumes";
  const verb = volumes.length === 1 ? "stays" : "stay";
  return {
    kind: "retained",
    message: `${key} is removed; ${words} ${named} ${verb} on the server`,
  };
}
