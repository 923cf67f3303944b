// One application of the simulated server against what Git says: row by row, in Dokploy's own columns.
import { parseEnvText } from "../../../src/model/env-text.ts";
import { isFromGit, sourceOf } from "../../../src/model/kinds/table.ts";
import { formatWant, parseMarker } from "../../../src/model/marker.ts";
import type { DesiredService, DesiredStack } from "../../../src/model/desired.ts";
import type { DomainSpec, MountSpec } from "../../../src/model/specs.ts";
import { resolveEnv } from "../../../src/simulator/env.ts";
import type { DeploymentRow, DomainRow, MountRow } from "../../../src/simulator/rows.ts";
import type { Simulator } from "../../../src/simulator/server.ts";
import type { ApplicationRow } from "../../../src/simulator/serviceRows.ts";
import { specOf } from "../../support/kinds.ts";
import { keyOrder, lookAtMarker, sorted } from "./expected.ts";
import type { Expected, Say } from "./expected.ts";
import { lookAtTimed } from "./services.ts";
import { workloadOf } from "../../support/workload.ts";

type State = Simulator["state"];

export function domainOf(row: DomainRow): DomainSpec {
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
    entrypoint: row.customEntrypoint,
  };
}

export function mountOf(row: MountRow): MountSpec {
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
  const built = `${row.appName}:latest`;
  say(where, "image that runs", service.running.image, spec.image === "" ? built : spec.image);
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
export function lookAtDeployments(
  say: Say,
  where: string,
  rows: readonly DeploymentRow[],
  configurations: ReadonlySet<string>,
  wasTaken: boolean,
): void {
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

/** The same of builds from Git, whose rows have the commit's title: they are only counted. */
function lookAtBuilds(
  say: Say,
  where: string,
  rows: readonly DeploymentRow[],
  configurations: number,
  wasTaken: boolean,
): void {
  const done = rows.filter(({ status }) => status === "done").length;
  if (!wasTaken) say(where, "needless builds", Math.max(0, done - configurations), 0);
  const open = rows.filter(({ status }) => status === "running").length;
  say(where, "deployments that run", open, 0);
}

/** Where its image comes from. */
function lookAtSource(say: Say, where: string, row: ApplicationRow, service: DesiredService): void {
  const { image } = workloadOf(service);
  const source = sourceOf(service);
  say(where, "source", row.sourceType, source === null ? "docker" : "git");
  if (source === null) {
    say(where, "image", row.dockerImage, image);
    return;
  }
  say(where, "repository", row.customGitUrl, source.url);
  say(where, "branch", row.customGitBranch, source.ref);
  const { build = null } = service.kind === "application" ? service.spec : {};
  say(
    where,
    "build's arguments",
    parseEnvText((row.buildArgs as string | null) ?? "").values,
    build?.args ?? {},
  );
  say(where, "stage", row.dockerBuildStage, build?.target);
}

/** Its row, its children, what runs of it and how often it was deployed. */
export function lookAtApplication(
  say: Say,
  state: State,
  row: ApplicationRow,
  stack: DesiredStack,
  service: DesiredService,
  { configurations, wasKilled, wasTaken = false }: Expected,
): void {
  const where = `${stack.name} ${service.key}`;
  const spec = workloadOf(service);
  const marker = parseMarker(row.description);
  const { applicationId: id } = row;
  lookAtMarker(say, where, marker, { id, key: service.key, stack: stack.name });
  say(where, "wanted hash", marker?.want?.hash, service.hash.run);
  say(where, "live hash", marker?.live, service.hash.live);
  lookAtSource(say, where, row, service);
  say(where, "command", row.command ?? null, spec.command);
  say(where, "replicas", row.replicas, spec.replicas);
  say(where, "env", keyOrder(parseEnvText(row.env ?? "").values), keyOrder(spec.env));
  const aliases = (row.networkSwarm ?? []).flatMap(({ Aliases }) => Aliases ?? []);
  say(where, "aliases", aliases.toSorted(), spec.aliases);
  lookAtChildren(say, where, state, row, service, wasKilled);
  lookAtRunning(say, where, state, row, stack, service);
  lookAtTimed({ say, state, row, where }, service);
  const rows = [...state.deployments.values()].filter((one) => one.applicationId === id);
  const known = configurations.get(where) ?? new Set();
  if (isFromGit(service)) lookAtBuilds(say, where, rows, known.size, wasTaken);
  else lookAtDeployments(say, where, rows, known, wasTaken);
}
