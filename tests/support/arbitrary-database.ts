// Random databases of one kind each.
import fc from "fast-check";
import {
  amounts,
  backups,
  env,
  mount,
  some,
  text,
  unique,
  volumeBackups,
} from "./arbitrary-words.ts";
import { canary } from "./build-stack.ts";
import { databaseRows } from "../../src/model/kinds/database-rows.ts";
import type { IdentityField } from "../../src/model/kinds/database-rows.ts";
import type { DatabaseKind, DatabaseSpec } from "../../src/model/specs.ts";

/** What all services that run from an image have in common, without the image. */
const workload = {
  command: fc.option(text("./serve", "./work fast")),
  args: fc.array(text("-v", "--all"), { maxLength: 2 }),
  replicas: fc.constant(1),
  resources: fc.record({ limits: amounts, reservations: amounts }),
  aliases: some(["shop-data", "data"]),
  env,
  healthcheck: fc.constant(null),
  restart: fc.constant(null),
  placement: fc.constant(null),
  stopGracePeriodNs: fc.constantFrom(null, 10_000_000_000),
  mounts: unique(mount, ({ target }) => target),
};

const port = fc.constantFrom(null, 15_432, 15_433);

/** Of one kind; what its data keep stays the same, and its images read the same data. */
export function arbitraryDatabase(kind: DatabaseKind): fc.Arbitrary<DatabaseSpec> {
  const { identity, kept, extra, lacks, hasBackups } = databaseRows[kind];
  const has = (name: string): boolean => extra.some((one) => one === name);
  const made = (name: IdentityField, value: fc.Arbitrary<string>): fc.Arbitrary<string> => {
    if (!identity.includes(name)) return fc.constant("");
    return kept.includes(name) ? fc.constant(`${canary}-${name}`) : value;
  };
  const only = <T>(name: string, value: fc.Arbitrary<T>, none: T): fc.Arbitrary<T> =>
    has(name) ? value : fc.constant(none);
  const lacked = <T>(name: string, value: fc.Arbitrary<T>, none: T): fc.Arbitrary<T> =>
    lacks.some((one) => one === name) ? fc.constant(none) : value;
  return fc.record({
    ...workload,
    image: lacked("image", fc.constantFrom(`${kind}:7.4.1`, `${kind}:7.4.2`), ""),
    args: lacked("args", workload.args, []),
    stopGracePeriodNs: lacked("stopGracePeriod", workload.stopGracePeriodNs, null),
    database: made("database", fc.constant("shop")),
    user: made("user", fc.constantFrom("ops", "dev")),
    password: made("password", text("open", "word")),
    rootPassword: made("rootPassword", text("open")),
    externalPort: port,
    externalGrpcPort: only("externalGrpcPort", port, null),
    externalAdminPort: only("externalAdminPort", port, null),
    replicaOf: fc.constant(null),
    namespaces: only("namespaces", fc.boolean(), false),
    backups: hasBackups ? backups : fc.constant([]),
    volumeBackups: volumeBackups("shop-data", null),
  });
}
