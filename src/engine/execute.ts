// Carries the actions of one plan out, in order: one request an action, an answer before the next.
// Every action ends as done, failed or not executed; what an acknowledged write changed is laid over
// the world at once, so that no list is needed to go on.
import { describeError, toCapstanError } from "../lib/errors.ts";
import type { CapstanError } from "../lib/errors.ts";
import { describe, markerIdLength } from "../model/marker.ts";
import { domainKey, portKey } from "../model/fields.ts";
import type { Action, Child } from "../model/plan.ts";
import type { Platform } from "../ports.ts";
import type { Intents } from "./intents.ts";
import type { RolloutRequest } from "./rollouts.ts";
import type { Effect, View } from "./world.ts";

export interface ActionResult {
  readonly action: Action;
  readonly status: "done" | "failed" | "not-executed";
  /** Why it failed or was not executed; empty when done. */
  readonly message: string;
}

export interface ExecutionResult {
  readonly results: readonly ActionResult[];
  /** The first error; null when all went well or only waits. */
  readonly error: CapstanError | null;
  /** Milliseconds until a create may be looked for again (W3); null when none waits. */
  readonly waitMs: number | null;
}

export interface ExecutionContext {
  readonly stack: string;
  readonly revision: string;
  readonly view: View;
  /** When the deep reads behind the plan were asked for. */
  readonly detailsAtMs: number;
  readonly platform: Platform;
  readonly intents: Intents;
  readonly record: (effect: Effect) => void;
  readonly follow: (request: RolloutRequest) => void;
  /** Whether new writes may start (not stopping). */
  readonly mayWrite: () => boolean;
  /** Whether something of the application is being deployed: nothing is deleted then (W9). */
  readonly isDeploying: (applicationId: string) => Promise<boolean>;
  readonly report: (result: ActionResult) => void;
}

function childName(child: Child): string {
  switch (child.kind) {
    case "mount":
      return child.spec.target;
    case "port":
      return portKey(child.spec);
    case "domain":
      return domainKey(child.spec);
    case "redirect":
      return child.spec.regex;
    case "basicAuth":
      return child.spec.username;
  }
}

/** The name under which a create is remembered; null for actions that create nothing. */
export function resourceOf(stack: string, action: Action): string | null {
  switch (action.type) {
    case "create-project":
      return `${stack}/project`;
    case "create-environment":
      return `${stack}/environment ${action.environment}`;
    case "create-application":
      return `${stack}/${action.service}`;
    case "create-child":
      return `${stack}/${action.service}/${action.child.kind} ${childName(action.child)}`;
    default:
      return null;
  }
}

interface Made {
  readonly id: string;
  readonly appName: string;
}

const serviceOf = (action: Action): string | null => ("service" in action ? action.service : null);
const isRemoval = (action: Action): boolean =>
  ["delete-service", "delete-environment", "delete-project"].includes(action.type);

