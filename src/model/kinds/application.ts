// An application: what it has beside what every service has.
import { fieldRow } from "../field-table.ts";
import type { Row } from "../field-table.ts";
import { formatNs } from "../quantity.ts";
import type { ApplicationSpec } from "../specs.ts";
import type { Kind } from "./kind.ts";
import { settingsOf } from "./settings.ts";
import { childField, workloadDefaults, workloadFields } from "./workload.ts";

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

const update = settingsOf<ApplicationSpec, "update">("update", {
  parallelism: null,
  delayNs: null,
  failureAction: null,
  monitorNs: null,
  maxFailureRatio: null,
  order: null,
});
const ns = { text: formatNs, absent: null };
const plain = { text: String, absent: null };

export const application: Kind<ApplicationSpec> = {
  title: "application",
  prefix: "app",
  defaults: {
    ...workloadDefaults,
    registry: null,
    update: null,
    ports: [],
    domains: [],
    redirects: [],
    basicAuth: [],
  },
  fields: [
    ...workloadFields<ApplicationSpec>(),
    registryField("url"),
    registryField("username"),
    registryField("password"),
    // Dokploy's own defaults; it stores the first two with any other setting.
    update("parallelism", { path: "parallelism", ...plain, default: "1" }),
    update("delayNs", { path: "delay", ...ns }),
    update("failureAction", { path: "failureAction", ...plain, default: "rollback" }),
    update("monitorNs", { path: "monitor", ...ns }),
    update("maxFailureRatio", { path: "maxFailureRatio", ...plain }),
    update("order", { path: "order", ...plain, default: "start-first" }),
    childField("port", false),
    childField("domain", true),
    childField("redirect", true),
    childField("basicAuth", true),
  ],
  deploys: "queued",
  losses: () => [],
};
