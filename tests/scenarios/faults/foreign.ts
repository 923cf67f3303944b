// People's own projects and services on the simulated server, which Capstan must leave as they are.
import type { Simulator } from "../../../src/simulator/server.ts";

type State = Simulator["state"];

/** What of the server is nobody's business: people's own projects and services of the swarm. */
export interface Foreign {
  readonly projectIds: ReadonlySet<string>;
  readonly appNames: ReadonlySet<string>;
  /** All of it as text, taken before Capstan first looked. */
  readonly picture: string;
}

/** All that is theirs, as text. */
export function foreignPicture(
  state: State,
  projectIds: ReadonlySet<string>,
  appNames: ReadonlySet<string>,
): string {
  const environments = [...state.environments.values()].filter((row) =>
    projectIds.has(row.projectId),
  );
  const environmentIds = new Set(environments.map(({ environmentId }) => environmentId));
  const applications = [...state.applications.values()].filter((row) =>
    environmentIds.has(row.environmentId),
  );
  const ids = new Set<string | null>(applications.map(({ applicationId }) => applicationId));
  const children = [
    state.domains,
    state.mounts,
    state.ports,
    state.redirects,
    state.security,
    state.deployments,
  ].map((rows) =>
    [...(rows as Map<string, { applicationId: string | null }>).values()].filter((row) =>
      ids.has(row.applicationId),
    ),
  );
  return JSON.stringify([
    [...state.projects.values()].filter((row) => projectIds.has(row.projectId)),
    environments,
    applications,
    children,
    [...state.swarmServices.values()].filter((one) => appNames.has(one.appName)),
    [...state.routerFiles].filter(([name]) => appNames.has(name)),
  ]);
}

/** Everything that is on the server now is people's own. */
export function foreignOf({ state }: Simulator): Foreign {
  const projectIds = new Set(state.projects.keys());
  const appNames = new Set(state.swarmServices.keys());
  return { projectIds, appNames, picture: foreignPicture(state, projectIds, appNames) };
}
