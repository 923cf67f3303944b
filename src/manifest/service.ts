// One application of a resolved manifest in canonical form: Dokploy's units, full names, defaults filled
// in. Nothing is checked here that has a message; see service-rules.
import { parseDurationMs } from "../lib/duration.ts";
import type {
  ApplicationSpec,
  Healthcheck,
  MountSpec,
  Placement,
  ResourceAmounts,
  RestartPolicy,
  RolloutPolicy,
  UpdatePolicy,
} from "../model/desired.ts";
import { domainKey } from "../model/application-fields.ts";
import type { ApplicationManifest } from "../model/manifest-application.ts";
import { parseMemoryBytes, parseNanoCpus } from "../model/quantity.ts";
import { aliasOf, volumeOf } from "./names.ts";
import type { Path } from "./tree.ts";

export interface ServiceIdentity {
  readonly stack: string;
  readonly environment: string;
  readonly service: string;
}

/** The content of file mounts by their index; what could not be read is absent. */
export type FileContents = ReadonlyMap<number, string>;

function ns(duration: string | undefined): number | null {
  const ms = duration === undefined ? null : parseDurationMs(duration);
  return ms === null ? null : Math.round(ms * 1e6);
}

function amounts(given: {
  readonly cpu?: string | undefined;
  readonly memory?: string | undefined;
}): ResourceAmounts {
  return {
    nanoCpus: given.cpu === undefined ? null : parseNanoCpus(given.cpu),
    memoryBytes: given.memory === undefined ? null : parseMemoryBytes(given.memory),
  };
}

function healthcheck(given: ApplicationManifest["healthcheck"]): Healthcheck | null {
  if (given === undefined) return null;
  return {
    test: typeof given.test === "string" ? ["CMD-SHELL", given.test] : given.test,
    intervalNs: ns(given.interval),
    timeoutNs: ns(given.timeout),
    startPeriodNs: ns(given.startPeriod),
    retries: given.retries ?? null,
  };
}

function restart(given: ApplicationManifest["restart"]): RestartPolicy | null {
  if (given === undefined) return null;
  return {
    condition: given.condition,
    delayNs: ns(given.delay),
    maxAttempts: given.maxAttempts ?? null,
    windowNs: ns(given.window),
  };
}

function update(manifest: ApplicationManifest): UpdatePolicy | null {
  const given = manifest.update ?? {};
  const host = manifest.ports.some(({ mode }) => mode === "host");
  const policy: UpdatePolicy = {
    parallelism: given.parallelism ?? null,
    delayNs: ns(given.delay),
    failureAction: given.failureAction ?? null,
    monitorNs: ns(given.monitor),
    maxFailureRatio: given.maxFailureRatio ?? null,
    // Two tasks cannot hold one port of the node: with start-first the update never ends.
    order: given.order ?? (host ? "stop-first" : null),
  };
  return Object.values(policy).every((value) => value === null) ? null : policy;
}

function placement(given: ApplicationManifest["placement"]): Placement | null {
  if (given === undefined) return null;
  const spread = given.preferences.map((preference) => preference.spread);
  const maxReplicasPerNode = given.maxReplicasPerNode ?? null;
  const empty = given.constraints.length + spread.length === 0 && maxReplicasPerNode === null;
  return empty ? null : { constraints: given.constraints, spread, maxReplicasPerNode };
}

export function specOf(
  manifest: ApplicationManifest,
  { stack, environment, service }: ServiceIdentity,
  files: FileContents,
): ApplicationSpec {
  return {
    image: manifest.image,
    registry: manifest.registry ?? null,
    command: manifest.command ?? null,
    args: manifest.args,
    replicas: manifest.replicas,
    resources: {
      limits: amounts(manifest.resources.limits),
      reservations: amounts(manifest.resources.reservations),
    },
    aliases: [...new Set([aliasOf(stack, environment, service), ...manifest.aliases])].sort(),
    env: manifest.env,
    healthcheck: healthcheck(manifest.healthcheck),
    restart: restart(manifest.restart),
    update: update(manifest),
    placement: placement(manifest.placement),
    mounts: manifest.mounts.map((mount, index): MountSpec => {
      const { target } = mount;
      switch (mount.type) {
        case "volume": {
          const volume = mount.external ? mount.source : volumeOf(stack, environment, mount.source);
          return { type: "volume", volume, target };
        }
        case "bind":
          return { type: "bind", source: mount.source, target };
        case "file":
          return { type: "file", content: files.get(index) ?? "", target };
      }
    }),
    ports: manifest.ports,
    domains: manifest.domains.map((domain) => ({ ...domain, host: domain.host.toLowerCase() })),
    redirects: manifest.redirects,
    basicAuth: manifest.basicAuth,
  };
}

export function rolloutOf(given: ApplicationManifest["rollout"]): RolloutPolicy {
  return {
    timeoutMs: parseDurationMs(given.timeout) ?? 0,
    stableForMs: parseDurationMs(given.stableFor) ?? 0,
    http: given.http ?? null,
    onFailure: given.onFailure,
    after: given.after ?? null,
  };
}

/**
 * The field (as in model/fields) that a secret at a path of the manifest makes secret; null where the
 * value is shown in the open and must not hold one.
 */
export function secretField(manifest: ApplicationManifest | null, path: Path): string | null {
  const [root, second, third] = path;
  const index = Number(second);
  switch (root) {
    case "env":
    case "registry":
      return `${root}.${String(second)}`;
    case "command":
    case "args":
      return root;
    case "healthcheck":
      return second === "test" ? "healthcheck.test" : null;
    case "basicAuth":
      return third === "password"
        ? `basicAuth.${manifest?.basicAuth[index]?.username ?? ""}`
        : null;
    case "redirects":
      return third === "replacement"
        ? `redirects.${manifest?.redirects[index]?.regex ?? ""}`
        : null;
    case "domains": {
      if (third !== "internalPath" && third !== "middlewares") return null;
      const domain = manifest?.domains[index];
      if (domain === undefined) return "domains.";
      return `domains.${domainKey({ host: domain.host.toLowerCase(), path: domain.path })}`;
    }
    default:
      return null;
  }
}
