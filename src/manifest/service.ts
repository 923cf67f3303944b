// What every service of a resolved manifest has, in canonical form: Dokploy's units, full names, defaults filled in.
// Nothing is checked here that has a message; see the rules.
import type { z } from "zod";
import { parseDurationMs } from "../lib/duration.ts";
import type { RolloutPolicy } from "../model/desired.ts";
import type { rolloutSchema, WorkloadManifest } from "../model/manifest-workload.ts";
import { parseMemoryBytes, parseNanoCpus } from "../model/quantity.ts";
import type {
  Healthcheck,
  MountSpec,
  Placement,
  ResourceAmounts,
  RestartPolicy,
  WorkloadSpec,
} from "../model/specs.ts";
import { aliasOf, volumeOf } from "./names.ts";
import type { Path } from "./tree.ts";

export interface ServiceIdentity {
  readonly stack: string;
  readonly environment: string;
  readonly service: string;
}

/** The content of file mounts by their index; what could not be read is absent. */
export type FileContents = ReadonlyMap<number, string>;

export function ns(duration: string | undefined): number | null {
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

function healthcheck(given: WorkloadManifest["healthcheck"]): Healthcheck | null {
  if (given === undefined) return null;
  return {
    test: typeof given.test === "string" ? ["CMD-SHELL", given.test] : given.test,
    intervalNs: ns(given.interval),
    timeoutNs: ns(given.timeout),
    startPeriodNs: ns(given.startPeriod),
    retries: given.retries ?? null,
  };
}

function restart(given: WorkloadManifest["restart"]): RestartPolicy | null {
  if (given === undefined) return null;
  return {
    condition: given.condition,
    delayNs: ns(given.delay),
    maxAttempts: given.maxAttempts ?? null,
    windowNs: ns(given.window),
  };
}

function placement(given: WorkloadManifest["placement"]): Placement | null {
  if (given === undefined) return null;
  const spread = given.preferences.map((preference) => preference.spread);
  const maxReplicasPerNode = given.maxReplicasPerNode ?? null;
  const empty = given.constraints.length + spread.length === 0 && maxReplicasPerNode === null;
  return empty ? null : { constraints: given.constraints, spread, maxReplicasPerNode };
}

/** The name on the server of a volume that a mount names. */
export function volumeNameOf(
  { source, external }: { readonly source: string; readonly external: boolean },
  { stack, environment }: Pick<ServiceIdentity, "stack" | "environment">,
): string {
  return external ? source : volumeOf(stack, environment, source);
}

/** What all services that run from images have in common. */
export function workloadOf(
  manifest: WorkloadManifest,
  { stack, environment, service }: ServiceIdentity,
  files: FileContents,
): Omit<WorkloadSpec, "replicas" | "volumeBackups"> {
  return {
    image: manifest.image,
    command: manifest.command ?? null,
    args: manifest.args,
    resources: {
      limits: amounts(manifest.resources.limits),
      reservations: amounts(manifest.resources.reservations),
    },
    aliases: [...new Set([aliasOf(stack, environment, service), ...manifest.aliases])].sort(),
    env: manifest.env,
    healthcheck: healthcheck(manifest.healthcheck),
    restart: restart(manifest.restart),
    placement: placement(manifest.placement),
    stopGracePeriodNs: ns(manifest.stopGracePeriod),
    mounts: manifest.mounts.map((mount, index): MountSpec => {
      const { target } = mount;
      switch (mount.type) {
        case "volume": {
          return { type: "volume", volume: volumeNameOf(mount, { stack, environment }), target };
        }
        case "bind":
          return { type: "bind", source: mount.source, target };
        case "file":
          return { type: "file", content: files.get(index) ?? "", target };
      }
    }),
  };
}

type RolloutManifest = Omit<z.output<typeof rolloutSchema>, "http" | "after"> &
  Partial<Pick<z.output<typeof rolloutSchema>, "http" | "after">>;

export function rolloutOf(given: RolloutManifest): RolloutPolicy {
  return {
    timeoutMs: parseDurationMs(given.timeout) ?? 0,
    stableForMs: parseDurationMs(given.stableFor) ?? 0,
    http: given.http ?? null,
    onFailure: given.onFailure,
    after: given.after ?? null,
  };
}

/** The field that a secret at a path makes secret; null where the value is shown in the open. */
export function workloadSecretField([root, second]: Path): string | null {
  switch (root) {
    case "env":
      return `env.${String(second)}`;
    case "command":
    case "args":
      return root;
    case "healthcheck":
      return second === "test" ? "healthcheck.test" : null;
    default:
      return null;
  }
}
