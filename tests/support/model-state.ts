// What the model world of tests/support/model-world consists of: projects, stored configurations and what
// runs, as plain data that a test may change by hand as people do in Dokploy.
import type { DesiredStack } from "../../src/model/desired.ts";
import type { ApplicationSpec } from "../../src/model/specs.ts";
import { applicationOf, defaultSpec, specOf } from "./kinds.ts";
import type { ApplicationDetails } from "./kinds.ts";
import { appliesLive, flatten, isIgnored } from "../../src/model/fields.ts";
import { parseMarker } from "../../src/model/marker.ts";
import { isJobKey } from "../../src/model/rollout-job.ts";
import type { SwarmService } from "../../src/model/observed.ts";
import { childrenOf, listsOf } from "../../src/model/children.ts";
import type { Child } from "../../src/model/children.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface ModelService {
  kind: "application" | "compose";
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
export interface StoredApplication {
  spec: Mutable<ApplicationSpec>;
  children: StoredChild[];
  label: string | null;
  autoDeploy: boolean;
  sourceType: string;
}
/** What a deploy made of the configuration that it found. */
export interface Running {
  label: string | null;
  fields: Record<string, string>;
  replicas: number;
  /** It has ended: its service stays, and nothing of it runs. */
  ended?: boolean;
}

/** Plain data: `structuredClone` makes a second world of it. */
export interface ModelState {
  count: number;
  projects: ModelProject[];
  applications: Map<string, StoredApplication>;
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
  const id = nextId(state, "a");
  const service: ModelService = {
    kind: "application",
    id,
    name,
    appName: `shop-${name}-${String(state.count).padStart(6, "0")}`,
    description,
    createdAt: timestamp(state),
    serverId: null,
    status: "idle",
  };
  environment.services.push(service);
  const whole = { ...defaultSpec, ...spec };
  state.applications.set(id, {
    spec: whole,
    children: childrenOf(whole).map((child) => ({ id: nextId(state, "c"), child })),
    label: null,
    // As Dokploy makes it.
    autoDeploy: true,
    sourceType: "github",
  });
  return service;
}

export function stored(state: ModelState, id: string): StoredApplication {
  const application = state.applications.get(id);
  if (application === undefined) throw new Error(`no application ${id}`);
  return application;
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

/** A deep read. */
export function read(state: ModelState, id: string): ApplicationDetails {
  const application = stored(state, id);
  const service = serviceById(state, id);
  const children = application.children.map(({ id: childId, child }) => ({
    ...child,
    id: childId,
  }));
  const { sourceType, autoDeploy } = application;
  const none = {
    mounts: [],
    ports: [],
    domains: [],
    redirects: [],
    basicAuth: [],
    schedules: [],
    volumeBackups: [],
  };
  return {
    kind: "application",
    serviceId: id,
    name: service.name,
    description: service.description,
    appName: service.appName,
    spec: { ...application.spec, ...none, ...listsOf(children) },
    foreignFields: new Set(),
    sideSettings: [
      ...(sourceType === "docker"
        ? []
        : [{ path: "source", was: sourceType, is: "docker", needsDeploy: true }]),
      ...(autoDeploy ? [{ path: "autoDeploy", was: "true", is: "false", needsDeploy: false }] : []),
    ],
    labels: {},
    otherNetworks: [],
    children,
    deployments: [],
  };
}

/** Run fields with references resolved, as a container would get them. */
function effective(
  spec: ApplicationSpec,
  variables: Readonly<Record<string, string>> | null,
): Record<string, string> {
  // What people keep may refer to a variable that Git no longer has; that is theirs to mend.
  const resolve = (value: string): string =>
    value.replace(/\$\{\{project\.([\w.-]+)\}\}/g, (all, name: string) =>
      variables !== null && Object.hasOwn(variables, name) ? (variables[name] ?? "") : all,
    );
  const fields = [...flatten(applicationOf(spec))].filter(
    ([path]) => !appliesLive("application", path),
  );
  return Object.fromEntries(fields.map(([path, value]) => [path, resolve(value)]));
}

/** Dokploy's deploy: what is stored now is what runs from now on. */
export function deploy(state: ModelState, id: string, want: string): void {
  const { spec } = read(state, id);
  const service = serviceById(state, id);
  const { variables } = projectOfService(state, id);
  state.deploys.push(`${id} ${want}`);
  service.status = "done";
  state.running.set(service.appName, {
    label: stored(state, id).label,
    fields: effective(spec, variables),
    replicas: spec.replicas,
    ended: isJobKey(parseMarker(service.description)?.key ?? ""),
  });
}

/** What `desired` should look like when it runs, ignored fields left out. */
export function expectedRunning(desired: DesiredStack): Record<string, Record<string, string>> {
  return Object.fromEntries(
    desired.services.map((service) => [
      service.key,
      Object.fromEntries(
        Object.entries(effective(specOf(service), desired.variables)).filter(
          ([path]) => !isIgnored(service.ignore, path),
        ),
      ),
    ]),
  );
}

export function swarmOf(state: ModelState): ReadonlyMap<string, SwarmService> {
  const services = [...state.running].map(
    ([appName, { replicas, ended }]): [string, SwarmService] => {
      const running = ended === true ? 0 : replicas;
      return [appName, { id: `s-${appName}`, appName, image: "", running, wanted: replicas }];
    },
  );
  return new Map(services);
}
