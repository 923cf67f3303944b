// A database: one description for all of them, with what differs as a row.
import { fieldRow } from "../field-table.ts";
import type { Row } from "../field-table.ts";
import { imageParts } from "../image-reference.ts";
import type { DatabaseKind, DatabaseSpec } from "../specs.ts";
import { databaseRows } from "./database-rows.ts";
import type { DatabaseRow, ExtraField, IdentityField } from "./database-rows.ts";
import type { DataLoss, Kind } from "./kind.ts";
import {
  childField,
  volumesIn,
  workloadDefaults,
  workloadFields,
  workloadRun,
} from "./workload.ts";

interface Version {
  /** The last part of the image's name: mirrors have it in common. */
  readonly name: string;
  /** `17` of `postgres:17.2-alpine`, `8.4` of `mysql:8.4.3`; null where the tag tells none. */
  readonly format: string | null;
}

function versionOf(image: string, { formats }: DatabaseRow): Version {
  const { name, tag } = imageParts(image);
  const [format = null] = formats.flatMap((pattern) => pattern.exec(tag ?? "")?.[1] ?? []);
  return { name: name.slice(name.lastIndexOf("/") + 1), format };
}

function readsDataOf(is: Version, was: Version): boolean {
  return is.name === was.name && is.format !== null && is.format === was.format;
}

/** Whether the newer version looks for its data where the older one has none. */
function movesData(is: Version, was: Version, { movedDataAt }: DatabaseRow): boolean {
  if (movedDataAt === null || is.format === null || was.format === null) return false;
  return Number(was.format) < movedDataAt && Number(is.format) >= movedDataAt;
}

function imageLoss(want: DatabaseSpec, have: DatabaseSpec, row: DatabaseRow): DataLoss | null {
  const [is, was] = [versionOf(want.image, row), versionOf(have.image, row)];
  if (row.lacks.includes("image") || want.image === have.image || readsDataOf(is, was)) return null;
  const name = (version: Version, image: string): string =>
    version.format === null || is.name !== was.name ? image : `${row.product} ${version.format}`;
  const reads = movesData(is, was, row)
    ? "looks for them in another folder than the one that Dokploy mounts"
    : "may not be able to read them";
  return {
    path: "image",
    why: `${name(was, have.image)} wrote the data, and ${name(is, want.image)} ${reads}`,
    instead: "make a new database beside it, move the data, and remove the old one",
    allowable: true,
  };
}

function identityLoss(path: IdentityField, have: DatabaseSpec): DataLoss {
  if (path === "database" || path === "user") {
    return {
      path,
      why: `the data stay with the ${path} ${have[path]}: the change only takes effect in an empty volume`,
      instead: `change it inside of the database first, or make a new database beside it`,
      allowable: true,
    };
  }
  return {
    path,
    why: "Dokploy would change its env only, and the data keep the old password",
    instead:
      "change it in Dokploy (the database's page, which changes both), then write the same value here",
    allowable: false,
  };
}

function replicaLoss(want: DatabaseSpec, have: DatabaseSpec): DataLoss | null {
  if (want.replicaOf === have.replicaOf) return null;
  return {
    path: "replicaOf",
    why:
      want.replicaOf === null
        ? "its data are a copy of another database's, which it would no longer follow"
        : `a replica has what its primary has, and its own data go`,
    instead: "make a new database beside it",
    allowable: true,
  };
}

function losses(want: DatabaseSpec, have: DatabaseSpec, row: DatabaseRow): readonly DataLoss[] {
  const changed = row.kept.filter((path) => want[path] !== have[path]);
  return [
    ...[imageLoss(want, have, row), replicaLoss(want, have)].filter((loss) => loss !== null),
    ...changed.map((path) => identityLoss(path, have)),
  ];
}

function identityField(path: IdentityField): Row<DatabaseSpec> {
  return fieldRow<DatabaseSpec, string>({
    path,
    get: (spec) => spec[path],
    set: (spec, value) => ({ ...spec, [path]: value ?? "" }),
    ...{ text: String, default: "", live: false },
    maySecret: path === "password" || path === "rootPassword",
  });
}

function portField(path: "externalPort" | "externalGrpcPort" | "externalAdminPort") {
  return fieldRow<DatabaseSpec, number>({
    path,
    get: (spec) => spec[path],
    set: (spec, port) => ({ ...spec, [path]: port }),
    ...{ text: String, default: null, live: false, maySecret: false },
  });
}

const extraFields: Readonly<Record<ExtraField, Row<DatabaseSpec>>> = {
  replicaOf: fieldRow<DatabaseSpec, string>({
    path: "replicaOf",
    get: ({ replicaOf }) => replicaOf,
    set: (spec, replicaOf) => ({ ...spec, replicaOf }),
    // Somebody may have typed an address with a password into Dokploy.
    ...{ text: String, default: null, live: false, maySecret: true },
  }),
  namespaces: fieldRow<DatabaseSpec, boolean>({
    path: "namespaces",
    get: ({ namespaces }) => namespaces,
    set: (spec, namespaces) => ({ ...spec, namespaces: namespaces ?? false }),
    ...{ text: String, default: "false", live: false, maySecret: false },
  }),
  externalGrpcPort: portField("externalGrpcPort"),
  externalAdminPort: portField("externalAdminPort"),
};

/** What every kind of database has where nothing is said. */
export const databaseDefaults: DatabaseSpec = {
  ...workloadDefaults,
  ...{ database: "", user: "", password: "", rootPassword: "" },
  ...{ externalPort: null, externalGrpcPort: null, externalAdminPort: null },
  ...{ replicaOf: null, namespaces: false, backups: [] },
};

export function databaseKind(kind: DatabaseKind): Kind<DatabaseSpec> {
  const row = databaseRows[kind];
  return {
    title: `${kind} database`,
    prefix: "db",
    defaults: databaseDefaults,
    fields: [
      ...workloadFields<DatabaseSpec>().filter(
        ({ path }) => !row.lacks.some((one) => one === path),
      ),
      ...row.identity.map(identityField),
      portField("externalPort"),
      ...row.extra.map((field) => extraFields[field]),
      ...(row.hasBackups ? [childField<DatabaseSpec>("backup", true)] : []),
    ],
    settings: [],
    deploys: "direct",
    ...workloadRun,
    // The volume that Dokploy makes with it, which no mount of its manifest names.
    data: ({ mounts }, appName) => [`${appName}-data`, ...volumesIn(mounts)],
    losses: (want, have) => losses(want, have, row),
  };
}
