// What the model world of tests/support/model-world consists of: projects, stored configurations and what
// runs, as plain data that a test may change by hand as people do in Dokploy.
import type { DesiredStack } from "../../src/model/desired.ts";
import type { ApplicationSpec, Configured, ManagedKind } from "../../src/model/specs.ts";
import { applicationOf, defaultSpec } from "./kinds.ts";
import { servicesOf } from "../../src/model/compose-file.ts";
import { isDatabase } from "../../src/model/kinds/database-rows.ts";
import { appliesLive, flatten, isIgnored } from "../../src/model/fields.ts";
import type {
  Running as RunningNow,
  ServiceDetails,
  ServicePart,
  Swarm,
  SwarmService,
} from "../../src/model/observed.ts";
import { parseMarker } from "../../src/model/marker.ts";
import { isJobKey } from "../../src/model/rollout-job.ts";
import { childKinds, childrenOf, childRows, listsOf } from "../../src/model/children.ts";
import type { Child } from "../../src/model/children.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface ModelService {
  kind: ManagedKind;
  id: string;
  name: string;
  appName: string;
  description: string | null;
  createdAt: string;
  serverId: string | null;
  status: string;
}
export interface ModelEnvironment {
  environmentId: string;
  name: string;
  isDefault: boolean;
  services: ModelService[];
}
export interface ModelProject {
  projectId: string;
  name: string;
  description: string | null;
  variables: Record<string, string> | null;
  createdAt: string;
  environments: ModelEnvironment[];
}
export interface StoredChild {
  id: string;
  child: Child;
}
/** Whatever its kind. */
export interface StoredService {
  kind: ManagedKind;
  spec: Configured["spec"];
  children: StoredChild[];
  label: string | null;
  autoDeploy: boolean;
  sourceType: string;
}
export type StoredApplication = Omit<StoredService, "spec"> & { spec: Mutable<ApplicationSpec> };
/** What a deploy made of the configuration that it found. */
export interface Running {
  label: string | null;
  fields: Record<string, string>;
  /** Of what runs as one service. */
  replicas: number;
  /** Names of what a file runs. */
  parts?: string[];
  /** It has ended: its service stays, and nothing of it runs. */
  ended?: boolean;
}

/** Plain data: `structuredClone` makes a second world of it. */
export interface ModelState {
  count: number;
  projects: ModelProject[];
  /** Of every kind. */
  applications: Map<string, StoredService>;
  running: Map<string, Running>;
  /** `<application> <want>`, one for each deploy that was carried out. */
  deploys: string[];
}

export const instance = "default";

export function emptyWorld(): ModelState {
  return { count: 0, projects: [], applications: new Map(), running: new Map(), deploys: [] };
}

/** Unique in its first eight characters, as Dokploy's ids are. */
export function nextId(state: ModelState, kind: string): string {
  state.count += 1;
  return `${kind}${String(state.count).padStart(7, "0")}-xyz`;
}
function timestamp(state: ModelState): string {
  return new Date(1_767_225_600_000 + state.count * 1000).toISOString();
}

export function addProject(
  state: ModelState,
  name: string,
  description: string | null,
): ModelProject {
  const project = {
    projectId: nextId(state, "p"),
    name,
    description,
    variables: {},
    createdAt: timestamp(state),
    environments: [],
  };
  state.projects.push(project);
  addEnvironment(state, project, "production");
  return project;
}

export function addEnvironment(
  state: ModelState,
  project: ModelProject,
  name: string,
): ModelEnvironment {
  const environmentId = nextId(state, "e");
  const environment = { environmentId, name, isDefault: name === "production", services: [] };
  project.environments.push(environment);
  return environment;
}

export function addApplication(
  state: ModelState,
  environment: ModelEnvironment,
  name: string,
  description: string | null,
  spec: Partial<ApplicationSpec> = {},
): ModelService {
  const configured = applicationOf({ ...defaultSpec, ...spec });
  return addService(state, environment, configured, { name, description });
}

/** As Dokploy makes it, with these values. */
export function addService(
  state: ModelState,
  environment: ModelEnvironment,
  { kind, spec }: Configured,
  { name, description }: { readonly name: string; readonly description: string | null },
): ModelService {
  const id = nextId(state, "a");
  const service: ModelService = {
    kind,
    id,
    name,
    appName: `shop-${name}-${String(state.count).padStart(6, "0")}`,
    description,
    createdAt: timestamp(state),
    serverId: null,
    status: "idle",
  };
  environment.services.push(service);
  state.applications.set(id, {
    kind,
    spec,
    children: childrenOf(spec).map((child) => ({ id: nextId(state, "c"), child })),
    label: null,
    autoDeploy: true,
    sourceType: kind === "compose" ? "raw" : "github",
  });
  return service;
}

export function storedService(state: ModelState, id: string): StoredService {
  const service = state.applications.get(id);
  if (service === undefined) throw new Error(`no service ${id}`);
  return service;
}

export function stored(state: ModelState, id: string): StoredApplication {
  const service = storedService(state, id);
  if (service.kind !== "application") throw new Error(`${id} is a ${service.kind}`);
  return service as StoredApplication;
}

export function allServices(state: ModelState): ModelService[] {
  return state.projects.flatMap(({ environments }) =>
    environments.flatMap(({ services }) => services),
  );
}

