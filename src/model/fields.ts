// An application's configuration as a flat map of field paths to canonical texts. Diffs, hashes and
// `ignore` all work on this one view, so that they can never disagree about what a field is.
import type { ApplicationSpec, DomainSpec, MountSpec, PortSpec, RedirectSpec } from "./desired.ts";
import { formatCpus, formatMemory, formatNs } from "./quantity.ts";

/** Path to canonical text; what is absent has its default. */
export type Fields = ReadonlyMap<string, string>;

export const defaultSpec: ApplicationSpec = {
  image: "",
  registry: null,
  command: null,
  args: [],
  replicas: 1,
  resources: {
    limits: { nanoCpus: null, memoryBytes: null },
    reservations: { nanoCpus: null, memoryBytes: null },
  },
  aliases: [],
  env: {},
  healthcheck: null,
  restart: null,
  update: null,
  placement: null,
  mounts: [],
  ports: [],
  domains: [],
  redirects: [],
  basicAuth: [],
};

/** What Dokploy applies at once; every other field needs a deploy. */
const liveRoots: ReadonlySet<string> = new Set(["domains", "redirects", "basicAuth"]);

export function appliesLive(path: string): boolean {
  return liveRoots.has(rootOf(path));
}

/** `env` of `env.DEBUG`. */
export function rootOf(path: string): string {
  const dot = path.indexOf(".");
  return dot === -1 ? path : path.slice(0, dot);
}

/** Whether `ignore` names the path itself or something that contains it. */
export function isIgnored(ignore: readonly string[], path: string): boolean {
  return ignore.some((name) => path === name || path.startsWith(`${name}.`));
}

/** Whether a path, or something that contains it, is among `paths`. */
export function isWithin(paths: ReadonlySet<string>, path: string): boolean {
  if (paths.has(path)) return true;
  for (let dot = path.lastIndexOf("."); dot > 0; dot = path.lastIndexOf(".", dot - 1)) {
    if (paths.has(path.slice(0, dot))) return true;
  }
  return false;
}

export function domainKey(domain: Pick<DomainSpec, "host" | "path">): string {
  return domain.path === "/" ? domain.host : `${domain.host}${domain.path}`;
}

export function portKey(port: Pick<PortSpec, "published" | "protocol">): string {
  return `${port.published}/${port.protocol}`;
}

function mountText(mount: MountSpec): string {
  switch (mount.type) {
    case "volume":
      return `volume ${mount.volume}`;
    case "bind":
      return `bind ${mount.source}`;
    case "file":
      return `file ${mount.content}`;
  }
}

function domainText(domain: DomainSpec): string {
  const parts = [
    `port=${domain.port}`,
    `https=${domain.https}`,
    `certificate=${domain.certificate}`,
  ];
  if (domain.stripPath) parts.push("stripPath=true");
  if (domain.internalPath !== "/") parts.push(`internalPath=${domain.internalPath}`);
  if (domain.middlewares.length > 0) parts.push(`middlewares=${domain.middlewares.join(",")}`);
  return parts.join(" ");
}

/** Says `temporary` only where the replacement's own last word would read as one of the two. */
function redirectText({ replacement, permanent }: RedirectSpec): string {
  if (permanent) return `${replacement} permanent`;
  return / (?:permanent|temporary)$/.test(replacement) ? `${replacement} temporary` : replacement;
}

/** All fields of a spec, defaults left out. */
export function flatten(spec: ApplicationSpec): Fields {
  const fields = new Map<string, string>();
  const set = (path: string, value: string | number | null, asDefault?: string): void => {
    if (value !== null && String(value) !== asDefault) fields.set(path, String(value));
  };
  const list = (path: string, values: readonly string[]): void => {
    if (values.length > 0) fields.set(path, JSON.stringify(values));
  };
  const ns = (path: string, value: number | null): void => {
    set(path, value === null ? null : formatNs(value));
  };

  set("image", spec.image, "");
  if (spec.registry !== null) {
    set("registry.url", spec.registry.url, "");
    set("registry.username", spec.registry.username, "");
    set("registry.password", spec.registry.password, "");
  }
  set("command", spec.command, "");
  list("args", spec.args);
  set("replicas", spec.replicas, "1");
  for (const side of ["limits", "reservations"] as const) {
    const { nanoCpus, memoryBytes } = spec.resources[side];
    set(`resources.${side}.cpu`, nanoCpus === null ? null : formatCpus(nanoCpus));
    set(`resources.${side}.memory`, memoryBytes === null ? null : formatMemory(memoryBytes));
  }
  list("aliases", [...spec.aliases].sort());
  for (const [name, value] of Object.entries(spec.env)) fields.set(`env.${name}`, value);
  if (spec.healthcheck !== null) {
    fields.set("healthcheck.test", JSON.stringify(spec.healthcheck.test));
    ns("healthcheck.interval", spec.healthcheck.intervalNs);
    ns("healthcheck.timeout", spec.healthcheck.timeoutNs);
    ns("healthcheck.startPeriod", spec.healthcheck.startPeriodNs);
    set("healthcheck.retries", spec.healthcheck.retries);
  }
  if (spec.restart !== null) {
    set("restart.condition", spec.restart.condition);
    ns("restart.delay", spec.restart.delayNs);
    set("restart.maxAttempts", spec.restart.maxAttempts);
    ns("restart.window", spec.restart.windowNs);
  }
  if (spec.update !== null) {
    // Dokploy's own defaults; it stores the first two with any other setting.
    set("update.parallelism", spec.update.parallelism, "1");
    ns("update.delay", spec.update.delayNs);
    set("update.failureAction", spec.update.failureAction, "rollback");
    ns("update.monitor", spec.update.monitorNs);
    set("update.maxFailureRatio", spec.update.maxFailureRatio);
    set("update.order", spec.update.order, "start-first");
  }
  if (spec.placement !== null) {
    list("placement.constraints", spec.placement.constraints);
    list("placement.spread", spec.placement.spread);
    set("placement.maxReplicasPerNode", spec.placement.maxReplicasPerNode);
  }
  // Dokploy takes two of one key, and then both are there: one text for both, whatever their order.
  const rows = <T>(
    root: string,
    all: readonly T[],
    key: (row: T) => string,
    text: (row: T) => string,
  ): void => {
    for (const [name, same] of Map.groupBy(all, key)) {
      fields.set(`${root}.${name}`, same.map(text).sort().join(" + "));
    }
  };
  rows("mounts", spec.mounts, ({ target }) => target, mountText);
  rows("ports", spec.ports, portKey, ({ target, mode }) => `${target} ${mode}`);
  rows("domains", spec.domains, domainKey, domainText);
  rows("redirects", spec.redirects, ({ regex }) => regex, redirectText);
  rows(
    "basicAuth",
    spec.basicAuth,
    ({ username }) => username,
    ({ password }) => password,
  );
  return fields;
}
