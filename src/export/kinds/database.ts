// What a manifest says of a database.
import { databaseSchema } from "../../model/manifest-database.ts";
import { databaseRows } from "../../model/kinds/database-rows.ts";
import type { DatabaseKind, DatabaseSpec } from "../../model/specs.ts";
import { backupsBody, volumeBackupsBody } from "./children.ts";
import { say, sayAll } from "./kind.ts";
import type { Body, ExportKind } from "./kind.ts";
import { workloadSaid } from "./workload.ts";

export function database(kind: DatabaseKind): ExportKind<DatabaseSpec> {
  const { lacks, hasBackups } = databaseRows[kind];
  const unlessLacked = (field: "image" | "args" | "stopGracePeriod", said: Body) =>
    lacks.includes(field) ? {} : said;
  return {
    section: "databases",
    order: Object.keys(databaseSchema.shape),
    head: { type: kind },
    said: {
      ...workloadSaid,
      image: (spec, naming) => unlessLacked("image", workloadSaid.image(spec, naming)),
      args: (spec, naming) => unlessLacked("args", workloadSaid.args(spec, naming)),
      stopGracePeriodNs: (spec, naming) =>
        unlessLacked("stopGracePeriod", workloadSaid.stopGracePeriodNs(spec, naming)),
      // Dokploy cannot stop a database for them.
      volumeBackups({ volumeBackups, mounts }) {
        const running = volumeBackups.map((one) => ({ ...one, turnOff: false }));
        return sayAll("volumeBackups", volumeBackupsBody({ volumeBackups: running, mounts }));
      },
      // There is one container.
      replicas: () => ({}),
      database: (spec) => say("database", spec.database, ""),
      user: ({ user }) => say("user", user, ""),
      password: ({ password }) => ({ password }),
      rootPassword: ({ rootPassword }) => say("rootPassword", rootPassword, ""),
      externalPort: ({ externalPort }) => say("externalPort", externalPort),
      externalGrpcPort: ({ externalGrpcPort }) => say("externalGrpcPort", externalGrpcPort),
      externalAdminPort: ({ externalAdminPort }) => say("externalAdminPort", externalAdminPort),
      replicaOf: ({ replicaOf }) => say("replicaOf", replicaOf),
      namespaces: ({ namespaces }) => say("namespaces", namespaces, false),
      backups: ({ backups, database: own }) =>
        hasBackups ? sayAll("backups", backupsBody(backups, own)) : {},
    },
  };
}
