// What differs between the databases that Dokploy runs. One row a kind, complete by the compiler; everything else is the
// same for all of them.
import type { DatabaseKind, DatabaseSpec } from "../specs.ts";

/** Fields with which a database is made. */
export type IdentityField = "database" | "user" | "password" | "rootPassword";

/** Fields that a database may go without. */
export type ExtraField = "replicaOf" | "namespaces" | "externalGrpcPort" | "externalAdminPort";

/** What Dokploy leaves out when it runs a database of some kind. */
export type LackedField = "image" | "args" | "stopGracePeriod";

export interface DatabaseRow {
  /** As its makers write it. */
  readonly product: string;
  /** Those that this kind has; a manifest says all of them. */
  readonly identity: readonly IdentityField[];
  /** Those whose value its data keep, so that another one in Dokploy has no effect on them. */
  readonly kept: readonly IdentityField[];
  /** Fields that only this kind has. */
  readonly extra: readonly ExtraField[];
  /** Fields of the other kinds that Dokploy ignores for this one. */
  readonly lacks: readonly LackedField[];
  /** What of a tag says whether two images read the same files; the first that is found counts. */
  readonly formats: readonly RegExp[];
  /** Where it listens. */
  readonly port: number;
  /** Whether Dokploy can store copies of what is in it. */
  readonly hasBackups: boolean;
  /** Below this folder its data stand. */
  readonly dataFolder: string;
  /** The version from which on the image keeps its data in another folder than the one that Dokploy mounted before. */
  readonly movedDataAt: number | null;
  /** What Dokploy sets in its env, with the fields that say it. */
  readonly env: Readonly<Record<string, readonly (IdentityField | ExtraField)[]>>;
  /** How programs reach it, by its host. */
  readonly url: (spec: Pick<DatabaseSpec, IdentityField>, host: string) => string;
}

const login = ({ user, password }: Pick<DatabaseSpec, "user" | "password">): string =>
  `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;

const withDatabase =
  (scheme: string, port: number): DatabaseRow["url"] =>
  (spec, host) =>
    `${scheme}://${login(spec)}@${host}:${port}/${encodeURIComponent(spec.database)}`;

/** `17` of `17.2-alpine`. */
const major = /^v?(\d+)(?:[.-]|$)/;
/** `8.4` of `8.4.3`. */
const minor = /^v?(\d+\.\d+)(?:[.-]|$)/;
/** Images of extensions have their own version first: `timescaledb:2.17.2-pg17`. */
const ofExtension = /(?:^|-)pg(\d+)(?:[.-]|$)/;

const common = { extra: [], lacks: [], movedDataAt: null } as const;

/** `prefix`: what the names in its env begin with. */
function likeMysql(product: string, prefix: string): DatabaseRow {
  return {
    product,
    identity: ["database", "user", "password", "rootPassword"],
    kept: ["database", "user", "password", "rootPassword"],
    ...common,
    formats: [minor],
    hasBackups: true,
    port: 3306,
    dataFolder: "/var/lib/mysql",
    env: {
      [`${prefix}_DATABASE`]: ["database"],
      [`${prefix}_USER`]: ["user"],
      [`${prefix}_PASSWORD`]: ["password"],
      [`${prefix}_ROOT_PASSWORD`]: ["rootPassword"],
    },
    url: withDatabase("mysql", 3306),
  };
}

export const databaseRows: Readonly<Record<DatabaseKind, DatabaseRow>> = {
  postgres: {
    product: "PostgreSQL",
    identity: ["database", "user", "password"],
    kept: ["database", "user", "password"],
    ...common,
    formats: [ofExtension, major],
    hasBackups: true,
    port: 5432,
    dataFolder: "/var/lib/postgresql",
    movedDataAt: 18,
    env: { POSTGRES_DB: ["database"], POSTGRES_USER: ["user"], POSTGRES_PASSWORD: ["password"] },
    url: withDatabase("postgresql", 5432),
  },
  mysql: likeMysql("MySQL", "MYSQL"),
  mariadb: likeMysql("MariaDB", "MARIADB"),
  mongo: {
    product: "MongoDB",
    identity: ["user", "password"],
    kept: ["user", "password"],
    ...common,
    formats: [major],
    hasBackups: true,
    port: 27_017,
    dataFolder: "/data/db",
    env: { MONGO_INITDB_ROOT_USERNAME: ["user"], MONGO_INITDB_ROOT_PASSWORD: ["password"] },
    url: (spec, host) => `mongodb://${login(spec)}@${host}:27017/?authSource=admin`,
  },
  redis: {
    product: "Redis",
    identity: ["password"],
    // It gets its password with every start.
    kept: [],
    ...common,
    formats: [major],
    hasBackups: false,
    port: 6379,
    dataFolder: "/data",
    env: { REDIS_PASSWORD: ["password"] },
    url: ({ password }, host) => `redis://:${encodeURIComponent(password)}@${host}:6379/0`,
  },
  libsql: {
    ...common,
    product: "libSQL",
    identity: ["user", "password"],
    // It gets both with every start.
    kept: [],
    extra: ["replicaOf", "namespaces", "externalGrpcPort", "externalAdminPort"],
    // Dokploy runs one image, whatever its row names, and only the command that a row has.
    lacks: ["image", "args", "stopGracePeriod"],
    formats: [minor],
    hasBackups: true,
    port: 8080,
    dataFolder: "/var/lib/sqld",
    env: {
      SQLD_HTTP_AUTH: ["user", "password"],
      SQLD_NODE: ["replicaOf"],
      SQLD_PRIMARY_URL: ["replicaOf"],
    },
    url: (spec, host) => `http://${login(spec)}@${host}:8080`,
  },
};

export const databaseKinds = Object.keys(databaseRows) as readonly DatabaseKind[];

export function isDatabase(kind: string): kind is DatabaseKind {
  return Object.hasOwn(databaseRows, kind);
}
