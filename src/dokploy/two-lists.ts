// The two lists of all that a Dokploy has: one shows the projects' descriptions, the other those of their services. They
// are believed only where they tell the same, as a filtered or cut list would read like deletions.
import type { z } from "zod";
import { parseEnvText } from "../model/env-text.ts";
import type { ObservedEnvironment, ObservedSnapshot } from "../model/observed.ts";
import type { projectAll, projectAllForPermissions } from "./answers.ts";

type Projects = z.output<typeof projectAll>;
type Permitted = z.output<typeof projectAllForPermissions>;

/** Ids of everything that both lists name. */
export function idsOf(projects: Projects): ReadonlySet<string> {
  return new Set(
    projects.flatMap(({ projectId, environments }) => [
      projectId,
      ...environments.flatMap(({ environmentId, ids }) => [environmentId, ...ids]),
    ]),
  );
}

export function permittedIds(projects: Permitted): ReadonlySet<string> {
  return new Set(
    projects.flatMap(({ projectId, environments }) => [
      projectId,
      ...environments.flatMap(({ environmentId, services }) => [
        environmentId,
        ...services.map(({ id }) => id),
      ]),
    ]),
  );
}

/** How many ids only one of the two has. */
export function differences(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  return [...a].filter((id) => !b.has(id)).length + [...b].filter((id) => !a.has(id)).length;
}

/** The projects of the one with the services of the other. */
export function joined(projects: Projects, permitted: Permitted): ObservedSnapshot["projects"] {
  const services = new Map(
    permitted.flatMap(({ environments }) =>
      environments.map((one) => [one.environmentId, one.services] as const),
    ),
  );
  return projects.map((project) => {
    const { values, clean } = parseEnvText(project.env ?? "");
    return {
      projectId: project.projectId,
      name: project.name,
      description: project.description,
      variables: clean ? values : null,
      createdAt: project.createdAt,
      environments: project.environments.map(
        ({ environmentId, name, isDefault }): ObservedEnvironment => ({
          environmentId,
          name,
          isDefault,
          services: services.get(environmentId) ?? [],
        }),
      ),
    };
  });
}
