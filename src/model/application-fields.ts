// The fields of an application. Whoever adds one says here what its text is, whether it needs a deploy and whether it
// may hold a secret; nothing else has a list of fields.
import type {
  ApplicationSpec,
  DomainSpec,
  MountSpec,
  PortSpec,
  RedirectSpec,
  ResourceAmounts,
} from "./desired.ts";
import { childrenRow, fieldRow, mapRow } from "./field-table.ts";
import type { FieldDefinition, Row } from "./field-table.ts";
import { formatCpus, formatMemory, formatNs } from "./quantity.ts";

type Spec = ApplicationSpec;

export const defaultSpec: Spec = {
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

const field = <Value>(definition: FieldDefinition<Spec, Value>): Row<Spec> => fieldRow(definition);
const listText = (values: readonly string[]): string => JSON.stringify(values);
/** As JSON of a list. */
const emptyList = "[]";

function registryField(part: "url" | "username" | "password"): Row<Spec> {
  return field({
    path: `registry.${part}`,
    get: ({ registry }) => registry?.[part] ?? null,
    set: (spec, value) =>
      spec.registry === null
        ? spec
        : { ...spec, registry: { ...spec.registry, [part]: value ?? "" } },
    ...{ text: String, default: "", live: false, maySecret: true },
  });
}

function amountField(
  side: "limits" | "reservations",
  name: "cpu" | "memory",
  of: keyof ResourceAmounts,
  text: (amount: number) => string,
): Row<Spec> {
  return field({
    path: `resources.${side}.${name}`,
    get: ({ resources }) => resources[side][of],
    set: (spec, value) => ({
      ...spec,
      resources: { ...spec.resources, [side]: { ...spec.resources[side], [of]: value } },
    }),
    ...{ text, default: null, live: false, maySecret: false },
  });
}

type Group = "healthcheck" | "restart" | "update" | "placement";
type Settings<G extends Group> = NonNullable<Spec[G]>;

/**
 * One setting of a group that Dokploy stores as one value. `blank`: the group with nothing set, where one setting alone
 * makes sense; null: what would be left of it could not stand alone, so it is there as a whole or not at all.
 */
function settingsOf<G extends Group>(group: G, blank: Settings<G> | null) {
  return <K extends keyof Settings<G> & string>(
    key: K,
    more: {
      readonly path: string;
      readonly text: (value: NonNullable<Settings<G>[K]>) => string;
      readonly default?: string;
      /** What is written when people keep it and there is nothing. */
      readonly absent: Settings<G>[K];
      readonly maySecret?: boolean;
    },
  ): Row<Spec> =>
    field<NonNullable<Settings<G>[K]>>({
      path: `${group}.${more.path}`,
      get: (spec) => (spec[group] as Settings<G> | null)?.[key] ?? null,
      set(spec, value) {
        const held = spec[group] as Settings<G> | null;
        const settings = held ?? (value === null ? null : blank);
        return settings === null
          ? spec
          : { ...spec, [group]: { ...settings, [key]: value ?? more.absent } };
      },
      text: more.text,
      default: more.default ?? null,
      live: false,
      maySecret: more.maySecret ?? false,
    });
}

const healthcheck = settingsOf("healthcheck", null);
const restart = settingsOf("restart", null);
const update = settingsOf("update", {
  parallelism: null,
  delayNs: null,
  failureAction: null,
  monitorNs: null,
  maxFailureRatio: null,
  order: null,
});
const placement = settingsOf("placement", {
  constraints: [],
  spread: [],
  maxReplicasPerNode: null,
});
const ns = { text: formatNs, absent: null };
const plain = { text: String, absent: null };
const list = { text: listText, default: emptyList, absent: [] };

const never = (): boolean => false;
const always = (): boolean => true;

export const applicationFields: readonly Row<Spec>[] = [
  field({
    path: "image",
    get: ({ image }) => image,
    set: (spec, image) => ({ ...spec, image: image ?? "" }),
    ...{ text: String, default: "", live: false, maySecret: false },
  }),
  registryField("url"),
  registryField("username"),
  registryField("password"),
  field({
    path: "command",
    get: ({ command }) => command,
    set: (spec, command) => ({ ...spec, command }),
    ...{ text: String, default: "", live: false, maySecret: true },
  }),
  field({
    path: "args",
    get: ({ args }) => args,
    set: (spec, args) => ({ ...spec, args: args ?? [] }),
    ...{ text: listText, default: emptyList, live: false, maySecret: true },
  }),
  field({
    path: "replicas",
    get: ({ replicas }) => replicas,
    set: (spec, replicas) => ({ ...spec, replicas: replicas ?? defaultSpec.replicas }),
    ...{ text: String, default: "1", live: false, maySecret: false },
  }),
  amountField("limits", "cpu", "nanoCpus", formatCpus),
  amountField("limits", "memory", "memoryBytes", formatMemory),
  amountField("reservations", "cpu", "nanoCpus", formatCpus),
  amountField("reservations", "memory", "memoryBytes", formatMemory),
  field({
    path: "aliases",
    get: ({ aliases }) => [...aliases].sort(),
    set: (spec, aliases) => ({ ...spec, aliases: aliases ?? [] }),
    ...{ text: listText, default: emptyList, live: false, maySecret: false },
  }),
  mapRow({
    path: "env",
    get: ({ env }) => env,
    set: (spec, env) => ({ ...spec, env }),
    ...{ live: false, maySecret: true },
  }),
  healthcheck("test", { path: "test", text: listText, absent: [], maySecret: true }),
  healthcheck("intervalNs", { path: "interval", ...ns }),
  healthcheck("timeoutNs", { path: "timeout", ...ns }),
  healthcheck("startPeriodNs", { path: "startPeriod", ...ns }),
  healthcheck("retries", { path: "retries", ...plain }),
  restart("condition", { path: "condition", text: String, absent: "any" }),
  restart("delayNs", { path: "delay", ...ns }),
  restart("maxAttempts", { path: "maxAttempts", ...plain }),
  restart("windowNs", { path: "window", ...ns }),
  // Dokploy's own defaults; it stores the first two with any other setting.
  update("parallelism", { path: "parallelism", ...plain, default: "1" }),
  update("delayNs", { path: "delay", ...ns }),
  update("failureAction", { path: "failureAction", ...plain, default: "rollback" }),
  update("monitorNs", { path: "monitor", ...ns }),
  update("maxFailureRatio", { path: "maxFailureRatio", ...plain }),
  update("order", { path: "order", ...plain, default: "start-first" }),
  placement("constraints", { path: "constraints", ...list }),
  placement("spread", { path: "spread", ...list }),
  placement("maxReplicasPerNode", { path: "maxReplicasPerNode", ...plain }),
  childrenRow<Spec, MountSpec>({
    path: "mounts",
    get: ({ mounts }) => mounts,
    key: ({ target }) => target,
    text: mountText,
    live: false,
    // Volumes' names are known to the server.
    maySecret: (text) => !text.startsWith("volume "),
  }),
  childrenRow<Spec, PortSpec>({
    path: "ports",
    get: ({ ports }) => ports,
    key: portKey,
    text: ({ target, mode }) => `${target} ${mode}`,
    ...{ live: false, maySecret: never },
  }),
  childrenRow<Spec, DomainSpec>({
    path: "domains",
    get: ({ domains }) => domains,
    key: domainKey,
    text: domainText,
    live: true,
    // Host, path and port are known to the world.
    maySecret: (text) => / (?:internalPath|middlewares)=/.test(text),
  }),
  childrenRow<Spec, RedirectSpec>({
    path: "redirects",
    get: ({ redirects }) => redirects,
    key: ({ regex }) => regex,
    text: redirectText,
    ...{ live: true, maySecret: always },
  }),
  childrenRow<Spec, Spec["basicAuth"][number]>({
    path: "basicAuth",
    get: ({ basicAuth }) => basicAuth,
    key: ({ username }) => username,
    text: ({ password }) => password,
    ...{ live: true, maySecret: always },
  }),
];
