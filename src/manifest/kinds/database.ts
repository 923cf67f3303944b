// A database of a resolved manifest.
import { databaseRows } from "../../model/kinds/database-rows.ts";
import { databaseSchema } from "../../model/manifest-database.ts";
import type { DatabaseManifest } from "../../model/manifest-database.ts";
import { workloadOf, workloadSecretField } from "../service.ts";
import type { Tell } from "../tell.ts";
import { backupsOf, checkBackups, checkVolumeBackups, volumeBackupsOf } from "../timed.ts";
import type { ManifestKind } from "./kind.ts";

/** Whether one of the folders holds the other, or is it. */
function overlaps(one: string, other: string): boolean {
  const [a, b] = [`${one.replace(/\/+$/, "")}/`, `${other}/`];
  return a.startsWith(b) || b.startsWith(a);
}

/** Redis' start command has its password in the clear, so that a shell reads it. */
const shellSafe = /^[A-Za-z0-9@%_+=:,.^-]*$/;

/** Stands for what could not be read, so that nothing more is said of it. */
const placeholder = "unknown";

const optionalFields = ["database", "user", "rootPassword"] as const;

function checkIdentity(manifest: DatabaseManifest, tell: Tell): void {
  const { type, user, password } = manifest;
  const { identity } = databaseRows[type];
  for (const field of optionalFields) {
    const has = identity.includes(field);
    if (has && manifest[field] === undefined) {
      tell([field], `is required: a ${type} database is made with it`, "add it");
    }
    if (!has && manifest[field] !== undefined && manifest[field] !== placeholder) {
      tell([field], `is nothing that a ${type} database has`, "leave it out", "key");
    }
  }
  if (type === "redis" && !shellSafe.test(password)) {
    const message =
      "may hold only letters, digits and @%_+=:,.^- : a shell reads it when redis starts";
    tell(["password"], message, "choose another one");
  }
  if (type === "mariadb" && user === "root") {
    tell(["user"], "may not be root, which is made anyway", "name another user");
  }
}

function check(manifest: DatabaseManifest, tell: Tell): void {
  const { type, env, mounts } = manifest;
  checkIdentity(manifest, tell);
  const row = databaseRows[type];
  const { hasBackups } = row;
  const own = row.identity.includes("database") ? (manifest.database ?? placeholder) : null;
  checkBackups(manifest.backups, { database: own, title: type, hasBackups }, tell);
  checkVolumeBackups(manifest.volumeBackups, mounts, tell);
  for (const name of Object.keys(env)) {
    const field = Object.hasOwn(row.env, name) ? row.env[name] : undefined;
    if (field === undefined) continue;
    tell(["env", name], "is set by Dokploy", `write it as \`${field}\``, "key");
  }
  for (const [index, { target }] of mounts.entries()) {
    if (!overlaps(target, row.dataFolder)) continue;
    const message = "is where the database has its data, for which Dokploy mounts a volume";
    tell(["mounts", index, "target"], message, "leave this mount out");
  }
}

export const database: ManifestKind<DatabaseManifest, DatabaseManifest["type"]> = {
  schema: databaseSchema,
  placeholders: {
    type: "postgres",
    image: placeholder,
    database: placeholder,
    user: placeholder,
    password: placeholder,
    rootPassword: placeholder,
  },
  kindOf: ({ type }) => type,
  withoutProbe: (rest) => rest,
  check,
  configured: (manifest, identity, files) => ({
    kind: manifest.type,
    spec: {
      ...workloadOf(manifest, identity, files),
      replicas: 1,
      database: manifest.database ?? "",
      user: manifest.user ?? "",
      password: manifest.password,
      rootPassword: manifest.rootPassword ?? "",
      externalPort: manifest.externalPort ?? null,
      backups: backupsOf(manifest.backups, manifest.database),
      volumeBackups: volumeBackupsOf(manifest.volumeBackups, manifest.mounts, identity),
    },
  }),
  secretField: (_, path) =>
    path[0] === "password" || path[0] === "rootPassword" ? path[0] : workloadSecretField(path),
  keeping: ({ deletionPolicy, allowDataLoss }) => ({ deletionPolicy, allowDataLoss }),
};
