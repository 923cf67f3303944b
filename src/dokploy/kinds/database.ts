// A database as Dokploy stores it: one description for all of them.
import { z } from "zod";
import { listsOf } from "../../model/children.ts";
import { workloadDefaults } from "../../model/kinds/workload.ts";
import type { ServiceDetails } from "../../model/observed.ts";
import { databaseRows } from "../../model/kinds/database-rows.ts";
import type { IdentityField } from "../../model/kinds/database-rows.ts";
import type { DatabaseKind, DatabaseSpec } from "../../model/specs.ts";
import { readMounts } from "../children.ts";
import { readLabels, readNetworks } from "../networks.ts";
import { idName } from "../services.ts";
import { readBackups, readVolumeBackups, storedBackups } from "../timed.ts";
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
  backups: storedBackups.default([]),
};

type Stored = z.output<z.ZodObject<typeof shape>>;

const rows: readonly FieldRow<Stored, DatabaseSpec>[] = [
  ...workloadRows,
  {
    root: "externalPort",
    fields: { externalPort: "externalPort" },
    read: ({ externalPort }) => ({ spec: { externalPort } }),
    write: ({ externalPort }) => ({ externalPort }),
  },
];

/** How Dokploy calls the volume of a database's data. */
export function ownVolume({ appName }: { readonly appName: string }): string {
  return `${appName}-data`;
}

/** Dokploy makes this volume with the database and mounts it: it is nobody's to change. */
function isOwnVolume(mount: Stored["mounts"][number], row: Pick<Stored, "appName">): boolean {
  return mount.type === "volume" && mount.volumeName === ownVolume(row);
}

function detailsOf(kind: DatabaseKind, serviceId: string, row: Stored): ServiceDetails {
  const children = [
    ...readMounts(row.mounts.filter((mount) => !isOwnVolume(mount, row))),
    ...readVolumeBackups(row.volumeBackups, row.destinations, ownVolume(row)),
    ...readBackups(row.backups),
  ];
  const { spec, foreignFields } = readRows<Stored, DatabaseSpec>(rows, row, {
    ...workloadDefaults,
    database: row.databaseName,
    user: row.databaseUser,
    password: row.databasePassword,
    rootPassword: row.databaseRootPassword ?? "",
    externalPort: null,
    backups: [],
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

export function database(kind: DatabaseKind): DokployKind<DatabaseSpec> {
  const id = idName(kind);
  const { identity } = databaseRows[kind];
  const named = Object.fromEntries(identity.map((field) => [names[field], field]));
  return {
    fields: [...rows.map(({ fields }) => fields), named],
    details: z
      .object(shape)
      .and(z.object({ [id]: z.string() }))
      .transform((row) => detailsOf(kind, String((row as Record<string, unknown>)[id]), row)),
    create: (spec) => ({
      dockerImage: spec.image,
      ...Object.fromEntries(identity.map((field) => [names[field], spec[field]])),
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
      };
    },
  };
}
