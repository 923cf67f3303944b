// An application as Dokploy stores it.
import { z } from "zod";
import { listsOf } from "../../model/children.ts";
import { application as model } from "../../model/kinds/application.ts";
import type { ServiceDetails } from "../../model/observed.ts";
import type { ApplicationSpec } from "../../model/specs.ts";
import { deploymentRows, newestFirst } from "../deployment-rows.ts";
import {
  readBasicAuth,
  readDomains,
  readMounts,
  readPorts,
  readRedirects,
  storedBasicAuth,
  storedDomains,
  storedPorts,
  storedRedirects,
} from "../children.ts";
import { buildColumns, buildShape, readBuild, writeBuild } from "../builds.ts";
import {
  applicationPaths,
  buildPathColumn,
  buildPathOf,
  pathFields,
  readSource,
  sourceFields,
  sourceShape,
  writeSource,
} from "../git-source.ts";
import { readLabels, readNetworks } from "../networks.ts";
import { pushesShape, readPushes } from "../pushes.ts";
import { readUpdate, writeRollback, writeUpdate } from "../swarm-settings.ts";
import { readEndpointMode, readUlimits, writeUlimits } from "../swarm-limits.ts";
import { readSchedules, readVolumeBackups, storedSchedules } from "../timed.ts";
import { readRows, unlessKept, writeRows } from "./field-row.ts";
import type { FieldRow } from "./field-row.ts";
import type { DokployKind } from "./kind.ts";
import { orNull, settings, workloadRows, workloadShape } from "./workload.ts";

const maybeText = z.string().nullable().default(null);

/** `application.one`, with what is listed apart from it. */
const stored = z.object({
  ...workloadShape,
  applicationId: z.string(),
  ...sourceShape,
  ...applicationPaths,
  ...buildShape,
  ...pushesShape,
  username: maybeText,
  password: maybeText,
  registryUrl: maybeText,
  updateConfigSwarm: settings,
  rollbackConfigSwarm: settings,
  ulimitsSwarm: z.array(settings).nullable().default(null),
  endpointSpecSwarm: settings,
  isPreviewDeploymentsActive: z.boolean().nullable().default(false),
  modeSwarm: settings,
  domains: storedDomains,
  ports: storedPorts,
  redirects: storedRedirects,
  security: storedBasicAuth,
  deployments: deploymentRows.default([]),
  /** Listed apart. */
  schedules: storedSchedules.default([]),
});

type Stored = z.output<typeof stored>;

