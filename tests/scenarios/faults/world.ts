// The whole simulated server against what Git says: row by row, in Dokploy's own columns and not through
// Capstan's adapter, so that a mistake of the adapter cannot hide itself.
import { specOf } from "../../support/kinds.ts";
import { expect } from "vitest";
import { parseEnvText } from "../../../src/model/env-text.ts";
import { formatWant, parseMarker, sameWant } from "../../../src/model/marker.ts";
import type { Marker } from "../../../src/model/marker.ts";
import type { DesiredService, DesiredStack } from "../../../src/model/desired.ts";
import type { DomainSpec, MountSpec } from "../../../src/model/specs.ts";
import { resolveEnv } from "../../../src/simulator/env.ts";
import type { DomainRow, MountRow, ProjectRow } from "../../../src/simulator/rows.ts";
import type { Simulator } from "../../../src/simulator/server.ts";
import type { ApplicationRow } from "../../../src/simulator/serviceRows.ts";

type State = Simulator["state"];

/** What of the server is nobody's business: people's own projects and services of the swarm. */
export interface Foreign {
  readonly projectIds: ReadonlySet<string>;
  readonly appNames: ReadonlySet<string>;
  /** All of it as text, taken before Capstan first looked. */
  readonly picture: string;
}

/** All configurations that each application was ever asked for, by `stack key`: a hash each. */
export type Configurations = ReadonlyMap<string, ReadonlySet<string>>;

export interface Expected {
  readonly desired: readonly DesiredStack[];
  readonly foreign: Foreign;
  readonly configurations: Configurations;
  /**
   * Whether Dokploy's process has died: it writes rows first and Traefik's files after them, so that a write
   * under way may have reached the rows alone, which no procedure shows.
   */
  readonly wasKilled: boolean;
  /** Whether people took away what ran: it is deployed again. */
  readonly wasTaken?: boolean;
}

const owner = (stack: string): string => `default/${stack}`;

function foreignPicture(
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

type Say = (where: string, what: string, is: unknown, shouldBe: unknown) => void;

const sorted = (items: readonly unknown[]): readonly string[] =>
  items.map((item) => JSON.stringify(item)).sort();

function domainOf(row: DomainRow): DomainSpec {
  return {
    host: row.host,
    path: row.path ?? "/",
    port: row.port ?? 80,
    https: row.https,
    certificate:
      row.certificateType === "custom" ? (row.customCertResolver ?? "") : row.certificateType,
    stripPath: row.stripPath,
    internalPath: row.internalPath ?? "/",
    middlewares: row.middlewares ?? [],
  };
}

const keyOrder = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) as T;

function mountOf(row: MountRow): MountSpec {
  const target = row.mountPath;
  switch (row.type) {
    case "volume":
      return { type: "volume", volume: row.volumeName ?? "", target };
    case "bind":
      return { type: "bind", source: row.hostPath ?? "", target };
    case "file":
      return { type: "file", content: row.content ?? "", target };
  }
}

function lookAtMarker(
  say: Say,
  where: string,
  marker: Marker | null,
  shouldBe: { readonly id: string; readonly key: string; readonly stack: string },
): void {
  say(where, "marker's id", marker?.id, shouldBe.id.slice(0, 8));
  say(where, "marker's key", marker?.key, shouldBe.key);
  say(where, "marker's owner", marker?.owner, owner(shouldBe.stack));
  say(where, "owes a rollout", !sameWant(marker?.want ?? null, marker?.done ?? null), false);
}

/** Rows, router and shared middleware file of one application. */
function lookAtChildren(
  say: Say,
  where: string,
  state: State,
  row: ApplicationRow,
  desired: DesiredService,
  wasKilled: boolean,
): void {
  const spec = specOf(desired);
  const mine = <T extends { applicationId: string | null }>(rows: Map<string, T>): T[] =>
    [...rows.values()].filter(({ applicationId }) => applicationId === row.applicationId);
  const domains = mine(state.domains);
  say(
    where,
    "domains",
    sorted(domains.map(domainOf).map(keyOrder)),
    sorted(spec.domains.map(keyOrder)),
  );
  say(
    where,
    "mounts",
    sorted(mine(state.mounts).map(mountOf).map(keyOrder)),
    sorted(spec.mounts.map(keyOrder)),
  );
  const ports = mine(state.ports).map((port) => ({
    published: port.publishedPort,
    target: port.targetPort,
    protocol: port.protocol,
    mode: port.publishMode,
  }));
  say(where, "ports", sorted(ports.map(keyOrder)), sorted(spec.ports.map(keyOrder)));
  const redirects = mine(state.redirects).map(({ regex, replacement, permanent }) => ({
    regex,
    replacement,
    permanent,
  }));
  say(where, "redirects", sorted(redirects.map(keyOrder)), sorted(spec.redirects.map(keyOrder)));
  const users = mine(state.security).map(({ username, password }) => ({ username, password }));
  say(where, "basic auth", sorted(users.map(keyOrder)), sorted(spec.basicAuth.map(keyOrder)));

  if (wasKilled) return;
  const routed = [...(state.routerFiles.get(row.appName)?.domains.values() ?? [])];
  say(
    where,
    "routed domains",
    sorted(routed.map(({ host, path, port }) => [host, path ?? "/", port])),
    sorted(spec.domains.map(({ host, path, port }) => [host, path, port])),
  );
  const auth = state.middlewareFile[`auth-${row.appName}`];
  const routedUsers = auth !== undefined && "basicAuth" in auth ? auth.basicAuth.users : [];
  say(
    where,
    "users of the router",
    routedUsers.map((user) => user.split(":")[0]).sort(),
    spec.basicAuth.map(({ username }) => username).sort(),
  );
}

