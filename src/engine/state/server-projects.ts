// The projects of the server as last listed, with the ids by which Dokploy's own pages know them.
import type { ObservedProject } from "../../model/observed.ts";
import { servicesOf } from "../../plan/ownership.ts";
import type { View } from "./world.ts";

export interface ServerProject {
  readonly id: string;
  readonly name: string;
  /** The stack of this instance that owns it; null for anybody else's. */
  readonly stack: string | null;
  /** Of those that carry a marker: the service's key and its id. */
  readonly services: readonly { readonly key: string; readonly id: string }[];
}

function view(project: ObservedProject, stack: string | null): ServerProject {
  const services = servicesOf(project).flatMap(({ marker, service }) =>
    marker === null ? [] : [{ key: marker.key, id: service.id }],
  );
  return { id: project.projectId, name: project.name, stack, services };
}

/** Empty before the first list. */
export function serverProjects(current: View | null): readonly ServerProject[] {
  if (current === null) return [];
  const owners = new Map<string, string>();
  for (const [stack, projects] of current.ownership.owned) {
    for (const { projectId } of projects) owners.set(projectId, stack);
  }
  return [...current.ownership.byId.values()].map((project) =>
    view(project, owners.get(project.projectId) ?? null),
  );
}
