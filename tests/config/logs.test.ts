import { expect, test } from "vitest";
import type { Environment } from "../../src/config-environment.ts";
import type { LogsConfig } from "../../src/config-logs.ts";
import { noFile, reading } from "./reading.ts";

const { config, problems } = reading(noFile);
const logs = (env: Environment): LogsConfig => config(env).logs;

test("Loki's address may have the path of its API", () => {
  for (const url of [
    "http://loki:3100",
    "http://loki:3100/",
    "http://loki:3100/loki/api/v1/push",
    "http://loki:3100/loki",
  ]) {
    expect(logs({ LOKI_URL: url }).loki).toEqual({
      url: "http://loki:3100",
      login: null,
      tenant: null,
    });
  }
  expect(logs({ LOKI_URL: "https://g.example.com/logs/" }).loki?.url).toBe(
    "https://g.example.com/logs",
  );
});

test("a login is a name and a password, or a bearer token alone", () => {
  const url = { LOKI_URL: "http://loki:3100" };
  expect(logs({ ...url, LOKI_USERNAME: "ops", LOKI_PASSWORD: "p" }).loki?.login).toEqual({
    username: "ops",
    password: "p",
  });
  expect(logs({ ...url, LOKI_PASSWORD: "p", LOKI_TENANT: "team-a" }).loki).toMatchObject({
    login: { username: null, password: "p" },
    tenant: "team-a",
  });
  expect(problems({ ...url, LOKI_USERNAME: "ops" })).toEqual([
    expect.stringMatching(/^LOKI_PASSWORD is missing/),
  ]);
  expect(problems({ LOKI_TENANT: "team-a" })).toEqual([
    expect.stringMatching(/^LOKI_URL is missing; LOKI_TENANT is set/),
  ]);
});

test("a token for events is long enough, or none on purpose", () => {
  expect(logs({ LOG_INGEST_TOKEN: "0123456789abcdef" }).ingest).toEqual({
    kind: "token",
    token: "0123456789abcdef",
  });
  expect(logs({ LOG_INGEST_TOKEN: "none" }).ingest).toEqual({ kind: "everybody" });
  expect(logs({}).ingest).toEqual({ kind: "local" });
});

test("P5 what is wrong is said without the value", () => {
  const found = problems({
    LOKI_URL: "http://me:canary-one@loki:3100",
    LOKI_PASSWORD: "canary two",
    LOKI_TENANT: "canary/three",
    LOG_INGEST_TOKEN: "canary-four",
  });
  expect(found.map((problem) => problem.split(" ")[0]).sort()).toEqual([
    "LOG_INGEST_TOKEN",
    "LOKI_PASSWORD",
    "LOKI_TENANT",
    "LOKI_URL",
  ]);
  expect(found.join("\n")).not.toContain("canary");
});
