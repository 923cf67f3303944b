// What no schema can say of one application: what Dokploy or docker would take and break on, and entries
// that collide inside one service. Each check tells its problem at the path of the value.
import { parseDurationMs } from "../lib/duration.ts";
import type { ApplicationManifest } from "../model/manifest-application.ts";
import { parseMemoryBytes, parseNanoCpus } from "../model/quantity.ts";
import { checkEnv } from "./env-rules.ts";
import { shorten } from "./parse.ts";
import { checkSizes } from "./size-rules.ts";
import { didYouMean } from "./suggest.ts";
import type { Tell } from "./tell.ts";

/** The first names of the field paths in model/fields. */
const fieldRoots = [
  "image",
  "registry",
  "command",
  "args",
  "replicas",
  "resources",
  "aliases",
  "env",
  "healthcheck",
  "restart",
  "update",
  "placement",
  "mounts",
  "ports",
  "domains",
  "redirects",
  "basicAuth",
];

/** docker refuses less. */
const smallestMemoryBytes = 6 * 1024 * 1024;

export function checkService(
  manifest: ApplicationManifest,
  variables: Readonly<Record<string, string>> | null,
  tell: Tell,
): void {
  checkProcess(manifest, tell);
  checkResources(manifest, tell);
  checkEnvironment(manifest, variables, tell);
  checkSizes(manifest, variables, tell);
  checkDomains(manifest, tell);
  checkPorts(manifest, tell);
  checkMounts(manifest, tell);
  checkAccess(manifest, tell);
  for (const [index, name] of manifest.ignore.entries()) {
    const root = name.split(".")[0] ?? "";
    if (!fieldRoots.includes(root)) {
      const hint = didYouMean(root, fieldRoots) ?? "for example replicas, env.DEBUG or domains";
      tell(["ignore", index], `names no field of an application: ${shorten(name)}`, hint);
    }
  }
}

function checkProcess({ command, healthcheck }: ApplicationManifest, tell: Tell): void {
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

function checkResources({ resources }: ApplicationManifest, tell: Tell): void {
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
  { env }: ApplicationManifest,
  variables: Readonly<Record<string, string>> | null,
  tell: Tell,
): void {
  for (const { key, message, hint, on } of checkEnv(env, variables)) {
    tell(["env", key], message, hint, on);
  }
}

function checkDomains({ domains, rollout }: ApplicationManifest, tell: Tell): void {
  const seen = new Map<string, number>();
  for (const [index, domain] of domains.entries()) {
    const key = domainClaim(domain);
    repeated(seen, key, index, "domains", "host", `the domain ${key}`, tell);
    if (domain.stripPath && domain.path === "/") {
      tell(["domains", index, "stripPath"], "needs a path other than /");
    }
    if (!domain.https && domain.certificate !== "none") {
      tell(["domains", index, "certificate"], "needs https: true");
    }
  }
  if (rollout.http !== undefined && domains.length === 0) {
    tell(
      ["rollout", "http"],
      "needs a domain to send its request to",
      "add one under domains",
      "key",
    );
  }
}

function checkPorts({ ports, update }: ApplicationManifest, tell: Tell): void {
  const seen = new Map<string, number>();
  for (const [index, port] of ports.entries()) {
    const key = `${port.published}/${port.protocol}`;
    repeated(seen, key, index, "ports", "published", `the port ${key}`, tell);
    if (port.mode === "host" && update?.order === "start-first") {
      const message = "cannot be start-first with a port in mode host: the update would never end";
      tell(["update", "order"], message, "use stop-first, or leave it out");
    }
  }
}

function checkMounts({ mounts }: ApplicationManifest, tell: Tell): void {
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

function checkAccess({ redirects, basicAuth }: ApplicationManifest, tell: Tell): void {
  const patterns = new Map<string, number>();
  for (const [index, { regex }] of redirects.entries()) {
    repeated(patterns, regex, index, "redirects", "regex", "the pattern", tell);
  }
  const users = new Map<string, number>();
  for (const [index, { username }] of basicAuth.entries()) {
    repeated(users, username, index, "basicAuth", "username", "the name", tell);
  }
}

function repeated(
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

/** Host and path as Traefik compares them: a slash at the end makes no difference. */
export function domainClaim(domain: { readonly host: string; readonly path: string }): string {
  return `${domain.host.toLowerCase()}${domain.path.replace(/\/+$/, "")}`;
}