export async function execute(
  actions: readonly Action[],
  context: ExecutionContext,
): Promise<ExecutionResult> {
  const { platform, intents, record, stack } = context;
  const results: ActionResult[] = [];
  const made = new Map<string, Made>();
  /** Made in this run, so that nothing of them can exist that was not seen. */
  const environments = new Map<string, string>();
  let projectId: string | null = null;
  const failedServices = new Set<string>();
  let allFailed: string | null = null;
  let error: CapstanError | null = null;
  let waitMs: number | null = null;
  let removalsHeld: string | null = null;

  const knownProject = context.view.ownership.owned.get(stack)?.[0] ?? null;
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
  function application(action: { service: string; applicationId: string | null }): string {
    const id = action.applicationId ?? made.get(action.service)?.id;
    if (id === undefined) throw new Error(`no application ${action.service} of ${stack} is known`);
    return id;
  }
  const deploying = async (id: string): Promise<boolean> => context.isDeploying(id);

  /** Carries one action out; a text: why it must wait instead. */
  async function perform(action: Action): Promise<string | null> {
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
      case "create-application": {
        const environmentId = environment(action.environment);
        const { name, appName } = action.desired;
        const { description } = action;
        const created = await platform.createApplication({
          environmentId,
          name,
          appName,
          description,
        });
        made.set(action.service, created);
        record({
          kind: "service",
          environmentId,
          service: {
            kind: "application",
            id: created.id,
            name,
            appName: created.appName,
            description,
            createdAt: created.createdAt,
            serverId: null,
            status: "idle",
          },
        });
        return null;
      }
      case "move-application": {
        const id = application(action);
        const environmentId = environment(action.environment);
        await platform.moveApplication(id, environmentId);
        record({ kind: "service-moved", id, environmentId });
        return null;
      }
      case "create-child":
        await platform.createChild(application(action), action.child);
        return null;
      case "update-child":
        await platform.updateChild(application(action), action.childId, action.child);
        return null;
      case "delete-child":
        await platform.deleteChild(action.childId, action.child.kind);
        return null;
      case "configure-application": {
        const id = application(action);
        const marker = { ...action.marker, id: id.slice(0, markerIdLength) };
        const description = describe(action.desired.description, marker);
        const { desired, observed, want } = action;
        await platform.configureApplication(id, { desired, observed, description, want });
        record({ kind: "service-description", id, description });
        return null;
      }
      case "rollout":
        context.follow({
          stack,
          applicationId: application(action),
          appName: action.appName ?? made.get(action.service)?.appName ?? "",
          desired: action.desired,
          want: action.want,
          reason: `${action.reason} (${context.revision.slice(0, 12)})`,
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
        if (action.kind === "application" && (await deploying(action.id))) {
          return `${action.name} is being deployed; it is removed after that`;
        }
        await platform.deleteService(action.kind, action.id);
        record({ kind: "service-gone", id: action.id });
        return null;
      case "delete-environment":
        await platform.deleteEnvironment(action.environmentId);
        record({ kind: "environment-gone", environmentId: action.environmentId });
        return null;
      case "delete-project":
        await platform.deleteProject(action.projectId);
        record({ kind: "project-gone", projectId: action.projectId });
        return null;
    }
  }

  function end(result: ActionResult): void {
    results.push(result);
    context.report(result);
  }

  for (const action of actions) {
    const service = serviceOf(action);
    const skip =
      allFailed ??
      (isRemoval(action) && removalsHeld !== null
        ? removalsHeld
        : service !== null && failedServices.has(service)
          ? `an earlier action of ${service} did not succeed`
          : action.type === "mark" && action.marks.some((mark) => failedServices.has(mark.key))
            ? "an earlier action did not succeed"
            : null);
    if (skip !== null) {
      end({ action, status: "not-executed", message: skip });
      continue;
    }
    if (!context.mayWrite()) {
      allFailed = "Capstan is stopping";
      end({ action, status: "not-executed", message: allFailed });
      continue;
    }
    const stopOn = (message: string): void => {
      if (service === null) allFailed = message;
      else failedServices.add(service);
      removalsHeld = `${service ?? "the project"} is not as desired yet`;
    };
    const resource = resourceOf(stack, action);
    if (resource !== null) {
      const fresh = action.type === "create-child" && action.applicationId === null;
      const observedAtMs =
        action.type === "create-child" ? context.detailsAtMs : context.view.takenAtMs;
      const gate = fresh ? { kind: "free" as const } : intents.gate(resource, observedAtMs);
      if (gate.kind === "wait") {
        const message = "its creation was not answered before; looking again before it is repeated";
        waitMs = Math.min(waitMs ?? Infinity, gate.afterMs);
        stopOn(message);
        end({ action, status: "not-executed", message });
        continue;
      }
      intents.begin(resource);
    }
    try {
      const waits = await perform(action);
      if (resource !== null) intents.end(resource);
      if (waits === null) {
        end({ action, status: "done", message: "" });
      } else {
        removalsHeld = waits;
        end({ action, status: "not-executed", message: waits });
      }
    } catch (cause) {
      const known = toCapstanError(cause);
      if (resource !== null && known.code !== "uncertain") intents.end(resource);
      error ??= known;
      stopOn(`an earlier action failed: ${known.message}`);
      end({ action, status: "failed", message: describeError(known) });
      // The whole server is meant, not this action: the others would meet the same.
      if (["unavailable", "unauthorised", "rate-limited", "uncertain"].includes(known.code)) {
        allFailed ??= `an earlier action failed: ${known.message}`;
      }
    }
    if (action.type === "rollout") removalsHeld ??= `${action.service} is not rolled out yet`;
  }
  return { results, error, waitMs };
}
