// Dumps of databases that Dokploy makes by the clock, both ways: of a service that is a database, and of a database in a
// compose file, of which Dokploy knows nothing but what the dump's row says.
import { z } from "zod";
import type { StoredChild } from "../model/children.ts";
import type { ServiceRef } from "../model/observed.ts";
import type { BackupSpec, DatabaseWithin } from "../model/specs.ts";
import type { Input } from "./calls.ts";

const text = z.string();

/** What every row has that stores something. */
export const copies = {
  prefix: text,
  keepLatestCount: z.number().nullable().default(null),
  enabled: z.boolean().nullable().default(null),
};

/** The logins by which databases in compose files are dumped, by their types. */
const storedMetadata = z.record(text, z.unknown()).nullable().catch(null);

const login = z.object({
  databaseUser: text.catch(""),
  databasePassword: text.catch(""),
  databaseRootPassword: text.catch(""),
});
type Login = z.output<typeof login>;

export const storedBackups = z.array(
  z.object({
    ...copies,
    backupId: text,
    schedule: text,
    database: text,
    databaseType: text,
    backupType: z.enum(["database", "compose"]).default("database"),
    serviceName: text.nullable().default(null),
    metadata: storedMetadata,
    destination: z.object({ name: text }).nullable().default(null),
  }),
);

/** Begins the name that Capstan gives a backup. Neither a name nor an `appName` of its own can be given to one. */
const backupMark = "capstan:";

/**
 * Where a mark is of a compose service's backup: Dokploy looks only at the login of the backup's own type, and its page
 * keeps the logins of others when somebody saves it there. (Of a database's it does not look at `serviceName`.)
 */
const marked: Readonly<Record<string, keyof Login>> = {
  postgres: "databaseUser",
  mysql: "databaseRootPassword",
};

const noLogin: Login = { databaseUser: "", databasePassword: "", databaseRootPassword: "" };

function loginOf(metadata: z.output<typeof storedMetadata>, type: string): Login {
  return login.catch(noLogin).parse(metadata?.[type]);
}

/** The marks of a backup of that type. */
function marksOf(type: string, name: string): Input {
  const others = Object.entries(marked).filter(([other]) => other !== type);
  return Object.fromEntries(
    others.map(([other, field]) => [other, { [field]: `${backupMark}${name}` }]),
  );
}

/** Dokploy keeps all of them for 0 as well. */
export const countOf = (stored: number | null): number | null => (stored === 0 ? null : stored);

/** As Dokploy uses it: without the slashes around it. */
export const folderOf = (prefix: string): string => prefix.trim().replace(/^\/+|\/+$/g, "");

type StoredBackup = z.output<typeof storedBackups>[number];

function markedName({ serviceName, ...row }: StoredBackup): string | null {
  const places =
    row.backupType === "compose"
      ? Object.entries(marked)
          .filter(([type]) => type !== row.databaseType)
          .map(([type, field]) => loginOf(row.metadata, type)[field])
      : [serviceName ?? ""];
  const mark = places.find((text) => text.startsWith(backupMark));
  return mark?.slice(backupMark.length) ?? null;
}

/** How a backup is called: by its mark, or, of one that people made, by its folder. */
export function backupName(row: StoredBackup): { readonly name: string; readonly byHand: boolean } {
  const name = markedName(row);
  return { name: name ?? folderOf(row.prefix), byHand: name === null };
}

function databaseWithin({ backupType, databaseType: type, ...row }: StoredBackup) {
  if (backupType !== "compose") return {};
  const { databaseUser, databasePassword, databaseRootPassword } = loginOf(row.metadata, type);
  const within: DatabaseWithin = {
    ...{ service: row.serviceName ?? "", type, user: databaseUser },
    ...{ password: databasePassword, rootPassword: databaseRootPassword },
  };
  return { within };
}

export function readBackups(rows: z.output<typeof storedBackups>): readonly StoredChild[] {
  return rows.map((row) => ({
    kind: "backup",
    id: row.backupId,
    spec: {
      ...backupName(row),
      cron: row.schedule,
      destination: row.destination?.name ?? "(none)",
      prefix: folderOf(row.prefix),
      database: row.database,
      ...databaseWithin(row),
      keepLatest: countOf(row.keepLatestCount),
      enabled: row.enabled === true,
    },
  }));
}

/** What only the server knows of a child that is written. */
export interface OnServer {
  readonly destinationId: string;
  /** The service's; empty for a child in which it has no part. */
  readonly appName: string;
}

export function backupBody(
  { kind }: ServiceRef,
  backup: BackupSpec,
  { destinationId }: OnServer,
): Input {
  const { name, cron, prefix, database, keepLatest, enabled, within } = backup;
  const own = { schedule: cron, prefix, database, keepLatestCount: keepLatest, enabled };
  if (within === undefined) {
    const serviceName = `${backupMark}${name}`;
    return { ...own, destinationId, databaseType: kind, serviceName };
  }
  const { service, type, user, password, rootPassword } = within;
  const given = {
    ...(user !== "" && { databaseUser: user }),
    ...(password !== "" && { databasePassword: password }),
    ...(rootPassword !== "" && { databaseRootPassword: rootPassword }),
  };
  return {
    ...{ ...own, destinationId, databaseType: type, serviceName: service },
    metadata: { ...marksOf(type, name), [type]: given },
  };
}