const rows: readonly FieldRow<Stored, ApplicationSpec>[] = [
  ...workloadRows,
  {
    root: "git",
    fields: { ...sourceFields, ...pathFields, dockerImage: "image" },
    read(row) {
      const git = readSource(row, buildPathOf(row), row.names);
      // The image of an earlier source is still stored.
      return { spec: git === null ? { git } : { git, image: "" } };
    },
    write: ({ git, image }, { names }) =>
      git === null
        ? { sourceType: "docker", dockerImage: image }
        : {
            ...writeSource(git, names),
            ...buildPathColumn(git, names),
            dockerImage: null,
          },
  },
  {
    root: "build",
    fields: buildColumns,
    read(row) {
      if (readSource(row, "", row.names) === null) return { spec: {} };
      const { build, foreign } = readBuild(row, row.names);
      return { spec: { build }, foreign };
    },
    write: ({ build }, { names }) => (build === null ? {} : writeBuild(build, names)),
  },
  {
    root: "registry",
    fields: {
      registryUrl: "registry.url",
      username: "registry.username",
      password: "registry.password",
    },
    read({ registryUrl, username, password }) {
      const login = {
        url: registryUrl ?? "",
        username: username ?? "",
        password: password ?? "",
      };
      const isEmpty = login.url === "" && login.username === "" && login.password === "";
      return { spec: { registry: isEmpty ? null : login } };
    },
    write: ({ registry }) => ({
      registryUrl: orNull(registry?.url ?? null),
      username: orNull(registry?.username ?? null),
      password: orNull(registry?.password ?? null),
    }),
  },
  {
    root: "update",
    fields: { updateConfigSwarm: "update" },
    read({ updateConfigSwarm }) {
      const { value, foreign } = readUpdate(updateConfigSwarm);
      return { spec: { update: value }, foreign };
    },
    write: ({ update }) => ({ updateConfigSwarm: writeUpdate(update) }),
  },
  {
    root: "rollback",
    fields: { rollbackConfigSwarm: "rollback" },
    read({ rollbackConfigSwarm }) {
      const { value, foreign } = readUpdate(rollbackConfigSwarm);
      return { spec: { rollback: value }, foreign };
    },
    write: ({ rollback }) => ({ rollbackConfigSwarm: writeRollback(rollback) }),
  },
  {
    root: "ulimits",
    fields: { ulimitsSwarm: "ulimits" },
    read({ ulimitsSwarm }) {
      const { value, foreign } = readUlimits(ulimitsSwarm);
      return { spec: { ulimits: value }, foreign };
    },
    write: ({ ulimits }) => ({ ulimitsSwarm: writeUlimits(ulimits) }),
  },
  {
    root: "endpointMode",
    fields: { endpointSpecSwarm: "endpointMode" },
    read({ endpointSpecSwarm }) {
      const { value, foreign } = readEndpointMode(endpointSpecSwarm);
      return { spec: { endpointMode: value }, foreign };
    },
    // Dokploy publishes no port of the application where this is set: it stays null with the default.
    write: ({ endpointMode }) => ({
      endpointSpecSwarm: endpointMode === "vip" ? null : { Mode: endpointMode },
    }),
  },
];

/** What no field of a manifest is. */
function besidesOf({
  isPreviewDeploymentsActive,
  modeSwarm,
}: Stored): Pick<ServiceDetails, "besides"> {
  const besides = [
    ...(isPreviewDeploymentsActive === true ? ["preview deployments"] : []),
    ...(modeSwarm === null ? [] : ["the mode in which the swarm runs it"]),
  ];
  return besides.length === 0 ? {} : { besides };
}

function detailsOf(row: Stored): ServiceDetails {
  const children = [
    ...readMounts(row.mounts),
    ...readPorts(row.ports),
    ...readBasicAuth(row.security),
    ...readRedirects(row.redirects),
    ...readDomains(row.domains),
    ...readSchedules(row.schedules, "application"),
    ...readVolumeBackups(row.volumeBackups, row.names, {
      ...{ kind: "application", appName: row.appName },
    }),
  ];
  const { spec, foreignFields } = readRows<Stored, ApplicationSpec>(rows, row, {
    ...model.defaults,
    ...listsOf(children),
  });
  return {
    kind: "application",
    serviceId: row.applicationId,
    name: row.name,
    description: row.description,
    appName: row.appName,
    spec,
    foreignFields,
    sideSettings: [
      ...(row.sourceType === "docker" || spec.git !== null
        ? []
        : [{ path: "source", was: row.sourceType, is: "docker", needsDeploy: true }]),
      ...(row.autoDeploy === true
        ? [{ path: "autoDeploy", was: "true", is: "false", needsDeploy: false }]
        : []),
    ],
    ...readPushes(row),
    ...besidesOf(row),
    labels: readLabels(row.labelsSwarm),
    otherNetworks: readNetworks(row.networkSwarm).others,
    children,
    deployments: [...row.deployments].sort(newestFirst),
  };
}

export const application: DokployKind<ApplicationSpec> = {
  fields: rows.map(({ fields }) => fields),
  details: stored.transform(detailsOf),
  // `update` says the rest; older versions would drop it here without a word.
  create: () => ({}),
  configure: (spec, context) => ({
    ...unlessKept({ autoDeploy: false }, context),
    ...writeRows(rows, spec, context),
  }),
};
