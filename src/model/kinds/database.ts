// A database: one description for all of them, with what differs as a row.
import { fieldRow } from "../field-table.ts";
import type { Row } from "../field-table.ts";
import { imageParts } from "../image-reference.ts";
import type { DatabaseKind, DatabaseSpec } from "../specs.ts";
import { databaseRows } from "./database-rows.ts";
import type { DatabaseRow, IdentityField } from "./database-rows.ts";
import type { DataLoss, Kind } from "./kind.ts";
import { childField, workloadDefaults, workloadFields, workloadRun } from "./workload.ts";

interface Version {
  /** The last part of the image's name: mirrors have it in common. */
  readonly name: string;
  /** `17` of `postgres:17.2-alpine`, `8.4` of `mysql:8.4.3`; null where the tag tells none. */
  readonly format: string | null;
}

function versionOf(image: string, parts: DatabaseRow["versionParts"]): Version {
  const { name, tag } = imageParts(image);
  const pattern = parts === 1 ? /^v?(\d+)(?:[.-]|$)/ : /^v?(\d+\.\d+)(?:[.-]|$)/;
  return {
    name: name.slice(name.lastIndexOf("/") + 1),
    format: pattern.exec(tag ?? "")?.[1] ?? null,
  };
}

function readsDataOf(is: Version, was: Version): boolean {
  return is.name === was.name && is.format !== null && is.format === was.format;
}

function imageLoss(
  want: DatabaseSpec,
  have: DatabaseSpec,
  { product, versionParts }: DatabaseRow,
): DataLoss | null {
  const [is, was] = [versionOf(want.image, versionParts), versionOf(have.image, versionParts)];
  if (want.image === have.image || readsDataOf(is, was)) return null;
  const name = (version: Version, image: string): string =>
    version.format === null || is.name !== was.name ? image : `${product} ${version.format}`;
  return {
    path: "image",
    why: `${name(was, have.image)} wrote the data, and ${name(is, want.image)} may not be able to read them`,
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

function losses(want: DatabaseSpec, have: DatabaseSpec, row: DatabaseRow): readonly DataLoss[] {
  const image = imageLoss(want, have, row);
  const changed = row.kept.filter((path) => want[path] !== have[path]);
  return [...(image === null ? [] : [image]), ...changed.map((path) => identityLoss(path, have))];
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

export function databaseKind(kind: DatabaseKind): Kind<DatabaseSpec> {
  const row = databaseRows[kind];
  return {
    title: `${kind} database`,
    prefix: "db",
    defaults: {
      ...workloadDefaults,
      ...{
        database: "",
        user: "",
        password: "",
        rootPassword: "",
        externalPort: null,
        backups: [],
      },
    },
    fields: [
      ...workloadFields<DatabaseSpec>(),
      ...row.identity.map(identityField),
      fieldRow<DatabaseSpec, number>({
        path: "externalPort",
        get: ({ externalPort }) => externalPort,
        set: (spec, externalPort) => ({ ...spec, externalPort }),
        ...{ text: String, default: null, live: false, maySecret: false },
      }),
      ...(row.hasBackups ? [childField<DatabaseSpec>("backup", true)] : []),
    ],
    deploys: "direct",
    ...workloadRun,
    losses: (want, have) => losses(want, have, row),
  };
}
