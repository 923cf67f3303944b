// What the actions of one plan have made so far, and where the rest of it stands: later actions find by name what
// earlier ones made.
import { projectInUse } from "../../plan/ownership.ts";
import type { View } from "../state/world.ts";

interface MadeService {
  readonly id: string;
  /** Empty for one that was there before. */
  readonly appName: string;
}

/** The questions throw for what neither the view has nor an action made: the plan is wrong then. */
export interface Made {
  project(id: string): void;
  environment(name: string, id: string): void;
  service(key: string, made: MadeService): void;
  projectId(): string;
  environmentId(name: string): string;
  serviceOf(action: { readonly service: string; readonly serviceId: string | null }): MadeService;
}

export function createMade(stack: string, { ownership }: View): Made {
  const services = new Map<string, MadeService>();
  const environments = new Map<string, string>();
  let project = projectInUse(ownership.owned.get(stack) ?? [])?.projectId ?? null;

  function projectId(): string {
    if (project === null) throw new Error(`no project of ${stack} is known`);
    return project;
  }

  return {
    project(id) {
      project = id;
    },
    environment(name, id) {
      environments.set(name, id);
    },
    service(key, made) {
      services.set(key, made);
    },
    projectId,
    environmentId(name) {
      const known = ownership.byId
        .get(projectId())
        ?.environments.find((candidate) => candidate.name === name);
      const id = environments.get(name) ?? known?.environmentId;
      if (id === undefined) throw new Error(`no environment ${name} of ${stack} is known`);
      return id;
    },
    serviceOf({ service, serviceId }) {
      if (serviceId !== null) return { id: serviceId, appName: "" };
      const made = services.get(service);
      if (made === undefined) throw new Error(`no service ${service} of ${stack} is known`);
      return made;
    },
  };
}
