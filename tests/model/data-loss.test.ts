// Which changes of a database lose data, kind by kind.
import { expect, test } from "vitest";
import { databaseDefaults } from "../../src/model/kinds/database.ts";
import { dataLosses } from "../../src/model/kinds/table.ts";
import type { DatabaseKind, DatabaseSpec } from "../../src/model/specs.ts";

const made = { ...databaseDefaults, database: "d", user: "u", password: "p", rootPassword: "r" };

function lost(kind: DatabaseKind, was: Partial<DatabaseSpec>, is: Partial<DatabaseSpec>) {
  return dataLosses({ kind, spec: { ...made, ...was, ...is } }, { ...made, ...was });
}

test.each<[DatabaseKind, string, string, boolean]>([
  ["postgres", "postgres:17.1", "postgres:17.2-alpine", false],
  ["postgres", "postgres:16", "postgres:17", true],
  ["postgres", "postgres:17", "postgres:latest", true],
  ["postgres", "pgvector/pgvector:pg17", "mirror.example.com/pgvector/pgvector:0.8.1-pg17", false],
  ["postgres", "pgvector/pgvector:0.8.0-pg16", "pgvector/pgvector:0.8.0-pg17", true],
  ["postgres", "timescale/timescaledb:2.17.2-pg16", "timescale/timescaledb:2.18.0-pg17", true],
  ["postgres", "postgis/postgis:16-3.4", "postgis/postgis:17-3.5", true],
  ["mysql", "mysql:8.4.1", "mysql:8.4.3", false],
  ["mysql", "mysql:8.0", "mysql:8.4", true],
  ["mysql", "mysql:8", "mysql:8.4", true],
  ["mariadb", "mariadb:11.4", "mariadb:11.4.3-noble", false],
  ["mariadb", "mariadb:10.6", "mariadb:11.4", true],
  ["mongo", "mongo:7.0.1", "mongo:7", false],
  ["mongo", "mongo:6", "mongo:7", true],
  ["redis", "redis:7.2-alpine", "redis:7.4", false],
  ["redis", "redis:7", "redis:8", true],
  ["redis", "redis:7", "valkey/valkey:7", true],
  // Dokploy chooses its image.
  ["libsql", "one", "another", false],
])("%s: from %s to %s loses data: %s", (kind, was, is, loses) => {
  const losses = lost(kind, { image: was }, { image: is });
  expect(losses.map(({ path, allowable }) => [path, allowable])).toEqual(
    loses ? [["image", true]] : [],
  );
});

test("PostgreSQL 18 looks for its data in a folder of its own, which is said", () => {
  const [loss] = lost("postgres", { image: "postgres:17" }, { image: "postgres:18" });
  expect(loss?.why).toBe(
    "PostgreSQL 17 wrote the data, and PostgreSQL 18 looks for them in another folder than the one that Dokploy mounts",
  );
});

test.each<[DatabaseKind, readonly string[]]>([
  ["postgres", ["database", "user", "password"]],
  ["mysql", ["database", "user", "password", "rootPassword"]],
  ["mariadb", ["database", "user", "password", "rootPassword"]],
  ["mongo", ["user", "password"]],
  // They get theirs with every start.
  ["redis", []],
  ["libsql", []],
])("the data of %s keep %j; a password is never changed, whatever is allowed", (kind, kept) => {
  const others = { database: "e", user: "v", password: "q", rootPassword: "s" };
  const losses = lost(kind, {}, others);
  expect(losses.map(({ path }) => path)).toEqual(kept);
  expect(losses.filter(({ allowable }) => !allowable).map(({ path }) => path)).toEqual(
    kept.filter((path) => path.toLowerCase().endsWith("password")),
  );
  for (const word of ["p", "q", "r", "s"]) {
    for (const { why, instead } of losses) expect(`${why} ${instead}`).not.toMatch(` ${word} `);
  }
});

test("a libsql that becomes a replica, or is one no longer, loses data", () => {
  const primary = { replicaOf: "http://word@primary:5001" };
  for (const [was, is] of [
    [{}, primary],
    [primary, { replicaOf: null }],
    [primary, { replicaOf: "http://other:5001" }],
  ] as const) {
    const losses = lost("libsql", was, is);
    expect(losses.map(({ path, allowable }) => [path, allowable])).toEqual([["replicaOf", true]]);
    expect(JSON.stringify(losses)).not.toContain("word");
  }
});
