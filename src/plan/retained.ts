// Law O7: what outlives its manifest. A project that was kept when its stack left Git carries the commit of
// that moment as `rev` in its marker, and is taken back only by the manifest that it belonged to.
import type { DesiredStack } from "../model/desired.ts";
import { parseMarker, withoutMarker } from "../model/marker.ts";
import type { ObservedProject } from "../model/observed.ts";
import type { Mark, Note } from "../model/plan.ts";

/** Where the manifest stood that a kept project belongs to. */
export interface KeptFor {
  readonly project: string;
  readonly file: string;
}

/** Whether a manifest says that its stack shall outlive it. */
export function outlivesManifest({ deletionPolicy, sync }: DesiredStack): boolean {
  return deletionPolicy === "retain" || !sync.prune;
}

/** Whether the project's stack left Git while something of it was kept. */
export function isRetained(project: ObservedProject): boolean {
  const marker = parseMarker(project.description);
  return marker !== null && marker.rev !== null;
}

/** Why a stack may not take a kept project back; null when it may. `origin` null: nobody remembers. */
export function retainedConflict(
  stack: DesiredStack,
  project: ObservedProject,
  origin: KeptFor | null,
): string | null {
  if (!isRetained(project) || stack.adopt === project.projectId) return null;
  const { file } = stack.place;
  if (origin?.project === stack.project && origin.file === file) return null;
  const why =
    origin === null
      ? "which manifest it belonged to is not remembered"
      : `it belonged to ${origin.file}, which asked for the project "${origin.project}"`;
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
export function volumeNote(key: string, before: DesiredStack | null): Note | null {
  const service = before?.services.find((candidate) => candidate.key === key);
  const volumes = (service?.spec.mounts ?? []).flatMap((mount) =>
    mount.type === "volume" ? [mount.volume] : [],
  );
  if (volumes.length === 0) return null;
  const named = [...new Set(volumes)].sort().join(", ");
  const words = volumes.length === 1 ? "its volume" : "its volumes";
  const verb = volumes.length === 1 ? "stays" : "stay";
  return {
    kind: "retained",
    message: `${key} is removed; ${words} ${named} ${verb} on the server`,
  };
}
