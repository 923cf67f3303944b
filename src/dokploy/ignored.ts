// What people keep: the parts of a configuration that `ignore` names, where Dokploy stores them inside
// one value together with parts that Git owns. The observed part is written back as it was.
import type { ApplicationSpec, Placement, UpdatePolicy } from "../model/desired.ts";
import { isIgnored } from "../model/fields.ts";

type Part = "env" | "healthcheck" | "restart" | "update" | "placement";

/** Names in field paths that differ from those in the spec. */
const pathNames: Readonly<Record<string, string>> = {
  intervalNs: "interval",
  timeoutNs: "timeout",
  startPeriodNs: "startPeriod",
  delayNs: "delay",
  windowNs: "window",
  monitorNs: "monitor",
};

function isKept(ignore: readonly string[], part: Part, name: string): boolean {
  return isIgnored(ignore, `${part}.${pathNames[name] ?? name}`);
}

/** `want` with each ignored entry as `have` has it; one that `have` lacks is not written. */
function keepEntries<T>(
  part: Part,
  ignore: readonly string[],
  want: Readonly<Record<string, T>>,
  have: Readonly<Record<string, T>>,
): Record<string, T> {
  const owned = Object.entries(want).filter(([name]) => !isKept(ignore, part, name));
  const kept = Object.entries(have).filter(([name]) => isKept(ignore, part, name));
  return Object.fromEntries([...owned, ...kept]);
}

/** A settings object: what is ignored and not there has nothing, which `absent` holds. */
function keepSettings<T extends object>(
  part: Part,
  ignore: readonly string[],
  want: T | null,
  have: T | null,
  absent: T,
): T | null {
  if (want === null) return null;
  const merged = { ...want };
  for (const name of Object.keys(want) as (keyof T & string)[]) {
    if (isKept(ignore, part, name)) merged[name] = (have ?? absent)[name];
  }
  return merged;
}

const noUpdate: UpdatePolicy = {
  parallelism: null,
  delayNs: null,
  failureAction: null,
  monitorNs: null,
  maxFailureRatio: null,
  order: null,
};
const noPlacement: Placement = { constraints: [], spread: [], maxReplicasPerNode: null };

/**
 * The spec to write. A health check or a restart policy that Git does not have at all goes as a whole,
 * ignored parts included: what would be left of it could not stand alone.
 */
export function keepIgnored(
  want: ApplicationSpec,
  have: ApplicationSpec | null,
  ignore: readonly string[],
): ApplicationSpec {
  if (ignore.length === 0) return want;
  return {
    ...want,
    env: keepEntries("env", ignore, want.env, have?.env ?? {}),
    healthcheck: keepSettings("healthcheck", ignore, want.healthcheck, have?.healthcheck ?? null, {
      test: [],
      intervalNs: null,
      timeoutNs: null,
      startPeriodNs: null,
      retries: null,
    }),
    restart: keepSettings("restart", ignore, want.restart, have?.restart ?? null, {
      condition: "any",
      delayNs: null,
      maxAttempts: null,
      windowNs: null,
    }),
    update: keepSettings("update", ignore, want.update ?? noUpdate, have?.update ?? null, noUpdate),
    placement: keepSettings(
      "placement",
      ignore,
      want.placement ?? noPlacement,
      have?.placement ?? null,
      noPlacement,
    ),
  };
}
