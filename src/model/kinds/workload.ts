// The fields that every service has which the swarm runs from an image: one row each. Whoever adds one says here what
// its text is, whether it needs a deploy and whether it may hold a secret; nothing else has a list of fields.
import type { DriftChange } from "../cause.ts";
import { rowOf } from "../children.ts";
import type { Child, ChildKind } from "../children.ts";
import { childrenRow, fieldRow, mapRow } from "../field-table.ts";
import type { FieldDefinition, Row } from "../field-table.ts";
import { formatCpus, formatMemory, formatNs } from "../quantity.ts";
import { workloadAccess } from "../host-access.ts";
import type { SwarmService } from "../observed.ts";
import type { Asked } from "./kind.ts";
import type { ResourceAmounts, WorkloadSpec } from "../specs.ts";
import { emptyList, listText, settingsOf } from "./settings.ts";

export const workloadDefaults: WorkloadSpec = {
  image: "",
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
  placement: null,
  stopGracePeriodNs: null,
  mounts: [],
  volumeBackups: [],
};

/** The row of one kind of child; `live`: Dokploy applies it at once for the services that have it. */
export function childField<Spec extends Pick<WorkloadSpec, "mounts">>(
  kind: ChildKind,
  live: boolean,
): Row<Spec> {
  const { root, list, key, text, parts, maySecret } = rowOf(kind);
  return childrenRow<Spec, Child["spec"]>({
    ...{ path: root, get: list, key, text, parts, live, maySecret },
  });
}

/** How services that run from one image are counted and named. */
function drift(asked: Asked<WorkloadSpec>, { wanted: running }: SwarmService): DriftChange | null {
  const wanted = workloadRun.replicas(asked);
  if (wanted === null || running === wanted) return null;
  return running === 0 ? { what: "stopped" } : { what: "scaled", running, wanted };
}

export function volumesIn(mounts: WorkloadSpec["mounts"]): readonly string[] {
  return mounts.flatMap((mount) => (mount.type === "volume" ? [mount.volume] : []));
}

export const workloadRun = {
  runsAs: "service",
  replicas: ({ spec, ignore }: Asked<WorkloadSpec>): number | null =>
    ignore.includes("replicas") ? null : spec.replicas,
  count: (_: unknown, found: SwarmService): SwarmService => found,
  aliases: ({ aliases }: WorkloadSpec): readonly string[] => aliases,
  drift,
  runs: ({ image }: WorkloadSpec): string => image,
  image: ({ image }: WorkloadSpec): string => image,
  source: (): null => null,
  carriesLabel: (): boolean => true,
  hostAccess: workloadAccess,
  data: ({ mounts }: WorkloadSpec): readonly string[] => volumesIn(mounts),
  volumes: ({ mounts }: WorkloadSpec): readonly string[] => volumesIn(mounts),
} as const;

export function workloadFields<Spec extends WorkloadSpec>(): readonly Row<Spec>[] {
  const field = <Value>(definition: FieldDefinition<Spec, Value>): Row<Spec> =>
    fieldRow(definition);

  function amount(
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

  const healthcheck = settingsOf<Spec, "healthcheck">("healthcheck", null);
  const restart = settingsOf<Spec, "restart">("restart", null);
  const placement = settingsOf<Spec, "placement">("placement", {
    constraints: [],
    spread: [],
    maxReplicasPerNode: null,
  });
  const ns = { text: formatNs, absent: null };
  const plain = { text: String, absent: null };
  const list = { text: listText, default: emptyList, absent: [] };

  return [
    field({
      path: "image",
      get: ({ image }) => image,
      set: (spec, image) => ({ ...spec, image: image ?? "" }),
      ...{ text: String, default: "", live: false, maySecret: false },
    }),
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
      set: (spec, replicas) => ({ ...spec, replicas: replicas ?? workloadDefaults.replicas }),
      ...{ text: String, default: "1", live: false, maySecret: false },
    }),
    amount("limits", "cpu", "nanoCpus", formatCpus),
    amount("limits", "memory", "memoryBytes", formatMemory),
    amount("reservations", "cpu", "nanoCpus", formatCpus),
    amount("reservations", "memory", "memoryBytes", formatMemory),
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
    placement("constraints", { path: "constraints", ...list }),
    placement("spread", { path: "spread", ...list }),
    placement("maxReplicasPerNode", { path: "maxReplicasPerNode", ...plain }),
    field({
      path: "stopGracePeriod",
      get: ({ stopGracePeriodNs }) => stopGracePeriodNs,
      set: (spec, stopGracePeriodNs) => ({ ...spec, stopGracePeriodNs }),
      ...{ text: formatNs, default: null, live: false, maySecret: false },
    }),
    childField("mount", false),
    childField("volumeBackup", true),
  ];
}
