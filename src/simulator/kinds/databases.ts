/**
 * What differs between the six kinds of databases, one row a kind. Everything else, from create to
 * rebuild, is the same code for all of them. Recorded for all but libsql, of which only refused
 * creates were recorded: its row follows the server's own API description and Dokploy's source.
 */
import { z } from "zod";
import { id, text } from "../procedure.ts";
import { databasePassword } from "../procedures/serviceSchemas.ts";
import type { DatabaseKind, DatabaseRow } from "./databaseRow.ts";

export interface Database {
  /** How its messages name it. */
  readonly title: string;
  /** Begins the message of a refused update. */
  readonly updateError: string;
  /** All columns but the id, in the order of the answers; `...` are those of swarm. */
  readonly columns: readonly string[];
  /** The image of a create that names none. */
  readonly image: string;
  /** The fields that only this kind has, as create takes them. */
  readonly own: z.ZodRawShape;
  /** Whether a create has to name every field, which alone libsql's has to. */
  readonly required: boolean;
  /** `true` instead of the row is what libsql's create answers. */
  readonly createAnswers: "row" | "true";
  readonly hasBackups: boolean;
  /** Where the data are, which is where the volume made with it is mounted. */
  readonly mountPath: (image: string) => string;
  /** The variables that it gets before those of people. */
  readonly env: (row: DatabaseRow) => string[];
  /** The ports that can be published: the column, and the port inside. */
  readonly ports: Readonly<Record<string, number>>;
  /** What runs in place of the row's command and args. */
  readonly process?: (row: DatabaseRow) => { command: string; args: string[] } | undefined;
  /** What runs in place of the row's image. */
  readonly runs?: string;
  /** The command that changes a password inside the running database; null: there is no call. */
  readonly changePassword:
    ((row: DatabaseRow, password: string, user: "user" | "root") => string) | null;
}

const RESOURCES = ["memoryReservation", "memoryLimit", "cpuReservation", "cpuLimit"] as const;
const PROCESS = ["dockerImage", "command", "args", "env"] as const;
const NETWORKS = ["networkIds", "detachDokployNetwork"] as const;
const PLACE = ["environmentId", "serverId"] as const;
const SWARM = [
  "healthCheckSwarm",
  "restartPolicySwarm",
  "placementSwarm",
  "updateConfigSwarm",
  "rollbackConfigSwarm",
  "modeSwarm",
  "labelsSwarm",
  "networkSwarm",
  "stopGracePeriodSwarm",
  "endpointSpecSwarm",
] as const;
/** From the image to the replicas, as most kinds have it. */
const RUN = [
  ...PROCESS,
  ...RESOURCES,
  "externalPort",
  "applicationStatus",
  ...SWARM,
  "ulimitsSwarm",
  "replicas",
] as const;

const text1 = (value: unknown): string => (typeof value === "string" ? value : "");
const variable = (name: string, value: unknown): string => `${name}="${text1(value)}"`;

function sqlPassword(client: string): Database["changePassword"] {
  return (row, password, user) => {
    const target = user === "root" ? "root" : text1(row.databaseUser);
    return `${client} -u root -p'${text1(row.databaseRootPassword)}' -e "ALTER USER '${target}'@'%' IDENTIFIED BY '${password}'; FLUSH PRIVILEGES;"`;
  };
}

const sqlColumns = [
  ...["name", "appName", "description", "databaseName", "databaseUser", "databasePassword"],
  "databaseRootPassword",
  ...[...RUN, "createdAt", ...PLACE, ...NETWORKS],
];
const sqlOwn = {
  databaseName: id,
  databaseUser: id,
  databasePassword,
  databaseRootPassword: databasePassword.optional(),
};

const plain = { required: false, createAnswers: "row", hasBackups: true } as const;

