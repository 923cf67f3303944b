// An application: what it has beside what every service has.
import { fieldRow, mapRow } from "../field-table.ts";
import type { Row } from "../field-table.ts";
import { formatNs } from "../quantity.ts";
import type { ApplicationSpec, UpdatePolicy } from "../specs.ts";
import type { Kind } from "./kind.ts";
import { buildFields, gitFields, sourceTitle } from "./git.ts";
import { settingsOf } from "./settings.ts";
import { childField, workloadDefaults, workloadFields, workloadRun } from "./workload.ts";

function registryField(part: "url" | "username" | "password"): Row<ApplicationSpec> {
  return fieldRow<ApplicationSpec, string>({
    path: `registry.${part}`,
    get: ({ registry }) => registry?.[part] ?? null,
    set: (spec, value) =>
      spec.registry === null
        ? spec
        : { ...spec, registry: { ...spec.registry, [part]: value ?? "" } },
    ...{ text: String, default: "", live: false, maySecret: true },
  });
}

const noPolicy: UpdatePolicy = {
  parallelism: null,
  delayNs: null,
  failureAction: null,
  monitorNs: null,
  maxFailureRatio: null,
  order: null,
};
const ns = { text: formatNs, absent: null };
const plain = { text: String, absent: null };

/** Dokploy's own defaults; it stores parallelism and order with any other setting. */
function policyFields(
  group: "update" | "rollback",
  failureAction: string,
): readonly Row<ApplicationSpec>[] {
  const policy = settingsOf<ApplicationSpec, typeof group>(group, noPolicy);
  return [
    policy("parallelism", { path: "parallelism", ...plain, default: "1" }),
    policy("delayNs", { path: "delay", ...ns }),
    policy("failureAction", { path: "failureAction", ...plain, default: failureAction }),
    policy("monitorNs", { path: "monitor", ...ns }),
    policy("maxFailureRatio", { path: "maxFailureRatio", ...plain }),
    policy("order", { path: "order", ...plain, default: "start-first" }),
  ];
}

export const application: Kind<ApplicationSpec> = {
  title: "application",
  prefix: "app",
  defaults: {
    ...workloadDefaults,
    git: null,
    build: null,
    registry: null,
    update: null,
    rollback: null,
    ulimits: {},
    endpointMode: "vip",
    ports: [],
    domains: [],
    redirects: [],
    basicAuth: [],
    schedules: [],
  },
  fields: [
    ...workloadFields<ApplicationSpec>(),
    ...gitFields<ApplicationSpec>("/"),
    ...buildFields<ApplicationSpec>(),
    registryField("url"),
    registryField("username"),
    registryField("password"),
    ...policyFields("update", "rollback"),
    ...policyFields("rollback", "pause"),
    mapRow<ApplicationSpec>({
      path: "ulimits",
      get: ({ ulimits }) => ulimits,
      set: (spec, ulimits) => ({ ...spec, ulimits }),
      ...{ live: false, maySecret: false },
    }),
    fieldRow<ApplicationSpec, ApplicationSpec["endpointMode"]>({
      path: "endpointMode",
      get: ({ endpointMode }) => endpointMode,
      set: (spec, endpointMode) => ({ ...spec, endpointMode: endpointMode ?? "vip" }),
      ...{ text: String, default: "vip", live: false, maySecret: false },
    }),
    childField("port", false),
    childField("domain", true),
    childField("redirect", true),
    childField("basicAuth", true),
    childField("schedule", true),
  ],
  settings: ["autoDeploy"],
  deploys: "queued",
  ...workloadRun,
  runs: ({ image, git }) => (git === null ? image : sourceTitle(git)),
  image: ({ image, git }) => (git === null ? image : null),
  source: ({ git }) => git,
  losses: () => [],
};
