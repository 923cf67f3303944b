// The plan for a stack that left Git: its services one by one, then the environments that this
// empties, then the project, which goes only when nothing of anybody else's is left in it.
import type { Cause } from "../model/cause.ts";
import type { DesiredStack } from "../model/desired.ts";
import { ownerName, parseMarker } from "../model/marker.ts";
import type { ObservedProject } from "../model/observed.ts";
import { isPreviewName } from "../model/preview-name.ts";
import type { Action, Mark, Note, Plan } from "../model/plan.ts";
import { deleteService, removalRank } from "./delete-service.ts";
import { strayedNotes } from "./match.ts";
import { servicesOf } from "./ownership.ts";
import type { ServicePlace } from "./ownership.ts";
import { outlivesManifest, retainedMark, volumeNote } from "./retained.ts";
import { shortRevision } from "./settle.ts";

export interface PruneContext {
  /** The stack as Git last had it, where that is known. */
  readonly before: DesiredStack | null;
  /** The commit that has it no more: noted on what is kept. */
  readonly revision: string;
  /** Projects that hold services of the stack without being its own. */
  readonly strayed: readonly ObservedProject[];
  /** Its manifest, where an ignore file leaves that out. */
  readonly leftOut?: string | undefined;
}

export function planPrune(
  stack: string,
  instance: string,
  projects: readonly ObservedProject[],
  context: PruneContext | null = null,
): Plan {
  const leftOut = context?.leftOut;
  const leftGit: Cause = {
    kind: "left-git",
    what: "stack",
    kept: false,
    ...(leftOut === undefined ? {} : { leftOut }),
  };
  const actions: Action[] = [];
  const marks: Mark[] = [];
  const noteKept = (project: ObservedProject, whole: boolean): void => {
    if (context === null) return;
    const mark = retainedMark(project, shortRevision(context.revision), whole);
    if (mark !== null) marks.push(mark);
  };
  const owner = ownerName(instance, stack);
  const notes: Note[] = [...strayedNotes(owner, context?.strayed ?? [])];
  // What the last manifest said counts also where no run has written it down yet.
  const before = context?.before ?? null;
  const isKept = before !== null && outlivesManifest(before);
  for (const project of projects) {
    if (isKept || parseMarker(project.description)?.keep === true) {
      notes.push({
        kind: "retained",
        message: `the project ${project.name} is no longer in Git and is kept`,
      });
      noteKept(project, true);
      continue;
    }
    let kept = false;
    const deleted = new Set<string>();
    const rank = ({ service, marker }: ServicePlace): string =>
      `${removalRank(marker?.key ?? "")} ${service.id}`;
    const places = [...servicesOf(project)].sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
    for (const place of places) {
      const { service, marker, environment } = place;
      if (marker?.owner !== owner) {
        notes.push({
          kind: "unmanaged",
          message: `${service.name} in ${project.name}/${environment.name} is not Capstan's: it and its project stay`,
        });
      } else if (marker.keep) {
        notes.push({ kind: "retained", message: `${marker.key} of ${stack} is kept` });
        kept = true;
      } else {
        const removal = deleteService(marker.key, place, leftGit);
        // Nobody wants the data of a preview back.
        actions.push(isPreviewName(stack) ? { ...removal, volumes: true } : removal);
        deleted.add(service.id);
        const note = volumeNote(marker.key, service.appName, before);
        if (note !== null) notes.push(note);
      }
    }
    if (kept) noteKept(project, false);
    const left = places.some(({ service }) => !deleted.has(service.id));
    if (left) continue;
    actions.push({
      type: "delete-project",
      projectId: project.projectId,
      name: project.name,
      cause: leftGit,
      risk: "data-loss",
      changes: [],
    });
  }
  if (marks.length > 0) {
    const cause = { ...leftGit, kept: true };
    actions.unshift({ type: "mark", marks, cause, risk: "none", changes: [] });
  }
  return { stack, actions, notes, conflict: null };
}
