// A database of a resolved manifest.
import { databaseRows } from "../../model/kinds/database-rows.ts";
import type { ExtraField, LackedField } from "../../model/kinds/database-rows.ts";
import { databaseSchema } from "../../model/manifest-database.ts";
import type { DatabaseManifest } from "../../model/manifest-database.ts";
import { imageAsks, workloadAsks } from "../policy/workload-asks.ts";
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

/** Takes the password from the env, however it is started. */
const readsItsEnv = /(?:^|\/)bitnami[^/]*\//;

/** Stands for what could not be read, so that nothing more is said of it. */
const placeholder = "unknown";

const optionalFields = ["database", "user", "rootPassword"] as const;

/** Whether a manifest says something of a field that only some kinds have. */
const said: Readonly<Record<ExtraField | LackedField, (manifest: DatabaseManifest) => boolean>> = {
  image: ({ image }) => image !== "" && image !== placeholder,
  args: ({ args }) => args.length > 0,
  stopGracePeriod: ({ stopGracePeriod }) => stopGracePeriod !== undefined,
  replicaOf: ({ replicaOf }) => replicaOf !== undefined,
  namespaces: ({ namespaces }) => namespaces,
  externalGrpcPort: ({ externalGrpcPort }) => externalGrpcPort !== undefined,
  externalAdminPort: ({ externalAdminPort }) => externalAdminPort !== undefined,
};

/** What to do instead of naming a field that Dokploy ignores. */
const instead: Readonly<Record<LackedField, string>> = {
  image: "leave it out: Dokploy chooses the image of a libsql database",
  args: "leave it out, and write all of it as `command`",
  stopGracePeriod: "leave it out: its containers have docker's 10s",
};

function checkOwnFields(manifest: DatabaseManifest, tell: Tell): void {
  const { type } = manifest;
  const { extra, lacks } = databaseRows[type];
  for (const field of lacks) {
    if (!said[field](manifest)) continue;
    tell([field], `is nothing that Dokploy has for a ${type} database`, instead[field], "key");
  }
  for (const { extra: fields } of Object.values(databaseRows)) {
    for (const field of fields) {
      if (extra.includes(field) || !said[field](manifest)) continue;
      tell([field], `is nothing that a ${type} database has`, "leave it out", "key");
    }
  }
  if (!lacks.includes("image") && manifest.image === "") {
    tell([], "needs an `image`", `such as ${type}:VERSION`, "key");
  }
  if (manifest.replicaOf !== undefined && manifest.externalGrpcPort !== undefined) {
    const message = "is nothing that a replica has: only a primary has replicas of its own";
    tell(["externalGrpcPort"], message, "leave it out", "key");
  }
}

/** Dokploy starts redis with its password only where nothing is said of how it starts. */
function checkRedis({ type, password, command, args, image }: DatabaseManifest, tell: Tell): void {
  if (type !== "redis") return;
  const start = [command ?? "", ...args].join(" ").trim();
  if (start === "" && !shellSafe.test(password)) {
    const message =
      "may hold only letters, digits and @%_+=:,.^- : a shell reads it when redis starts";
    tell(["password"], message, "choose another one");
  }
  if (start !== "" && !/requirepass|\.conf\b|\$/.test(start) && !readsItsEnv.test(image)) {
    const field = command === undefined ? "args" : "command";
    const message = "starts redis without its password, which Dokploy then leaves out";
    tell([field], message, 'add --requirepass and "$(services.NAME.password)" to `args`', "key");
  }
}

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
  if (type === "mysql" && user === "root" && password !== manifest.rootPassword) {
    const message = "must be the same as `rootPassword`: root has one password";
    tell(["password"], message, "or name another user");
  }
  if (type === "mariadb" && user === "root") {
    tell(["user"], "may not be root, which is made anyway", "name another user");
  }
}

function check(manifest: DatabaseManifest, tell: Tell): void {
  const { type, env, mounts } = manifest;
  checkOwnFields(manifest, tell);
  checkIdentity(manifest, tell);
  checkRedis(manifest, tell);
  const row = databaseRows[type];
  const { hasBackups } = row;
  const own = row.identity.includes("database") ? (manifest.database ?? placeholder) : null;
  checkBackups(manifest.backups, { database: own, title: type, hasBackups }, tell);
  checkVolumeBackups(manifest.volumeBackups, mounts, tell);
  for (const name of Object.keys(env)) {
    const fields = Object.hasOwn(row.env, name) ? row.env[name] : undefined;
    if (fields === undefined) continue;
    const written = fields.map((field) => `\`${field}\``).join(" and ");
    tell(["env", name], "is set by Dokploy", `write it as ${written}`, "key");
  }
  for (const [index, { target }] of mounts.entries()) {
    if (!overlaps(target, row.dataFolder)) continue;
    const message = "is where the database has its data, for which Dokploy mounts a volume";
    tell(["mounts", index, "target"], message, "leave this mount out");
  }
}

/** What Dokploy runs, whatever its row names, where a kind of database has no image of its own to choose. */
const dokploysImages: Readonly<Partial<Record<DatabaseManifest["type"], string>>> = {
  libsql: "ghcr.io/tursodatabase/libsql-server",
};

const placeholders: Readonly<Record<string, string>> = {
  type: "postgres",
  image: placeholder,
  database: placeholder,
  user: placeholder,
  password: placeholder,
  rootPassword: placeholder,
};

export const database: ManifestKind<DatabaseManifest, DatabaseManifest["type"]> = {
  schema: databaseSchema,
  // Where its type is not known, nobody knows what it needs.
  placeholders: (gone) =>
    gone.has("type")
      ? placeholders
      : Object.fromEntries(Object.entries(placeholders).filter(([key]) => gone.has(key))),
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
      externalGrpcPort: manifest.externalGrpcPort ?? null,
      externalAdminPort: manifest.externalAdminPort ?? null,
      replicaOf: manifest.replicaOf ?? null,
      namespaces: manifest.namespaces,
      backups: backupsOf(manifest.backups, manifest.database),
      volumeBackups: volumeBackupsOf(manifest.volumeBackups, manifest.mounts, identity),
    },
  }),
  secretField: (_, path) =>
    path[0] === "password" || path[0] === "rootPassword" ? path[0] : workloadSecretField(path),
  asks(manifest, configured) {
    const of = workloadAsks(manifest, configured);
    const own = dokploysImages[manifest.type];
    const images = imageAsks(own ?? manifest.image, own === undefined ? ["image"] : []);
    return { ...of, asks: [...images, ...of.asks] };
  },
  keeping: ({ deletionPolicy, allowDataLoss }) => ({ deletionPolicy, allowDataLoss }),
};
