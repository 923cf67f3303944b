// What no schema can say of a service: what Dokploy or docker would take and break on, and entries that collide
// inside one service. Each check tells its problem at the path of the value.
import { parseDurationMs } from "../lib/duration.ts";
import { ignorableRoots } from "../model/fields.ts";
import { kindTitle } from "../model/kinds/table.ts";
import type { WorkloadManifest } from "../model/manifest-workload.ts";
import { parseMemoryBytes, parseNanoCpus } from "../model/quantity.ts";
import type { ManagedKind } from "../model/specs.ts";
import { checkEnv } from "./env-rules.ts";
import { shorten } from "./parse.ts";
import { checkEnvSizes, checkSizes } from "./size-rules.ts";
import { didYouMean } from "./suggest.ts";
import type { Tell } from "./tell.ts";

/** docker refuses less. */
const smallestMemoryBytes = 6 * 1024 * 1024;

type SharedManifest = Pick<WorkloadManifest, "env" | "mounts" | "ignore">;

function isWorkload(manifest: SharedManifest): manifest is WorkloadManifest {
  return "args" in manifest;
}

/** What holds for services of every kind, and for all of those that run from images. */
export function checkService(
  kind: ManagedKind,
  manifest: SharedManifest,
  variables: Readonly<Record<string, string>> | null,
  tell: Tell,
): void {
  if (isWorkload(manifest)) {
    checkProcess(manifest, tell);
    checkResources(manifest, tell);
    checkSizes(manifest, variables, tell);
  } else {
    checkEnvSizes(manifest.env, variables, tell);
  }
  checkEnvironment(manifest, variables, tell);
  checkMounts(manifest, tell);
  checkIgnore(kind, manifest, tell);
}

function checkIgnore(kind: ManagedKind, { ignore }: SharedManifest, tell: Tell): void {
  const roots = ignorableRoots(kind);
  for (const [index, name] of ignore.entries()) {
    const root = name.split(".")[0] ?? "";
    if (roots.includes(root)) continue;
    const example = roots.includes("replicas")
      ? roots.includes("domains")
        ? "replicas, env.DEBUG or domains"
        : "env.DEBUG"
      : "file, env.DEBUG or domains";
    const hint = didYouMean(root, roots) ?? `for example ${example}`;
    const article = /^[aeiou]/.test(kindTitle(kind)) ? "an" : "a";
    tell(
      ["ignore", index],
      `names no field of ${article} ${kindTitle(kind)}: ${shorten(name)}`,
      hint,
    );
  }
}

function checkProcess({ command, healthcheck }: WorkloadManifest, tell: Tell): void {
  if (command !== undefined) {
    if (/['"`]/.test(command)) {
      const hint = "use args, one entry an argument";
      tell(["command"], "cannot hold quotes: Dokploy splits it at spaces", hint);
    }
    if (/^\s|\s$|\s\s|[^\S ]/.test(command)) {
      const message = "may hold only single spaces between words: Dokploy splits it at each";
      tell(["command"], message, "use args, one entry an argument");
    }
  }
  if (healthcheck === undefined) return;
  if (typeof healthcheck.test !== "string") {
    const [first, ...rest] = healthcheck.test;
    if (first !== "CMD" && first !== "CMD-SHELL" && first !== "NONE") {
      tell(["healthcheck", "test", 0], "must be CMD, CMD-SHELL or NONE", "or write one string");
    } else if (first === "NONE" ? rest.length > 0 : rest.length === 0) {
      tell(["healthcheck", "test"], first === "NONE" ? "NONE stands alone" : "has no command");
    }
  }
  for (const name of ["interval", "timeout", "startPeriod"] as const) {
    const value = healthcheck[name];
    if (value !== undefined && (parseDurationMs(value) ?? 0) < 1) {
      tell(["healthcheck", name], "must be at least 1ms", "leave it out for docker's default");
    }
  }
}

function checkResources({ resources }: WorkloadManifest, tell: Tell): void {
  for (const side of ["limits", "reservations"] as const) {
    const { cpu, memory } = resources[side];
    if (cpu !== undefined && parseNanoCpus(cpu) === null) {
      tell(["resources", side, "cpu"], "must be a number of CPUs", 'such as "0.5", "2" or 250m');
    }
    if (memory === undefined) continue;
    const bytes = parseMemoryBytes(memory);
    const path = ["resources", side, "memory"];
    if (bytes === null) tell(path, "must be an amount of memory", "such as 512Mi or 2Gi");
    else if (side === "limits" && bytes < smallestMemoryBytes) {
      tell(path, "must be at least 6Mi: docker refuses less", "did you leave out the unit?");
    }
  }
}

function checkEnvironment(
  { env }: SharedManifest,
  variables: Readonly<Record<string, string>> | null,
  tell: Tell,
): void {
  for (const { key, message, hint, on } of checkEnv(env, variables)) {
    tell(["env", key], message, hint, on);
  }
}

function checkMounts({ mounts }: SharedManifest, tell: Tell): void {
  const seen = new Map<string, number>();
  for (const [index, mount] of mounts.entries()) {
    const key = mount.target.replace(/\/+$/, "");
    if (key === "") tell(["mounts", index, "target"], "cannot be the root of the container");
    else repeated(seen, key, index, "mounts", "target", `the target ${shorten(key)}`, tell);
    if (mount.type === "volume" && !/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(mount.source)) {
      const hint = /^[./]/.test(mount.source) ? "a path needs type: bind or type: file" : null;
      tell(["mounts", index, "source"], "must be a name of letters, digits, _ . and -", hint);
    }
    if (mount.type === "file") {
      if (mount.source !== undefined && mount.content !== undefined) {
        tell(["mounts", index, "content"], "stands beside `source`", "keep one of the two", "key");
      } else if (mount.source === undefined && mount.content === undefined) {
        tell(["mounts", index], "needs a `source` or a `content`");
      }
      if (mount.target.endsWith("/")) {
        tell(["mounts", index, "target"], "must name a file, not a folder");
      }
    }
  }
}

export function repeated(
  seen: Map<string, number>,
  key: string,
  index: number,
  list: string,
  field: string,
  what: string,
  tell: Tell,
): void {
  const first = seen.get(key);
  if (first === undefined) seen.set(key, index);
  else tell([list, index, field], `repeats ${what} of ${list}[${first}]`);
}
