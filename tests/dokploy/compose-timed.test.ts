// What Dokploy does by the clock for compose services: written and read back (law W11), and what people made there.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { backupName, storedBackups } from "../../src/dokploy/backups.ts";
import { createChildCall, updateChildCall } from "../../src/dokploy/children.ts";
import { detailsShape } from "../../src/dokploy/kinds/table.ts";
import { childRows, childrenOf } from "../../src/model/children.ts";
import { flatten } from "../../src/model/fields.ts";
import type { ServiceDetails } from "../../src/model/observed.ts";
import type { ComposeSpec } from "../../src/model/specs.ts";
import { arbitraryCompose } from "../support/arbitrary-compose.ts";

const ref = { kind: "compose", id: "c1" } as const;
const recorded = new URL("../recordings/compose.one.json", import.meta.url);
const { response: fresh } = JSON.parse(readFileSync(recorded, "utf8")) as {
  readonly response: { readonly appName: string };
};
const names = {
  destination: [
    { id: "d1", name: "s3" },
    { id: "d2", name: "other" },
  ],
};

function observe(fields: Readonly<Record<string, unknown>>): ServiceDetails {
  const row = JSON.parse(JSON.stringify({ ...fresh, ...fields })) as object;
  return detailsShape("compose").parse({ ...row, names });
}

const read = (fields: Readonly<Record<string, unknown>>): ComposeSpec =>
  observe(fields).spec as ComposeSpec;

const rowNames: Readonly<Record<string, readonly [string, string]>> = {
  schedule: ["schedules", "scheduleId"],
  backup: ["backups", "backupId"],
  volumeBackup: ["volumeBackups", "volumeBackupId"],
};

test.each(["created", "updated"])("W11 what runs by the clock, %s, reads back as it was", (how) => {
  fc.assert(
    fc.property(arbitraryCompose("stack"), (spec) => {
      const rows: Record<string, unknown[]> = {};
      for (const [index, child] of childrenOf(spec).entries()) {
        const found = rowNames[child.kind];
        if (found === undefined) continue;
        const [list, id] = found;
        const stores = "destination" in child.spec ? child.spec.destination : "s3";
        const server = { destinationId: stores === "s3" ? "d1" : "d2", appName: fresh.appName };
        const call =
          how === "created"
            ? createChildCall(ref, child, server)
            : updateChildCall(ref, `id${index}`, child, server);
        const row = {
          ...{ backupType: "compose", destination: { name: stores } },
          ...call.input,
          [id]: `id${index}`,
        };
        (rows[list] ??= []).push(row);
      }
      const { schedules, backups, volumeBackups } = read(rows);
      const wanted = {
        schedules: spec.schedules,
        backups: spec.backups,
        volumeBackups: spec.volumeBackups,
      };
      expect({ schedules, backups, volumeBackups }).toEqual(wanted);
    }),
    { numRuns: 100 },
  );
});

const backup = {
  ...{ backupId: "b1", schedule: "0 3 * * *", database: "app", prefix: "/nightly/" },
  ...{ enabled: true, keepLatestCount: 0, backupType: "compose", databaseType: "mariadb" },
  ...{ serviceName: "db", destination: { name: "s3" }, destinationId: "d1" },
};

test("a backup that people made is called by its folder, with the login of its own type", () => {
  const metadata = {
    mariadb: { databaseUser: "app", databasePassword: "word" },
    mysql: { databaseRootPassword: "another" },
    postgres: { databaseUser: "somebody" },
  };
  const { backups } = read({ backups: [{ ...backup, metadata }] });
  expect(backups).toEqual([
    {
      ...{ name: "nightly", byHand: true, cron: "0 3 * * *", destination: "s3", prefix: "nightly" },
      ...{ database: "app", keepLatest: null, enabled: true },
      within: { service: "db", type: "mariadb", user: "app", password: "word", rootPassword: "" },
    },
  ]);
});

test.each([
  null,
  {},
  "text",
  { mariadb: "text" },
  { postgres: { databaseUser: 7 }, mariadb: null },
])("a backup whose metadata are %j is read all the same", (metadata) => {
  const details = observe({ backups: [{ ...backup, metadata }] });
  expect(Object.fromEntries(flatten(details))).toMatchObject({
    "backups.nightly.service": "db",
    "backups.nightly.type": "mariadb",
    "backups.nightly.origin": "made by hand",
  });
});

test("the mark of a backup of a compose service stands in the login of another type, which Dokploy does not use", () => {
  const within = { service: "db", type: "mysql", user: "", password: "", rootPassword: "root" };
  const call = createChildCall(
    ref,
    {
      kind: "backup",
      spec: {
        ...{ name: "nightly", cron: "0 3 * * *", destination: "s3", prefix: "x", database: "app" },
        ...{ keepLatest: 7, enabled: true, byHand: false, within },
      },
    },
    { destinationId: "d1", appName: "" },
  );
  expect(call).toEqual({
    procedure: "backup.create",
    input: {
      ...{ composeId: "c1", backupType: "compose", databaseType: "mysql", serviceName: "db" },
      ...{ schedule: "0 3 * * *", prefix: "x", database: "app", keepLatestCount: 7, enabled: true },
      destinationId: "d1",
      metadata: {
        mysql: { databaseRootPassword: "root" },
        postgres: { databaseUser: "capstan:nightly" },
      },
    },
  });
  const [row] = storedBackups.parse([{ ...backup, ...call.input }]);
  expect(backupName(row!)).toEqual({ name: "nightly", byHand: false });
});

test("a volume that docker names after the service is not taken for one of the same name on the server", () => {
  const row = {
    ...{ volumeBackupId: "v1", name: "weekly", prefix: "weekly", cronExpression: "@weekly" },
    ...{ appName: "volumeBackup-x", serviceName: "db", turnOff: false, destinationId: "d1" },
  };
  const volumeOf = (volumeName: string) =>
    read({ volumeBackups: [{ ...row, volumeName }] }).volumeBackups[0]?.volume;
  expect(volumeOf(`${fresh.appName}_data`)).toEqual({ own: "data" });
  expect(volumeOf("data")).toBe("data");
  expect(volumeOf(`${fresh.appName}-data`)).toBe(`${fresh.appName}-data`);
});

test.each([
  ["backup", "backups.nightly.password", true],
  ["backup", "backups.nightly.rootPassword", true],
  ["backup", "backups.nightly.user", false],
  ["backup", "backups.password.cron", false],
  ["schedule", "schedules.nightly.command", true],
] as const)("P5 of a %s, %s may be a secret: %s", (kind, path, expected) => {
  expect(childRows[kind].maySecret("text", path)).toBe(expected);
});

test("a backup whose type somebody changed is known all the same", () => {
  const spec = {
    ...{ name: "nightly", cron: "0 3 * * *", destination: "s3", prefix: "x", database: "app" },
    ...{ keepLatest: 7, enabled: true, byHand: false },
  };
  const login = { service: "db", user: "app", password: "word", rootPassword: "" };
  const call = createChildCall(
    ref,
    { kind: "backup", spec: { ...spec, within: { ...login, type: "mongo" } } },
    { destinationId: "d1", appName: "" },
  );
  for (const databaseType of ["mariadb", "postgres", "mysql"]) {
    const [row] = storedBackups.parse([{ ...backup, ...call.input, databaseType }]);
    expect(backupName(row!)).toEqual({ name: "nightly", byHand: false });
  }
});