export function serviceById(state: ModelState, id: string): ModelService {
  const found = allServices(state).find((service) => service.id === id);
  if (found === undefined) throw new Error(`no service ${id}`);
  return found;
}

export function projectOfService(state: ModelState, id: string): ModelProject {
  const found = state.projects.find(({ environments }) =>
    environments.some(({ services }) => services.some((service) => service.id === id)),
  );
  if (found === undefined) throw new Error(`no project holds ${id}`);
  return found;
}

/** What it is, with the children that it has now. */
function configuredOf({ kind, spec, children }: StoredService): Configured {
  const lists = listsOf(children.map(({ child }) => child));
  const none = childKinds
    .map((child) => childRows[child].root)
    .filter((root) => root in spec)
    .map((root) => [root, []]);
  return { kind, spec: { ...spec, ...Object.fromEntries(none), ...lists } };
}

function sideSettingsOf({ kind, sourceType, autoDeploy }: StoredService) {
  if (isDatabase(kind)) return [];
  const source = kind === "compose" ? "raw" : "docker";
  return [
    ...(sourceType === source
      ? []
      : [{ path: "source", was: sourceType, is: source, needsDeploy: true }]),
    ...(autoDeploy ? [{ path: "autoDeploy", was: "true", is: "false", needsDeploy: false }] : []),
  ];
}

/** A deep read. */
export function read(state: ModelState, id: string): ServiceDetails {
  const found = storedService(state, id);
  const service = serviceById(state, id);
  return {
    ...configuredOf(found),
    serviceId: id,
    name: service.name,
    description: service.description,
    appName: service.appName,
    foreignFields: new Set(),
    sideSettings: sideSettingsOf(found),
    labels: {},
    otherNetworks: [],
    children: found.children.map(({ id: childId, child }) => ({ ...child, id: childId })),
    deployments: [],
  };
}

/** Run fields with references resolved, as a container would get them. */
function effective(
  configured: Configured,
  variables: Readonly<Record<string, string>> | null,
): Record<string, string> {
  // What people keep may refer to a variable that Git no longer has; that is theirs to mend.
  const resolve = (value: string): string =>
    value.replace(/\$\{\{project\.([\w.-]+)\}\}/g, (all, name: string) =>
      variables !== null && Object.hasOwn(variables, name) ? (variables[name] ?? "") : all,
    );
  const fields = [...flatten(configured)].filter(([path]) => !appliesLive(configured.kind, path));
  return Object.fromEntries(fields.map(([path, value]) => [path, resolve(value)]));
}

/** Dokploy's deploy: what is stored now is what runs from now on. */
export function deploy(state: ModelState, id: string, want: string): void {
  const details = read(state, id);
  const service = serviceById(state, id);
  const { variables } = projectOfService(state, id);
  state.deploys.push(`${id} ${want}`);
  service.status = "done";
  state.running.set(service.appName, {
    label: storedService(state, id).label,
    fields: effective(details, variables),
    replicas: "replicas" in details.spec ? details.spec.replicas : 1,
    ended: isJobKey(parseMarker(service.description)?.key ?? ""),
    ...(details.kind === "compose" && {
      parts: servicesOf(details.spec.file).map(([name]) => name),
    }),
  });
}

/** What `desired` should look like when it runs, ignored fields left out. */
export function expectedRunning(desired: DesiredStack): Record<string, Record<string, string>> {
  return Object.fromEntries(
    desired.services.map((service) => [
      service.key,
      Object.fromEntries(
        Object.entries(effective(service, desired.variables)).filter(
          ([path]) => !isIgnored(service.ignore, path),
        ),
      ),
    ]),
  );
}

/** Another server's id is its name with this before it. */
export const modelServers = ["edge", "far"].map((name) => ({ id: `s-${name}`, name }));

/** What runs, by server, as long as its service is there. */
export function runningIn(state: ModelState): RunningNow {
  const serverOf = new Map(
    allServices(state).map(({ appName, serverId }) => [appName, serverId] as const),
  );
  const on = (serverId: string | null): Swarm =>
    new Map(
      [...state.running]
        .filter(([appName]) => (serverOf.get(appName) ?? null) === serverId)
        .map(([appName, { replicas, parts, ended }]): [string, SwarmService] => {
          const running = ended === true ? 0 : replicas;
          const id = `s-${appName}`;
          const service = { id, appName, image: "", running, wanted: replicas };
          const whole =
            parts === undefined ? service : { ...service, parts: partsOf(appName, parts) };
          return [appName, whole];
        }),
    );
  return { swarm: on(null), remote: new Map(modelServers.map(({ id }) => [id, on(id)])) };
}

/** Of all that runs, on whichever server. */
export function swarmOf(state: ModelState): Swarm {
  const { swarm, remote } = runningIn(state);
  return new Map([...(swarm ?? []), ...[...(remote?.values() ?? [])].flatMap((one) => [...one])]);
}

function partsOf(appName: string, names: readonly string[]): readonly ServicePart[] {
  return names.map((name) => ({
    ...{ id: `c-${appName}-${name}`, name: `${appName}-${name}-1`, state: "running" },
    ...{ running: 1, wanted: 1, health: null, exitCode: null, ageMs: 60_000 },
  }));
}
