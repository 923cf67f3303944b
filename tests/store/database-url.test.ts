import { expect, test } from "vitest";
import { isCapstanError } from "../../src/lib/errors.ts";
import { parseDatabaseUrl } from "../../src/store/postgres/address.ts";

test.each([
  ["postgres://u:p%40ss@db.example.com/capstan", "capstan on db.example.com:5432", "none"],
  ["postgresql://u@db:6432/c?sslmode=require", "c on db:6432", "unchecked"],
  ["postgres://u@db/c?sslmode=verify-ca", "c on db:5432", "authority"],
  ["postgres://u@db/c?sslmode=verify-full&application_name=x", "c on db:5432", "whole"],
  ["postgres://u:p@localhost/c?host=/run/postgresql", "c on /run/postgresql", "none"],
] as const)("%s is read", (url, title, tls) => {
  expect(parseDatabaseUrl(url)).toMatchObject({ title, tls });
  expect(parseDatabaseUrl(url).connectionString).not.toContain("sslmode");
});

test("P5 the password is known in every way of writing it", () => {
  expect(parseDatabaseUrl("postgres://u:p%40ss-word@db/c").secrets).toEqual([
    "p%40ss-word",
    "p@ss-word",
  ]);
  expect(parseDatabaseUrl("postgres://u@db/c").secrets).toEqual([]);
});

test.each([
  ["mysql://u:secret@db/c", "postgres://user:password@host:5432/database"],
  ["u:secret@db/c", "postgres://"],
  ["postgres://u:secret@db", "name a database"],
  ["postgres://u:secret@db/c?sslmode=prefer", "disable, require, verify-ca or verify-full"],
  ["postgres://u:secret@db/c?sslrootcert=/x.pem", "CA_FILE"],
])("%s is refused, with what to do and without its password", (url, hint) => {
  try {
    parseDatabaseUrl(url);
  } catch (error) {
    if (!isCapstanError(error, "invalid")) throw error;
    expect(error.hint).toContain(hint);
    expect(`${error.message} ${error.hint}`).not.toContain("secret");
    return;
  }
  throw new Error("it was read");
});
