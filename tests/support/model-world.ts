// A Dokploy of a few hundred lines for tests of the planner: it carries out actions as the executor and
// Dokploy together would, deploys when a rollout asks for it, and remembers what runs.
import { specOf } from "./kinds.ts";
import { keepIgnored } from "../../src/model/fields.ts";
import type { DesiredStack } from "../../src/model/desired.ts";
import { databaseRows, isDatabase } from "../../src/model/kinds/database-rows.ts";
import { kindOf } from "../../src/model/kinds/table.ts";
import type { ApplicationSpec, Configured, ManagedKind } from "../../src/model/specs.ts";
import { isIgnored } from "../../src/model/fields.ts";
import { describe, formatWant, markerIdLength } from "../../src/model/marker.ts";
import type { Action, Plan } from "../../src/model/plan.ts";
import type { PlanInput, Verdict } from "../../src/plan/input.ts";
import { indexOwnership } from "../../src/plan/ownership.ts";
import { servicesToRead } from "../../src/plan/reads.ts";
import { planStack } from "../../src/plan/stack.ts";
import { causeText } from "../../src/plan/cause-words.ts";
import {
  addEnvironment,
  addProject,
  addService,
  deploy,
  instance,
  modelServers,
  nextId,
  read,
  runningIn,
  serviceById,
  storedService,
} from "./model-state.ts";
import type {
  ModelEnvironment,
  ModelProject,
  ModelService,
  ModelState,
  StoredApplication,
  StoredService,
} from "./model-state.ts";
import { workloadOf } from "./workload.ts";

export type Verdicts = Map<string, Verdict>;
export type PlanExtras = Partial<Omit<PlanInput, "desired" | "verdicts" | "ownership">>;

export function planIn(
  state: ModelState,
  desired: DesiredStack,
  verdicts: Verdicts = new Map(),
  extras: PlanExtras = {},
): Plan {
  const input: Omit<PlanInput, "details"> = {
    desired,
    ...runningIn(state),
    servers: modelServers,
    ownership: indexOwnership(instance, state.projects),
    verdicts,
    revision: "0123456789abcdef",
    previous: null,
    knownProjectId: null,
    stillDesired: () => false,
    redeploy: new Map(),
    ...extras,
  };
  const ids = servicesToRead(input, () => false);
  const details = new Map(ids.map(({ id }) => [id, read(state, id)]));
  return planStack({ ...input, details, ...extras });
}

/** One run of the executor: it knows what it made itself. */
export function createRun(state: ModelState, verdicts: Verdicts, stack: string) {
  const made = new Map<string, ModelService>();
  let project: ModelProject | null = indexedProject(state, stack) ?? null;

  const idOf = (action: { service: string; serviceId: string | null }): string =>
    action.serviceId ?? made.get(action.service)?.id ?? "";
  const environmentOf = (name: string): ModelEnvironment => {
    const found = project?.environments.find((environment) => environment.name === name);
    if (found === undefined) throw new Error(`no environment ${name}`);
    return found;
  };
  const remove = (id: string): ModelService => {
    const service = serviceById(state, id);
    for (const { environments } of state.projects) {
      for (const environment of environments) {
        environment.services = environment.services.filter((one) => one.id !== id);
      }
    }
    return service;
  };

  function perform(action: Action): void {
    if ("waitsFor" in action && (action.waitsFor ?? []).length > 0) return;
    switch (action.type) {
      case "create-project":
        project = addProject(state, action.name, action.description);
        project.variables = { ...action.variables };
        return;
      case "update-project": {
        project = state.projects.find((one) => one.projectId === action.projectId) ?? null;
        if (project === null) throw new Error("no such project");
        project.name = action.name;
        project.description = action.description;
        project.variables = { ...action.variables };
        return;
      }
      case "create-environment":
        if (project === null) throw new Error("no project yet");
        addEnvironment(state, project, action.environment);
        return;
      case "create-service": {
        const environment = environmentOf(action.environment);
        const { desired, description } = action;
        const names = { name: desired.name, description };
        const service = addService(state, environment, madeOf(desired), names);
        service.serverId = action.serverId;
        made.set(action.service, service);
        return;
      }
      case "move-service": {
        const moved = remove(idOf(action));
        environmentOf(action.environment).services.push(moved);
        return;
      }
      case "create-child":
        storedService(state, idOf(action)).children.push({
          id: nextId(state, "c"),
          child: action.child,
        });
        return;
      case "update-child": {
        const row = storedService(state, idOf(action)).children.find(
          ({ id }) => id === action.childId,
        );
        if (row === undefined) throw new Error(`no child ${action.childId}`);
        row.child = action.child;
        return;
      }
      case "delete-child": {
        const application = storedService(state, idOf(action));
        application.children = application.children.filter(({ id }) => id !== action.childId);
        return;
      }
      case "configure-service": {
        const id = idOf(action);
        const marker = { ...action.marker, id: id.slice(0, markerIdLength) };
        serviceById(state, id).description = describe(action.desired.description, marker);
        configure(storedService(state, id), action);
        return;
      }
      case "stop-service": {
        const live = state.running.get(action.appName);
        if (live === undefined) throw new Error(`nothing runs of ${action.service}`);
        live.replicas = 0;
        return;
      }
      case "rollout": {
        const service = serviceById(state, idOf(action));
        const want = formatWant(action.want);
        if (state.running.get(service.appName)?.label !== want) deploy(state, service.id, want);
        verdicts.set(service.id, { kind: "healthy", want: action.want });
        return;
      }
      case "mark":
        for (const { kind, id, text, marker } of action.marks) {
          const target =
            kind === "project"
              ? state.projects.find(({ projectId }) => projectId === id)
              : serviceById(state, id);
          if (target === undefined) throw new Error(`nothing to mark: ${id}`);
          target.description = describe(text, marker);
        }
        return;
      case "delete-service":
        state.running.delete(remove(action.id).appName);
        state.applications.delete(action.id);
        return;
      case "delete-environment":
        for (const one of state.projects) {
          one.environments = one.environments.filter(
            ({ environmentId }) => environmentId !== action.environmentId,
          );
        }
        return;
      // Records are no part of what this world holds.
      case "create-record":
      case "update-record":
      case "delete-record":
        return;
      case "delete-project": {
        const gone = state.projects.find(({ projectId }) => projectId === action.projectId);
        if (gone?.environments.some(({ services }) => services.length > 0) === true) {
          throw new Error("a project with services was removed");
        }
        state.projects = state.projects.filter((one) => one !== gone);
        return;
      }
    }
  }
  return perform;
}