function lookAtRunning(
  say: Say,
  where: string,
  state: State,
  row: ApplicationRow,
  stack: DesiredStack,
  desired: DesiredService,
): void {
  const spec = specOf(desired);
  const service = state.swarmServices.get(row.appName);
  if (service === undefined) {
    say(where, "swarm service", "none", "one");
    return;
  }
  const { want } = parseMarker(row.description) ?? { want: null };
  const container = service.spec.TaskTemplate.ContainerSpec;
  const label = want === null ? "a want" : formatWant(want);
  say(where, "label that runs", container.Labels?.["capstan.want"], label);
  say(where, "image that runs", service.running.image, spec.image);
  say(where, "replicas", service.spec.Mode.Replicated.Replicas, spec.replicas);
  const update = service.updateStatus?.State ?? "completed";
  say(where, "state of its update", update, "completed");
  const variables = Object.entries(stack.variables).map(([name, value]) => `${name}=${value}`);
  const env = resolveEnv(row.env, variables.join("\n"), "");
  say(where, "env that runs", (container.Env ?? []).toSorted(), env.ok ? env.env.toSorted() : env);
  say(
    where,
    "ports that are published",
    (service.spec.EndpointSpec.Ports ?? []).map(({ PublishedPort }) => PublishedPort).sort(),
    spec.ports.map(({ published }) => published).sort(),
  );
  say(
    where,
    "mounts that are there",
    (container.Mounts ?? []).map(({ Target }) => Target).sort(),
    spec.mounts.map(({ target }) => target).sort(),
  );
}

/**
 * W7: each attempt is deployed once, no configuration is deployed twice but for attempts that failed.
 * What was never done may be left out: a newer commit may have overtaken it.
 */
function lookAtDeployments(
  say: Say,
  where: string,
  state: State,
  row: ApplicationRow,
  configurations: ReadonlySet<string>,
  wasTaken: boolean,
): void {
  const rows = [...state.deployments.values()].filter(
    ({ applicationId }) => applicationId === row.applicationId,
  );
  const titles = rows.map(({ title }) => title);
  say(where, "attempts deployed twice", titles.length - new Set(titles).size, 0);
  const done = rows.filter(({ status }) => status === "done").map(({ title }) => title);
  const hashes = done.map((title) => /^capstan ([0-9a-f]{12})\./.exec(title)?.[1] ?? title);
  if (!wasTaken)
    say(where, `needless deploys (${titles.join(", ")})`, hashes.length - new Set(hashes).size, 0);
  const strange = hashes.filter((hash) => !configurations.has(hash));
  say(where, "deploys of what Git never said", strange, []);
  const open = rows.filter(({ status }) => status === "running").length;
  say(where, "deployments that run", open, 0);
}

function lookAtApplication(
  say: Say,
  state: State,
  row: ApplicationRow,
  stack: DesiredStack,
  service: DesiredService,
  { configurations, wasKilled, wasTaken = false }: Expected,
): void {
  const where = `${stack.name} ${service.key}`;
  const { spec } = service;
  const marker = parseMarker(row.description);
  const { applicationId: id } = row;
  lookAtMarker(say, where, marker, { id, key: service.key, stack: stack.name });
  say(where, "wanted hash", marker?.want?.hash, service.hash.run);
  say(where, "live hash", marker?.live, service.hash.live);
  say(where, "image", row.dockerImage, spec.image);
  say(where, "source", row.sourceType, "docker");
  say(where, "command", row.command ?? null, spec.command);
  say(where, "replicas", row.replicas, spec.replicas);
  say(where, "env", keyOrder(parseEnvText(row.env ?? "").values), keyOrder(spec.env));
  const aliases = (row.networkSwarm ?? []).flatMap(({ Aliases }) => Aliases ?? []);
  say(where, "aliases", aliases.toSorted(), spec.aliases);
  lookAtChildren(say, where, state, row, service, wasKilled);
  lookAtRunning(say, where, state, row, stack, service);
  lookAtDeployments(say, where, state, row, configurations.get(where) ?? new Set(), wasTaken);
}

