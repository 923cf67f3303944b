// Carries out one action: one request, and what an acknowledged write changed is laid over the world at
// once, so that no list is needed to go on. Order and outcome are execute's.
import type { ServiceRef } from "../../model/observed.ts";
import { CapstanError } from "../../lib/errors.ts";
import { describe, markerIdLength } from "../../model/marker.ts";
import type { Action } from "../../model/plan.ts";
import { projectInUse } from "../../plan/ownership.ts";
import type { Platform } from "../../ports.ts";
import type { RolloutRequest } from "../rollout/rollout-item.ts";
import type { Effect } from "../state/overlay.ts";
import type { View } from "../state/world.ts";

export interface PerformContext {
  readonly stack: string;
  /** Why an action is carried out, in one line (H7). */
  readonly cause: (action: Action) => string;
  readonly view: View;
  readonly platform: Platform;
  readonly record: (effect: Effect) => void;
  readonly follow: (request: RolloutRequest) => void;
  /** Whether something of the service is being deployed: nothing is deleted then (W9). */
  readonly isDeploying: (service: ServiceRef) => Promise<boolean>;
}

interface Made {
  readonly id: string;
  readonly appName: string;
}

/** Carries one action out; a text: why it must wait instead. Throws what the platform throws. */
export type Perform = (action: Action) => Promise<string | null>;

/** For the actions of one plan: later ones find what earlier ones made. */
export function createPerform(context: PerformContext): Perform {
  const { platform, record, stack } = context;
  const made = new Map<string, Made>();
  const environments = new Map<string, string>();
  let projectId: string | null = null;

  const knownProject = projectInUse(context.view.ownership.owned.get(stack) ?? []);
  function project(): string {
    const id = projectId ?? knownProject?.projectId;
    if (id === undefined) throw new Error(`no project of ${stack} is known`);
    return id;
  }
  function environment(name: string): string {
    const known = context.view.ownership.byId
      .get(project())
      ?.environments.find((candidate) => candidate.name === name);
    const id = environments.get(name) ?? known?.environmentId;
    if (id === undefined) throw new Error(`no environment ${name} of ${stack} is known`);
    return id;
  }
  function idOf(action: { service: string; serviceId: string | null }): string {
    const id = action.serviceId ?? made.get(action.service)?.id;
    if (id === undefined) throw new Error(`no service ${action.service} of ${stack} is known`);
    return id;
  }

  return async (action) => {
    switch (action.type) {
      case "create-project": {
        const { name, description, variables } = action;
        const created = await platform.createProject({ name, description, variables });
        projectId = created.id;
        environments.set("production", created.environmentId);
        record({
          kind: "project",
          project: {
            projectId: created.id,
            name,
            description,
            variables,
            createdAt: created.createdAt,
            environments: [
              {
                environmentId: created.environmentId,
                name: "production",
                isDefault: true,
                services: [],
              },
            ],
          },
        });
        return null;
      }
      case "update-project": {
        const { name, description, variables } = action;
        await platform.updateProject(action.projectId, { name, description, variables });
        projectId = action.projectId;
        record({ kind: "project-fields", projectId, name, description, variables });
        return null;
      }
      case "create-environment": {
        const created = await platform.createEnvironment(project(), action.environment);
        environments.set(action.environment, created.id);
        record({
          kind: "environment",
          projectId: project(),
          environment: {
            environmentId: created.id,
            name: action.environment,
            isDefault: false,
            services: [],
          },
        });
        return null;
      }
      case "create-service": {
        const environmentId = environment(action.environment);
        const { desired, description } = action;
        const created = await platform.createService(desired, { environmentId, description });
        made.set(action.service, created);
        record({
          kind: "service",
          environmentId,
          service: {
            kind: desired.kind,
            id: created.id,
            name: desired.name,
            appName: created.appName,
            description,
            createdAt: created.createdAt,
            serverId: null,
            status: "idle",
          },
        });
        return null;
      }
      case "move-service": {
        const id = idOf(action);
        const environmentId = environment(action.environment);
        await platform.moveService({ kind: action.kind, id }, environmentId);
        record({ kind: "service-moved", id, environmentId });
        return null;
      }
      case "create-child":
        await platform.createChild({ kind: action.kind, id: idOf(action) }, action.child);
        return null;
      case "update-child":
        await platform.updateChild(action.childId, action.child);
        return null;
      case "delete-child":
        await platform.deleteChild(action.childId, action.child.kind);
        return null;
      case "configure-service": {
        const id = idOf(action);
        const marker = { ...action.marker, id: id.slice(0, markerIdLength) };
        const description = describe(action.desired.description, marker);
        const { desired, observed, want } = action;
        await platform.configureService(id, { desired, observed, description, want });
        record({ kind: "service-description", id, description });
        return null;
      }
      case "rollout":
        context.follow({
          stack,
          serviceId: idOf(action),
          appName: action.appName ?? made.get(action.service)?.appName ?? "",
          desired: action.desired,
          want: action.want,
          reason: context.cause(action),
        });
        return null;
      case "mark": {
        const descriptions = action.marks.map(({ kind, id, text, marker }) => ({
          kind,
          id,
          description: describe(text, marker),
        }));
        await platform.writeDescriptions(descriptions);
        for (const { kind, id, description } of descriptions) {
          record(
            kind === "project"
              ? { kind: "project-fields", projectId: id, description }
              : { kind: "service-description", id, description },
          );
        }
        return null;
      }
      case "delete-service":
        if (await context.isDeploying(action)) {
          return `${action.name} is being deployed; it is removed after that`;
        }
        await platform.deleteService(action);
        record({ kind: "service-gone", id: action.id });
        return null;
      case "delete-environment":
        await platform.deleteEnvironment(action.environmentId);
        record({ kind: "environment-gone", environmentId: action.environmentId });
        return null;
      case "delete-project":
        // Its removal takes all rows in it along, and a list may be older than what people put there.
        if ((await platform.servicesIn(action.projectId)) > 0) {
          throw new CapstanError("conflict", `the project ${action.name} is not empty: it stays`, {
            hint: "somebody put a service into it; move or delete that in Dokploy",
          });
        }
        await platform.deleteProject(action.projectId);
        record({ kind: "project-gone", projectId: action.projectId });
        return null;
    }
  };
}