function indexedProject(state: ModelState, stack: string): ModelProject | undefined {
  const known = indexOwnership(instance, state.projects).owned.get(stack)?.[0];
  return state.projects.find(({ projectId }) => projectId === known?.projectId);
}

type Configure = Extract<Action, { type: "configure-service" }>;

function configure(service: StoredService, { desired, observed, want }: Configure): void {
  const have = observed === null ? null : observed.spec;
  const next = keepIgnored(desired, have, desired.ignore);
  const { kind } = service;
  const spec: Record<string, unknown> = { ...service.spec };
  const identity: ReadonlySet<string> = new Set(identityOf(kind));
  for (const [root, value] of Object.entries(next)) {
    // What a database is made with is written only where it differs from what was read.
    const isSame = have !== null && (have as unknown as typeof spec)[root] === value;
    if (identity.has(root) && (have === null || isSame)) continue;
    if (!isIgnored(desired.ignore, root)) spec[root] = value;
  }
  service.spec = spec as unknown as Configured["spec"];
  if (kind === "application") keepInside(service as StoredApplication, { desired, observed });
  service.label = formatWant(want);
  service.autoDeploy = false;
  if (kind === "application") service.sourceType = "docker";
}

function identityOf(kind: ManagedKind): readonly string[] {
  return isDatabase(kind) ? databaseRows[kind].identity : [];
}

/** With what Dokploy makes it: a database with its identity and image. */
function madeOf({ kind, spec }: Configured): Configured {
  const fields = isDatabase(kind)
    ? [...identityOf(kind), "image"]
    : kind === "compose"
      ? ["type"]
      : [];
  const given = Object.entries(spec).filter(([field]) => fields.includes(field));
  return { kind, spec: { ...kindOf(kind).defaults, ...Object.fromEntries(given) } } as Configured;
}

/** What people keep of a value that Dokploy stores as one. */
function keepInside(
  application: StoredApplication,
  { desired, observed }: Pick<Configure, "desired" | "observed">,
): void {
  const have = observed === null ? null : specOf(observed);
  const next = keepIgnored({ kind: "application", spec: specOf(desired) }, have, desired.ignore);
  const { spec } = application;
  if (isIgnored(desired.ignore, "registry.password") && !isIgnored(desired.ignore, "registry")) {
    spec.registry = withOldPassword(next, have);
  }
  for (const side of ["limits", "reservations"] as const) {
    if (!isIgnored(desired.ignore, `resources.${side}.memory`)) continue;
    const memoryBytes = observed === null ? null : workloadOf(observed).resources[side].memoryBytes;
    spec.resources = { ...spec.resources, [side]: { ...spec.resources[side], memoryBytes } };
  }
}

function withOldPassword(next: ApplicationSpec, old: ApplicationSpec | null) {
  const password = old?.registry?.password ?? "";
  const { url = "", username = "" } = next.registry ?? {};
  const empty = url === "" && username === "" && password === "";
  return empty ? null : { url, username, password };
}

const removals = new Set<Action["type"]>([
  "delete-service",
  "delete-environment",
  "delete-project",
]);

/** What the executor does of a plan: all of it, removals only when nothing is being rolled out. */
export function executable(plan: Plan): readonly Action[] {
  const rolling = plan.actions.some(({ type }) => type === "rollout");
  const waits = ({ type, cause }: Action): boolean =>
    removals.has(type) && cause.kind !== "replaced";
  return plan.actions.filter((action) => !rolling || !waits(action));
}

/** Carries out the first `count` actions of a plan. */
export function carryOut(
  state: ModelState,
  plan: Plan,
  verdicts: Verdicts,
  count = Number.POSITIVE_INFINITY,
): void {
  const perform = createRun(state, verdicts, plan.stack);
  for (const action of executable(plan).slice(0, count)) perform(action);
}

/** Three services in line, with a job before each, and what is written down in the end. */
export const mostRounds = 12;

/** Plans and carries out until nothing is left to do; returns the plans that had actions. */
export function converge(
  state: ModelState,
  desired: DesiredStack,
  verdicts: Verdicts = new Map(),
  extras: PlanExtras = {},
): readonly Plan[] {
  const plans: Plan[] = [];
  for (let round = 0; round < mostRounds; round++) {
    const plan = planIn(state, desired, verdicts, extras);
    if (plan.conflict !== null) throw new Error(`conflict: ${plan.conflict}`);
    if (plan.actions.length === 0) return plans;
    plans.push(plan);
    carryOut(state, plan, verdicts);
  }
  const last = plans.at(-1)?.actions.map(({ type, cause }) => `${type}: ${causeText(cause)}`);
  throw new Error(`it never comes to rest: ${JSON.stringify(last)}`);
}
