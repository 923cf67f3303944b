// What differs between the databases that Dokploy runs. One row a kind, complete by the compiler; everything else is the
// same for all of them.
import type { DatabaseKind, DatabaseSpec } from "../specs.ts";

/** Fields with which a database is made. */
export type IdentityField = "database" | "user" | "password" | "rootPassword";

export interface DatabaseRow {
  /** As its makers write it. */
  readonly product: string;
  /** Those that this kind has; a manifest says all of them. */
  readonly identity: readonly IdentityField[];
  /** Those whose value its data keep, so that another one in Dokploy has no effect on them. */
  readonly kept: readonly IdentityField[];
  /** How many numbers of a version say whether two of them read the same files. */
  readonly versionParts: 1 | 2;
  /** Where it listens. */
  readonly port: number;
  /** Whether Dokploy can store copies of what is in it. */
  readonly hasBackups: boolean;
  /** Below this folder its data stand. */
  readonly dataFolder: string;
  /** What Dokploy sets in its env, with the field that says it. */
  readonly env: Readonly<Record<string, IdentityField>>;
  /** How programs reach it, by its host. */
  readonly url: (spec: Pick<DatabaseSpec, IdentityField>, host: string) => string;
}

const login = ({ user, password }: Pick<DatabaseSpec, "user" | "password">): string =>
  `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;

const withDatabase =
  (scheme: string, port: number): DatabaseRow["url"] =>
  (spec, host) =>
    `${scheme}://${login(spec)}@${host}:${port}/${encodeURIComponent(spec.database)}`;

export const databaseRows: Readonly<Record<DatabaseKind, DatabaseRow>> = {
  postgres: {
    product: "PostgreSQL",
    identity: ["database", "user", "password"],
    kept: ["database", "user", "password"],
    versionParts: 1,
    hasBackups: true,
    port: 5432,
    dataFolder: "/var/lib/postgresql",
    env: { POSTGRES_DB: "database", POSTGRES_USER: "user", POSTGRES_PASSWORD: "password" },
    url: withDatabase("postgresql", 5432),
  },
  mysql: {
    product: "MySQL",
    identity: ["database", "user", "password", "rootPassword"],
    kept: ["database", "user", "password", "rootPassword"],
    versionParts: 2,
    hasBackups: true,
    port: 3306,
    dataFolder: "/var/lib/mysql",
    env: {
      MYSQL_DATABASE: "database",
      MYSQL_USER: "user",
      MYSQL_PASSWORD: "password",
      MYSQL_ROOT_PASSWORD: "rootPassword",
    },
    url: withDatabase("mysql", 3306),
  },
  mariadb: {
    product: "MariaDB",
    identity: ["database", "user", "password", "rootPassword"],
    kept: ["database", "user", "password", "rootPassword"],
    versionParts: 2,
    hasBackups: true,
    port: 3306,
    dataFolder: "/var/lib/mysql",
    env: {
      MARIADB_DATABASE: "database",
      MARIADB_USER: "user",
      MARIADB_PASSWORD: "password",
      MARIADB_ROOT_PASSWORD: "rootPassword",
    },
    url: withDatabase("mysql", 3306),
  },
  mongo: {
    product: "MongoDB",
    identity: ["user", "password"],
    kept: ["user", "password"],
    versionParts: 1,
    hasBackups: true,
    port: 27_017,
    dataFolder: "/data/db",
    env: { MONGO_INITDB_ROOT_USERNAME: "user", MONGO_INITDB_ROOT_PASSWORD: "password" },
    url: (spec, host) => `mongodb://${login(spec)}@${host}:27017/?authSource=admin`,
  },
  redis: {
    product: "Redis",
    identity: ["password"],
    // It gets its password with every start.
    kept: [],
    versionParts: 1,
    hasBackups: false,
    port: 6379,
    dataFolder: "/data",
    env: { REDIS_PASSWORD: "password" },
    url: ({ password }, host) => `redis://:${encodeURIComponent(password)}@${host}:6379/0`,
  },
};

export const databaseKinds = Object.keys(databaseRows) as readonly DatabaseKind[];

export function isDatabase(kind: string): kind is DatabaseKind {
  return Object.hasOwn(databaseRows, kind);
}