export const DATABASES: Readonly<Record<DatabaseKind, Database>> = {
  postgres: {
    ...plain,
    title: "Postgres",
    updateError: "Error updating Postgres",
    columns: [
      ...["name", "appName", "databaseName", "databaseUser", "databasePassword", "description"],
      ...[...PROCESS, "memoryReservation", "externalPort", "memoryLimit", "cpuReservation"],
      ...["cpuLimit", "applicationStatus", ...SWARM, "ulimitsSwarm", "replicas", "createdAt"],
      ...[...PLACE, ...NETWORKS],
    ],
    image: "postgres:18",
    own: { databaseName: id, databaseUser: id, databasePassword },
    mountPath: (image) => {
      const version = Number(/postgres:(\d+)/.exec(image)?.[1] ?? 0);
      return version >= 18 ? `/var/lib/postgresql/${version}/docker` : "/var/lib/postgresql/data";
    },
    env: (row) => [
      variable("POSTGRES_DB", row.databaseName),
      variable("POSTGRES_USER", row.databaseUser),
      variable("POSTGRES_PASSWORD", row.databasePassword),
    ],
    ports: { externalPort: 5432 },
    changePassword: (row, password) => {
      const user = text1(row.databaseUser);
      return `psql -U ${user} -c "ALTER USER \\"${user}\\" WITH PASSWORD '${password}';"`;
    },
  },
  mysql: {
    ...plain,
    title: "MySQL",
    updateError: "Update: Error updating MySQL",
    columns: sqlColumns,
    image: "mysql:8",
    own: sqlOwn,
    mountPath: () => "/var/lib/mysql",
    env: (row) => {
      const isRoot = row.databaseUser === "root";
      return [
        ...(isRoot ? [] : [variable("MYSQL_USER", row.databaseUser)]),
        variable("MYSQL_DATABASE", row.databaseName),
        ...(isRoot ? [] : [variable("MYSQL_PASSWORD", row.databasePassword)]),
        variable("MYSQL_ROOT_PASSWORD", row.databaseRootPassword),
      ];
    },
    ports: { externalPort: 3306 },
    changePassword: sqlPassword("mysql"),
  },
  mariadb: {
    ...plain,
    title: "Mariadb",
    updateError: "Update: Error updating Mariadb",
    columns: sqlColumns,
    image: "mariadb:6",
    own: sqlOwn,
    mountPath: () => "/var/lib/mysql",
    env: (row) => [
      variable("MARIADB_DATABASE", row.databaseName),
      variable("MARIADB_USER", row.databaseUser),
      variable("MARIADB_PASSWORD", row.databasePassword),
      variable("MARIADB_ROOT_PASSWORD", row.databaseRootPassword),
    ],
    ports: { externalPort: 3306 },
    changePassword: sqlPassword("mariadb"),
  },
  mongo: {
    ...plain,
    title: "Mongo",
    updateError: "Update: Error updating Mongo",
    columns: [
      ...["name", "appName", "description", "databaseUser", "databasePassword", ...RUN],
      ...["createdAt", ...PLACE, "replicaSets", ...NETWORKS],
    ],
    image: "mongo:15",
    own: { databaseUser: id, databasePassword, replicaSets: z.boolean().nullable().optional() },
    mountPath: () => "/data/db",
    env: (row) => [
      variable("MONGO_INITDB_ROOT_USERNAME", row.databaseUser),
      variable("MONGO_INITDB_ROOT_PASSWORD", row.databasePassword),
      ...(row.replicaSets === true ? ["MONGO_INITDB_DATABASE=admin"] : []),
    ],
    ports: { externalPort: 27017 },
    process: (row) =>
      row.replicaSets === true
        ? { command: "/bin/bash", args: ["-c", "mongod --port 27017 --replSet rs0 --bind_ip_all"] }
        : undefined,
    changePassword: (row, password) => {
      const user = text1(row.databaseUser);
      return `mongosh -u '${user}' -p '${row.databasePassword}' --authenticationDatabase admin --eval "db.getSiblingDB('admin').changeUserPassword('${user}', '${password}')"`;
    },
  },
  redis: {
    ...plain,
    title: "Redis",
    updateError: "Error updating Redis",
    columns: [
      ...["name", "appName", "description", "databasePassword", ...PROCESS, ...RESOURCES],
      ...["externalPort", "createdAt", "applicationStatus", ...SWARM, "ulimitsSwarm", "replicas"],
      ...[...PLACE, ...NETWORKS],
    ],
    image: "redis:8",
    // Alone among the six it takes any password when it is made or updated.
    own: { databasePassword: z.string() },
    hasBackups: false,
    mountPath: () => "/data",
    env: (row) => [variable("REDIS_PASSWORD", row.databasePassword)],
    ports: { externalPort: 6379 },
    process: ({ command, args, databasePassword: password }) =>
      (command === null || command === "") && args === null
        ? { command: "/bin/sh", args: ["-c", `redis-server --requirepass ${password}`] }
        : undefined,
    changePassword: (row, password) =>
      `redis-cli -a '${row.databasePassword}' CONFIG SET requirepass '${password}'`,
  },
  libsql: {
    ...plain,
    title: "Libsql",
    updateError: "Error updating Libsql",
    columns: [
      ...["name", "appName", "description", "databaseUser", "databasePassword", "sqldNode"],
      ...["sqldPrimaryUrl", "enableNamespaces", "dockerImage", "command", "env", ...RESOURCES],
      ...["externalPort", "externalGRPCPort", "externalAdminPort", "applicationStatus", ...SWARM],
      ...["replicas", ...NETWORKS, "createdAt", ...PLACE],
    ],
    image: "ghcr.io/tursodatabase/libsql-server:v0.24.32",
    own: {
      databaseUser: id,
      databasePassword,
      sqldNode: z.enum(["primary", "replica"]),
      sqldPrimaryUrl: z.nonoptional(text),
      enableNamespaces: z.boolean().default(false),
    },
    required: true,
    createAnswers: "true",
    mountPath: () => "/var/lib/sqld",
    env: (row) => {
      const user = `${text1(row.databaseUser)}:${row.databasePassword}`;
      return [
        variable("SQLD_NODE", row.sqldNode),
        variable("SQLD_HTTP_AUTH", `basic:${Buffer.from(user).toString("base64")}`),
        ...(row.sqldNode === "replica" ? [variable("SQLD_PRIMARY_URL", row.sqldPrimaryUrl)] : []),
      ];
    },
    ports: { externalPort: 8080, externalGRPCPort: 5001, externalAdminPort: 5000 },
    // Whatever image its row names is pulled, and then this one is run.
    runs: "ghcr.io/tursodatabase/libsql-server:v0.24.32",
    process: (row) => ({
      command: "/bin/sh",
      args: [
        "-c",
        (row.command ??
          "sqld --db-path iku.db --http-listen-addr 0.0.0.0:8080 --grpc-listen-addr 0.0.0.0:5001 --admin-listen-addr 0.0.0.0:5000") +
          (row.enableNamespaces === true ? " --enable-namespaces" : ""),
      ],
    }),
    changePassword: null,
  },
};

export const databaseKinds = Object.keys(DATABASES) as DatabaseKind[];
