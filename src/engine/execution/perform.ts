// Carries out one action: one request, and what an acknowledged write changed is laid over the world at
// once, so that no list is needed to go on. Order and outcome are execute's.
import { CapstanError } from "../../lib/errors.ts";
import { describe, markerIdLength } from "../../model/marker.ts";
import type { Action, ActionType } from "../../model/plan.ts";
import type { Platform } from "../../ports.ts";
import type { RolloutRequest } from "../rollout/rollout-item.ts";
import type { View } from "../state/world.ts";
import type { Effect } from "../state/overlay.ts";
import type { HostAction } from "../dns/host-records.ts";
import { createMade } from "./made.ts";
import type { Made } from "./made.ts";

export interface PerformContext {
  readonly stack: string;
  /** Why an action is carried out, in one line (H7). */
  readonly cause: (action: Action) => string;
  readonly view: View;
  readonly platform: Platform;
  readonly record: (effect: Effect) => void;
  readonly follow: (request: RolloutRequest) => void;
  /** Makes, changes or removes a DNS record. Throws what the DNS provider throws. */
  readonly keepRecord: (action: HostAction) => Promise<void>;
  /** Why a service is not deleted now, as something of it is under way (W9); null when nothing is. */
  readonly underWay: (removal: Of<"delete-service">) => Promise<string | null>;
}

/** Carries one action out; a text: why it must wait instead. Throws what the platform throws. */
export type Perform = (action: Action) => Promise<string | null>;

interface Bench extends PerformContext {
  readonly made: Made;
}

type Of<T extends ActionType> = Extract<Action, { readonly type: T }>;

type Row<T extends ActionType> = (action: Of<T>, bench: Bench) => Promise<string | null>;

async function keepRecord(action: HostAction, bench: Bench): Promise<string | null> {
  await bench.keepRecord(action);
  return null;
}

const rows: { readonly [T in ActionType]: Row<T> } = {
  "create-project": async ({ name, description, variables }, { platform, record, made }) => {
    const created = await platform.createProject({ name, description, variables });
    made.project(created.id);
    made.environment("production", created.environmentId);
    const production = {
      environmentId: created.environmentId,
      name: "production",
      isDefault: true,
      services: [],
    };
    const { id: projectId, createdAt } = created;
    const project = { projectId, name, description, variables, createdAt };
    record({ kind: "project", project: { ...project, environments: [production] } });
    return null;
  },
  "update-project": async (action, { platform, record, made }) => {
    const { projectId, name, description, variables } = action;
    await platform.updateProject(projectId, { name, description, variables });
    made.project(projectId);
    record({ kind: "project-fields", projectId, name, description, variables });
    return null;
  },
  "create-environment": async ({ environment: name }, { platform, record, made }) => {
    const projectId = made.projectId();
    const { id: environmentId } = await platform.createEnvironment(projectId, name);
    made.environment(name, environmentId);
    const environment = { environmentId, name, isDefault: false, services: [] };
    record({ kind: "environment", projectId, environment });
    return null;
  },
  "create-service": async (action, { platform, record, made }) => {
    const environmentId = made.environmentId(action.environment);
    const { desired, description, serverId } = action;
    const where = { environmentId, description, ...(serverId === null ? {} : { serverId }) };
    const created = await platform.createService(desired, where);
    made.service(action.service, created);
    const { kind, name } = desired;
    const service = { kind, name, description, serverId, status: "idle", ...created };
    record({ kind: "service", environmentId, service });
    return null;
  },
  "move-service": async (action, { platform, record, made }) => {
    const { id } = made.serviceOf(action);
    const environmentId = made.environmentId(action.environment);
    await platform.moveService({ kind: action.kind, id }, environmentId);
    record({ kind: "service-moved", id, environmentId });
    return null;
  },
  "create-child": async (action, { platform, made }) => {
    const { kind, child } = action;
    await platform.createChild({ kind, id: made.serviceOf(action).id }, child);
    return null;
  },
  "update-child": async (action, { platform, made }) => {
    const { kind, childId, child } = action;
    await platform.updateChild({ kind, id: made.serviceOf(action).id }, childId, child);
    return null;
  },
  "delete-child": async ({ childId, child }, { platform }) => {
    await platform.deleteChild(childId, child.kind);
    return null;
  },
  "configure-service": async (action, { platform, record, made }) => {
    const { id } = made.serviceOf(action);
    const { desired, observed, want } = action;
    const marker = { ...action.marker, id: id.slice(0, markerIdLength) };
    const description = describe(desired.description, marker);
    await platform.configureService(id, { desired, observed, description, want });
    record({ kind: "service-description", id, description });
    return null;
  },
  rollout: (action, { stack, follow, cause, made }) => {
    const { desired, want, serverId, head = null } = action;
    const { id: serviceId, appName } = made.serviceOf(action);
    const request = {
      ...{ stack, serviceId, serverId, desired, want, head },
      appName: action.appName ?? appName,
    };
    follow({ ...request, reason: cause(action) });
    return Promise.resolve(null);
  },
  "stop-service": async (action, { platform, record, made }) => {
    const { kind, appName } = action;
    await platform.stopService({ kind, id: made.serviceOf(action).id });
    record({ kind: "stopped", appName });
    return null;
  },
  mark: async ({ marks }, { platform, record }) => {
    const descriptions = marks.map(({ kind, id, text, marker }) => ({
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
  },
  "delete-service": async (action, { platform, record, underWay }) => {
    const why = await underWay(action);
    if (why !== null) return why;
    await platform.deleteService(action);
    record({ kind: "service-gone", id: action.id });
    return null;
  },
  "delete-environment": async ({ environmentId }, { platform, record }) => {
    await platform.deleteEnvironment(environmentId);
    record({ kind: "environment-gone", environmentId });
    return null;
  },
  "delete-project": async ({ projectId, name }, { platform, record }) => {
    // Its removal takes all rows in it along, and a list may be older than what people put there.
    if ((await platform.servicesIn(projectId)) > 0) {
      throw new CapstanError("conflict", `the project ${name} is not empty: it stays`, {
        hint: "somebody put a service into it; move or delete that in Dokploy",
      });
    }
    await platform.deleteProject(projectId);
    record({ kind: "project-gone", projectId });
    return null;
  },
  "create-record": keepRecord,
  "update-record": keepRecord,
  "delete-record": keepRecord,
};

/** For the actions of one plan: later ones find what earlier ones made. */
export function createPerform(context: PerformContext): Perform {
  const bench: Bench = { ...context, made: createMade(context.stack, context.view) };
  return async (action) => {
    const perform = rows[action.type] as Row<ActionType>;
    return perform(action, bench);
  };
}
