// Capstan's own acknowledged writes laid over a list of the server, so that the next run sees them before the
// next list does. One entry for each kind of write.
import type {
  ObservedEnvironment,
  ObservedProject,
  ObservedService,
  ObservedSnapshot,
} from "../../model/observed.ts";
import { indexOwnership } from "../../plan/ownership.ts";
import type { OwnershipIndex } from "../../plan/ownership.ts";

/** An acknowledged write, as far as a list would show it. */
export type Effect =
  | { readonly kind: "project"; readonly project: ObservedProject }
  | {
      readonly kind: "project-fields";
      readonly projectId: string;
      readonly name?: string;
      readonly description: string;
      readonly variables?: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: "environment";
      readonly projectId: string;
      readonly environment: ObservedEnvironment;
    }
  | { readonly kind: "service"; readonly environmentId: string; readonly service: ObservedService }
  | { readonly kind: "service-description"; readonly id: string; readonly description: string }
  | { readonly kind: "service-moved"; readonly id: string; readonly environmentId: string }
  /** Nothing runs of a service any more. */
  | { readonly kind: "stopped"; readonly appName: string }
  | { readonly kind: "service-gone"; readonly id: string }
  | { readonly kind: "environment-gone"; readonly environmentId: string }
  | { readonly kind: "project-gone"; readonly projectId: string };

export interface Overlay {
  readonly ownership: OwnershipIndex;
  apply(effect: Effect): void;
}

/** The projects of a list, and where in them a service or environment is. */
interface Listed {
  readonly ownership: OwnershipIndex;
  readonly projectOfEnvironment: Map<string, string>;
  readonly projectOfService: Map<string, string>;
}

type Appliers = {
  readonly [K in Effect["kind"]]: (effect: Extract<Effect, { kind: K }>, listed: Listed) => void;
};

function index({ projectOfEnvironment, projectOfService }: Listed, project: ObservedProject): void {
  for (const { environmentId, services } of project.environments) {
    projectOfEnvironment.set(environmentId, project.projectId);
    for (const { id } of services) projectOfService.set(id, project.projectId);
  }
}

function change(
  listed: Listed,
  projectId: string | undefined,
  next: (project: ObservedProject) => ObservedProject,
): void {
  const project = listed.ownership.byId.get(projectId ?? "");
  if (project === undefined) return;
  const changed = next(project);
  listed.ownership.put(changed);
  index(listed, changed);
}

/** The project with other services in each of its environments. */
function withServices(
  project: ObservedProject,
  next: (environment: ObservedEnvironment) => readonly ObservedService[],
): ObservedProject {
  return {
    ...project,
    environments: project.environments.map((one) => ({ ...one, services: next(one) })),
  };
}

function without(project: ObservedProject, id: string): ObservedProject {
  return withServices(project, ({ services }) => services.filter((service) => service.id !== id));
}

function withService(
  project: ObservedProject,
  environmentId: string,
  service: ObservedService,
): ObservedProject {
  return withServices(project, (one) =>
    one.environmentId === environmentId ? [...one.services, service] : one.services,
  );
}

const appliers: Appliers = {
  project({ project }, listed) {
    if (listed.ownership.byId.has(project.projectId)) return;
    listed.ownership.put(project);
    index(listed, project);
  },
  "project-fields"({ projectId, name, description, variables }, listed) {
    change(listed, projectId, (project) => ({
      ...project,
      name: name ?? project.name,
      description,
      variables: variables ?? project.variables,
    }));
  },
  environment({ projectId, environment }, listed) {
    change(listed, projectId, (project) =>
      project.environments.some((one) => one.environmentId === environment.environmentId)
        ? project
        : { ...project, environments: [...project.environments, environment] },
    );
  },
  service({ environmentId, service }, listed) {
    if (listed.projectOfService.has(service.id)) return;
    change(listed, listed.projectOfEnvironment.get(environmentId), (project) =>
      withService(project, environmentId, service),
    );
  },
  "service-description"({ id, description }, listed) {
    change(listed, listed.projectOfService.get(id), (project) =>
      withServices(project, ({ services }) =>
        services.map((service) => (service.id === id ? { ...service, description } : service)),
      ),
    );
  },
  "service-moved"({ id, environmentId }, listed) {
    const from = listed.projectOfService.get(id);
    const moved = listed.ownership.byId
      .get(from ?? "")
      ?.environments.flatMap(({ services }) => services)
      .find((service) => service.id === id);
    if (moved === undefined) return;
    change(listed, from, (project) => without(project, id));
    listed.projectOfService.delete(id);
    change(listed, listed.projectOfEnvironment.get(environmentId), (project) =>
      withService(project, environmentId, moved),
    );
  },
  // What runs is no part of it: a new list is asked for.
  stopped: () => undefined,
  "service-gone"({ id }, listed) {
    change(listed, listed.projectOfService.get(id), (project) => without(project, id));
    listed.projectOfService.delete(id);
  },
  "environment-gone"({ environmentId }, listed) {
    change(listed, listed.projectOfEnvironment.get(environmentId), (project) => ({
      ...project,
      environments: project.environments.filter((one) => one.environmentId !== environmentId),
    }));
    listed.projectOfEnvironment.delete(environmentId);
  },
  "project-gone"({ projectId }, listed) {
    for (const one of listed.ownership.byId.get(projectId)?.environments ?? []) {
      listed.projectOfEnvironment.delete(one.environmentId);
      for (const { id } of one.services) listed.projectOfService.delete(id);
    }
    listed.ownership.remove(projectId);
  },
};

export function createOverlay(instance: string, snapshot: ObservedSnapshot): Overlay {
  const ownership = indexOwnership(instance, snapshot.projects);
  const listed: Listed = {
    ownership,
    projectOfEnvironment: new Map(),
    projectOfService: new Map(),
  };
  for (const project of ownership.byId.values()) index(listed, project);
  return {
    ownership,
    apply(effect) {
      const apply = appliers[effect.kind] as (effect: Effect, listed: Listed) => void;
      apply(effect, listed);
    },
  };
}