function lookAtStack(say: Say, state: State, stack: DesiredStack, expected: Expected): void {
  const projects = [...state.projects.values()].filter(
    (row) => parseMarker(row.description)?.owner === owner(stack.name),
  );
  say(stack.name, "projects", projects.length, 1);
  const [project] = projects;
  if (project === undefined) return;
  say(stack.name, "project's name", project.name, stack.project);
  const { projectId: id } = project;
  const marker = parseMarker(project.description);
  lookAtMarker(say, stack.name, marker, { id, key: "project", stack: stack.name });
  const variables = keyOrder(parseEnvText(project.env).values);
  say(stack.name, "variables", variables, keyOrder(stack.variables));
  const environments = [...state.environments.values()].filter(({ projectId }) => projectId === id);
  const names = environments.map(({ name }) => name).sort();
  say(stack.name, "environments", names, [...stack.environments].sort());

  const rows = [...state.applications.values()].filter(({ environmentId }) =>
    environments.some((environment) => environment.environmentId === environmentId),
  );
  const keyOf = (row: ApplicationRow): string => parseMarker(row.description)?.key ?? row.name;
  const keys = stack.services.map(({ key }) => key).sort();
  say(stack.name, "applications", rows.map(keyOf).sort(), keys);
  for (const service of stack.services) {
    const row = rows.find((one) => keyOf(one) === service.key);
    if (row === undefined) continue;
    lookAtApplication(say, state, row, stack, service, expected);
  }
}

/** All in which the server differs from what Git says, in words; empty when nothing does. */
export function differences({ state }: Simulator, expected: Expected): readonly string[] {
  const found: string[] = [];
  const say: Say = (where, what, is, shouldBe) => {
    const [a, b] = [JSON.stringify(is), JSON.stringify(shouldBe)];
    if (a !== b) found.push(`${where}: ${what} is ${a} and should be ${b}`);
  };
  const { desired, foreign } = expected;
  say("the server", "hung", state.hung, false);
  for (const stack of desired) lookAtStack(say, state, stack, expected);

  const owners = new Set(desired.map(({ name }) => owner(name)));
  const isKnown = ({ projectId, description }: ProjectRow): boolean =>
    foreign.projectIds.has(projectId) || owners.has(parseMarker(description)?.owner ?? "");
  const strangers = [...state.projects.values()].filter((row) => !isKnown(row));
  say(
    "the server",
    "projects of nobody",
    strangers.map(({ name }) => name),
    [],
  );

  const appNames = new Set([...state.applications.values()].map(({ appName }) => appName));
  const orphans = [...state.swarmServices.keys()].filter(
    (name) => !appNames.has(name) && !foreign.appNames.has(name),
  );
  say("the swarm", "orphans", orphans, []);
  const applicationIds = new Set<string | null>(state.applications.keys());
  for (const [what, rows] of Object.entries({
    domains: state.domains,
    mounts: state.mounts,
    ports: state.ports,
    redirects: state.redirects,
    security: state.security,
    deployments: state.deployments,
  })) {
    const lost = [...(rows as Map<string, { applicationId: string | null }>).values()].filter(
      ({ applicationId }) => !applicationIds.has(applicationId),
    );
    say("the server", `${what} of nobody`, lost.length, 0);
  }
  const left = [...state.routerFiles.keys()].filter((name) => !appNames.has(name));
  if (!expected.wasKilled) say("the router", "files of nobody", left, []);
  const middlewares = Object.keys(state.middlewareFile).filter(
    (name) => ![...appNames].some((appName) => name.includes(appName)),
  );
  if (!expected.wasKilled) say("the router", "middlewares of nobody", middlewares, []);
  const { waiting, active } = state.queue;
  say("the queue", "jobs", waiting.length + active.length, 0);
  if (foreignPicture(state, foreign.projectIds, foreign.appNames) !== foreign.picture) {
    found.push("what belongs to people was touched");
  }
  return found;
}

/** That the server is exactly as Git says, people's own things untouched, nothing deployed needlessly. */
export function expectWorldAsGit(simulator: Simulator, expected: Expected, when = ""): void {
  const found = differences(simulator, expected);
  expect(found, [...found, when].join("\n")).toEqual([]);
}
