// A database of a resolved manifest.
import { databaseSchema } from "../../model/manifest-database.ts";
import type { DatabaseManifest } from "../../model/manifest-database.ts";
import { workloadOf, workloadSecretField } from "../service.ts";
import type { Tell } from "../tell.ts";
import type { ManifestKind } from "./kind.ts";

interface DatabaseRow {
  /** What Dokploy sets in its env, with the field that says it. */
  readonly env: Readonly<Record<string, string>>;
  /** Below this folder its data stand. */
  readonly dataFolder: string;
}

const rows: Readonly<Record<DatabaseManifest["type"], DatabaseRow>> = {
  postgres: {
    env: { POSTGRES_DB: "database", POSTGRES_USER: "user", POSTGRES_PASSWORD: "password" },
    dataFolder: "/var/lib/postgresql",
  },
};

/** Whether one of the folders holds the other, or is it. */
function overlaps(one: string, other: string): boolean {
  const [a, b] = [`${one.replace(/\/+$/, "")}/`, `${other}/`];
  return a.startsWith(b) || b.startsWith(a);
}

function check({ type, env, mounts }: DatabaseManifest, tell: Tell): void {
  const row = rows[type];
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
    image: "unknown",
    database: "unknown",
    user: "unknown",
    password: "unknown",
  },
  kindOf: ({ type }) => type,
  withoutProbe: (rest) => rest,
  check,
  configured: (manifest, identity, files) => ({
    kind: manifest.type,
    spec: {
      ...workloadOf(manifest, identity, files),
      replicas: 1,
      database: manifest.database,
      user: manifest.user,
      password: manifest.password,
      externalPort: manifest.externalPort ?? null,
    },
  }),
  secretField: (_, path) => (path[0] === "password" ? "password" : workloadSecretField(path)),
  keeping: ({ deletionPolicy, allowDataLoss }) => ({ deletionPolicy, allowDataLoss }),
};
