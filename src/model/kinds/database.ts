// A database: one description for all of them, with what differs as a row.
import { fieldRow } from "../field-table.ts";
import { imageParts } from "../image-reference.ts";
import type { DatabaseSpec } from "../specs.ts";
import type { DataLoss, Kind } from "./kind.ts";
import { workloadDefaults, workloadFields } from "./workload.ts";

interface DatabaseRow {
  readonly title: string;
  /** As its makers write it. */
  readonly product: string;
}

interface Version {
  /** The last part of the image's name: mirrors have it in common. */
  readonly name: string;
  /** `17` of `postgres:17.2-alpine`; null where the tag tells none. */
  readonly major: string | null;
}

function versionOf(image: string): Version {
  const { name, tag } = imageParts(image);
  return {
    name: name.slice(name.lastIndexOf("/") + 1),
    major: /^v?(\d+)(?:[.-]|$)/.exec(tag ?? "")?.[1] ?? null,
  };
}

function readsDataOf(is: Version, was: Version): boolean {
  return is.name === was.name && is.major !== null && is.major === was.major;
}

function losses(want: DatabaseSpec, have: DatabaseSpec, product: string): readonly DataLoss[] {
  const found: DataLoss[] = [];
  const [is, was] = [versionOf(want.image), versionOf(have.image)];
  if (want.image !== have.image && !readsDataOf(is, was)) {
    const name = (version: Version, image: string): string =>
      version.major === null || is.name !== was.name ? image : `${product} ${version.major}`;
    found.push({
      path: "image",
      why: `${name(was, have.image)} wrote the data, and ${name(is, want.image)} may not be able to read them`,
      instead: "make a new database beside it, move the data, and remove the old one",
      allowable: true,
    });
  }
  for (const path of ["database", "user"] as const) {
    if (want[path] === have[path]) continue;
    found.push({
      path,
      why: `the data stay with the ${path} ${have[path]}: the change only takes effect in an empty volume`,
      instead: `change it inside of the database first, or make a new database beside it`,
      allowable: true,
    });
  }
  if (want.password !== have.password) {
    found.push({
      path: "password",
      why: "Dokploy would change its env only, and the data keep the old password",
      instead:
        "change it in Dokploy (the database's page, which changes both), then write the same value here",
      allowable: false,
    });
  }
  return found;
}

export function databaseKind({ title, product }: DatabaseRow): Kind<DatabaseSpec> {
  return {
    title,
    prefix: "db",
    defaults: { ...workloadDefaults, database: "", user: "", password: "", externalPort: null },
    fields: [
      ...workloadFields<DatabaseSpec>(),
      fieldRow<DatabaseSpec, string>({
        path: "database",
        get: ({ database }) => database,
        set: (spec, database) => ({ ...spec, database: database ?? "" }),
        ...{ text: String, default: "", live: false, maySecret: false },
      }),
      fieldRow<DatabaseSpec, string>({
        path: "user",
        get: ({ user }) => user,
        set: (spec, user) => ({ ...spec, user: user ?? "" }),
        ...{ text: String, default: "", live: false, maySecret: false },
      }),
      fieldRow<DatabaseSpec, string>({
        path: "password",
        get: ({ password }) => password,
        set: (spec, password) => ({ ...spec, password: password ?? "" }),
        ...{ text: String, default: "", live: false, maySecret: true },
      }),
      fieldRow<DatabaseSpec, number>({
        path: "externalPort",
        get: ({ externalPort }) => externalPort,
        set: (spec, externalPort) => ({ ...spec, externalPort }),
        ...{ text: String, default: null, live: false, maySecret: false },
      }),
    ],
    deploys: "direct",
    losses: (want, have) => losses(want, have, product),
  };
}
