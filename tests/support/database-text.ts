// A database of each kind as manifests write it, with backups where its kind has them.
import { databaseRows } from "../../src/model/kinds/database-rows.ts";
import type { IdentityField } from "../../src/model/kinds/database-rows.ts";
import type { DatabaseKind } from "../../src/model/specs.ts";

/** Two images that read the same data; Dokploy chooses the one of libsql. */
const images: Readonly<Record<Exclude<DatabaseKind, "libsql">, { now: string; minor: string }>> = {
  postgres: { now: "postgres:17.1", minor: "postgres:17.2" },
  mysql: { now: "mysql:8.4.1", minor: "mysql:8.4.2" },
  mariadb: { now: "mariadb:11.4.1", minor: "mariadb:11.4.2" },
  mongo: { now: "mongo:7.0.1", minor: "mongo:7.0.2" },
  redis: { now: "redis:7.2.1", minor: "redis:7.4.1" },
};

export interface DatabaseText {
  /** Of its image, and of what its env says. */
  readonly version: "now" | "minor";
  /** When its backups are made. */
  readonly cron: string;
  /** Default: its kind. */
  readonly name?: string;
  readonly password?: string;
  readonly rollout?: string;
  /** Whether it goes when it leaves Git. */
  readonly deletionPolicy?: "delete" | "retain";
}

/** Its lines below `databases:`, indented by four. */
export function databaseText(kind: DatabaseKind, given: DatabaseText): readonly string[] {
  const { version, cron, password = "a-password" } = given;
  const { identity, hasBackups } = databaseRows[kind];
  const values: Readonly<Record<IdentityField, string>> = {
    ...{ database: "shop", user: "shopper", password, rootPassword: password },
  };
  return [
    `${given.name ?? kind}:`,
    `  type: ${kind}`,
    ...(kind === "libsql" ? [] : [`  image: ${images[kind][version]}`]),
    ...identity.map((field) => `  ${field}: ${values[field]}`),
    `  env: { VERSION: ${version} }`,
    `  deletionPolicy: ${given.deletionPolicy ?? "delete"}`,
    `  rollout: { ${given.rollout ?? "stableFor: 0s"} }`,
    `  volumeBackups: { whole: { cron: "${cron}", destination: s3 } }`,
    ...(hasBackups
      ? [`  backups: { nightly: { cron: "${cron}", destination: s3, database: shop } }`]
      : []),
  ].map((line) => `    ${line}`);
}
