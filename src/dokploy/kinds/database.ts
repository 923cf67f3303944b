// A database as Dokploy stores it: one description for all of them.
import { z } from "zod";
import { listsOf } from "../../model/children.ts";
import type { ServiceDetails } from "../../model/observed.ts";
import { databaseRows } from "../../model/kinds/database-rows.ts";
import type { DatabaseRow, ExtraField, IdentityField } from "../../model/kinds/database-rows.ts";
import { databaseDefaults } from "../../model/kinds/database.ts";
import type { DatabaseKind, DatabaseSpec } from "../../model/specs.ts";
import { readBackups, storedBackups } from "../backups.ts";
import { readMounts } from "../children.ts";
import { readLabels, readNetworks } from "../networks.ts";
import type { Input } from "../calls.ts";
import { idName } from "../services.ts";
import { ownVolume, readVolumeBackups } from "../timed.ts";
import { readRows, writeRows } from "./field-row.ts";
import type { FieldRow } from "./field-row.ts";
import type { DokployKind } from "./kind.ts";
import { workloadRows, workloadShape } from "./workload.ts";

const shape = {
  ...workloadShape,
  databaseName: z.string().default(""),
  databaseUser: z.string().default(""),
  databasePassword: z.string(),
  databaseRootPassword: z.string().nullable().default(null),
  externalPort: z.number().nullable().default(null),
  externalGRPCPort: z.number().nullable().default(null),
  externalAdminPort: z.number().nullable().default(null),
  sqldNode: z.string().default("primary"),
  sqldPrimaryUrl: z.string().nullable().default(null),
  enableNamespaces: z.boolean().default(false),
  backups: storedBackups.default([]),
};

type Stored = z.output<z.ZodObject<typeof shape>>;

type Rows = FieldRow<Stored, DatabaseSpec>;

const externalPort: Rows = {
  root: "externalPort",
  fields: { externalPort: "externalPort" },
  read: (stored) => ({ spec: { externalPort: stored.externalPort } }),
  write: (spec) => ({ externalPort: spec.externalPort }),
};

const extraRows: Readonly<Record<ExtraField, Rows>> = {
  externalGrpcPort: {
    root: "externalGrpcPort",
    fields: { externalGRPCPort: "externalGrpcPort" },
    read: ({ externalGRPCPort }) => ({ spec: { externalGrpcPort: externalGRPCPort } }),
    write: ({ externalGrpcPort }) => ({ externalGRPCPort: externalGrpcPort }),
  },
  externalAdminPort: {
    root: "externalAdminPort",
    fields: { externalAdminPort: "externalAdminPort" },
    read: ({ externalAdminPort }) => ({ spec: { externalAdminPort } }),
    write: ({ externalAdminPort }) => ({ externalAdminPort }),
  },
  replicaOf: {
    root: "replicaOf",
    fields: { sqldNode: "replicaOf", sqldPrimaryUrl: "replicaOf" },
    read: ({ sqldNode, sqldPrimaryUrl }) => ({
      spec: { replicaOf: sqldNode === "replica" ? (sqldPrimaryUrl ?? "") : null },
    }),
    write: ({ replicaOf }) => ({
      sqldNode: replicaOf === null ? "primary" : "replica",
      sqldPrimaryUrl: replicaOf,
    }),
  },
  namespaces: {
    root: "namespaces",
    fields: { enableNamespaces: "namespaces" },
    read: ({ enableNamespaces }) => ({ spec: { namespaces: enableNamespaces } }),
    write: ({ namespaces }) => ({ enableNamespaces: namespaces }),
  },
};

function rowsOf({ lacks, extra }: DatabaseRow): readonly Rows[] {
  return [
    ...workloadRows.filter(({ root }) => !lacks.some((field) => field === root)),
    externalPort,
    ...extra.map((field) => extraRows[field]),
  ];
}

/** Dokploy makes this volume with the database and mounts it: it is nobody's to change. */
function isOwnVolume(mount: Stored["mounts"][number], row: Pick<Stored, "appName">): boolean {
  return mount.type === "volume" && mount.volumeName === ownVolume(row);
}

function detailsOf(kind: DatabaseKind, serviceId: string, row: Stored): ServiceDetails {
  const children = [
    ...readMounts(row.mounts.filter((mount) => !isOwnVolume(mount, row))),
    ...readVolumeBackups(row.volumeBackups, row.names, { kind, appName: row.appName }),
    ...readBackups(row.backups),
  ];
  const { spec, foreignFields } = readRows<Stored, DatabaseSpec>(rowsOf(databaseRows[kind]), row, {
    ...databaseDefaults,
    database: row.databaseName,
    user: row.databaseUser,
    password: row.databasePassword,
    rootPassword: row.databaseRootPassword ?? "",
    ...listsOf(children),
  });
  return {
    kind,
    serviceId,
    name: row.name,
    description: row.description,
    appName: row.appName,
    spec,
    foreignFields,
    sideSettings: [],
    labels: readLabels(row.labelsSwarm),
    otherNetworks: readNetworks(row.networkSwarm).others,
    children,
    deployments: [],
  };
}

/** Dokploy's names of what a database is made with. */
const names: Readonly<Record<IdentityField, string>> = {
  database: "databaseName",
  user: "databaseUser",
  password: "databasePassword",
  rootPassword: "databaseRootPassword",
};

/** These fields need nothing beside the spec. */
const alone = { others: [], names: {} };

/** What libsql's create wants named, and an update fills in by itself where it is not sent. */
function sqldFields(spec: DatabaseSpec): Input {
  return { ...extraRows.replicaOf.write(spec, alone), ...extraRows.namespaces.write(spec, alone) };
}

export function database(kind: DatabaseKind): DokployKind<DatabaseSpec> {
  const id = idName(kind);
  const row = databaseRows[kind];
  const { identity } = row;
  const rows = rowsOf(row);
  const named = Object.fromEntries(identity.map((field) => [names[field], field]));
  return {
    fields: [...rows.map(({ fields }) => fields), named],
    details: z
      .object(shape)
      .and(z.object({ [id]: z.string() }))
      .transform((one) => detailsOf(kind, String((one as Record<string, unknown>)[id]), one)),
    create: (spec) => ({
      // Without one, Dokploy names the image that it runs.
      ...(!row.lacks.includes("image") && { dockerImage: spec.image }),
      ...Object.fromEntries(identity.map((field) => [names[field], spec[field]])),
      ...(kind === "libsql" && { ...sqldFields(spec), serverId: null }),
    }),
    configure(spec, context) {
      const { have, ignore } = context;
      // Written only where they differ: an adopted database may hold a password that Dokploy takes no more.
      const changed = identity.filter(
        (field) => have !== null && spec[field] !== have[field] && !ignore.includes(field),
      );
      return {
        ...writeRows(rows, spec, context),
        ...Object.fromEntries(changed.map((field) => [names[field], spec[field]])),
        // An update without it turns it off, also where people keep it.
        ...(kind === "libsql" && extraRows.namespaces.write(spec, alone)),
      };
    },
  };
}
