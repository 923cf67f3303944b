import { describe, expect, test } from "vitest";
import type { Environment } from "../../src/config-environment.ts";
import type { HttpConfig } from "../../src/config-http.ts";
import { inFiles, reading } from "./reading.ts";

const { config, problems } = reading(inFiles({ "/run/secret": "canary-from-a-file\n" }));
const http = (env: Environment): HttpConfig => config(env).http;

const provider = {
  PORTAL_AUTH: "oidc",
  OIDC_ISSUER: "https://git.example.com/",
  OIDC_CLIENT_ID: "capstan",
  PUBLIC_URL: "https://capstan.example.com",
};

test("a provider is read with all that belongs to it", () => {
  const env = {
    ...provider,
    OIDC_CLIENT_SECRET_FILE: "/run/secret",
    OIDC_ROLES_CLAIM: "realm_access.roles",
    OIDC_OPERATORS: "ann@example.com, 42\nben@example.com",
    OIDC_DEFAULT_ROLE: "none",
    OIDC_SCOPES: "openid, groups",
    SESSION_SECRET: "s".repeat(32),
    SESSION_TTL: "30m",
  };
  expect(http(env)).toMatchObject({
    portalAuth: "oidc",
    oidc: {
      issuer: "https://git.example.com/",
      clientId: "capstan",
      clientSecret: "canary-from-a-file",
      scopes: "openid groups",
      rolesClaim: "realm_access.roles",
      operators: ["ann@example.com", "42", "ben@example.com"],
      defaultRole: null,
    },
    sessionSecret: "s".repeat(32),
    sessionTtlMs: 1_800_000,
  });
});

test("an open portal may have a provider too, where operators sign in", () => {
  expect(http({ ...provider, PORTAL_AUTH: "none" })).toMatchObject({
    portalAuth: "none",
    oidc: { clientId: "capstan", clientSecret: null, defaultRole: "deployer" },
  });
});

describe("problems are reported together", () => {
  test("all that is missing beside PORTAL_AUTH=oidc", () => {
    expect(problems({ PORTAL_AUTH: "oidc" })).toEqual([
      "OIDC_ISSUER is missing; set it to the identity provider's address",
      "OIDC_CLIENT_ID is missing; register Capstan at the identity provider",
      "PUBLIC_URL is missing; the identity provider sends people back to it",
    ]);
  });

  test("P6 a provider that nobody would be sent to is a mistake, and closes nothing unnoticed", () => {
    expect(problems({ ...provider, PORTAL_AUTH: "" })).toEqual([
      "PORTAL_AUTH is missing beside OIDC_ISSUER; set it to oidc",
    ]);
  });

  test("P6 a provider without TLS is one of this machine", () => {
    for (const issuer of ["http://git.example.com", "http://127.0.0.1.example.com", "git", ""]) {
      expect(problems({ ...provider, OIDC_ISSUER: issuer })).toHaveLength(1);
    }
    for (const issuer of ["http://127.0.0.1:3001", "http://localhost:1", "http://[::1]:1/x"]) {
      expect(problems({ ...provider, OIDC_ISSUER: issuer })).toEqual([]);
    }
  });

  test("each says what is right, and none tells a value (P5)", () => {
    const found = problems({
      ...provider,
      PORTAL_AUTH: "canary",
      OIDC_ISSUER: "https://canary@git.example.com",
      OIDC_DEFAULT_ROLE: "canary",
      OIDC_SCOPES: "canary",
      SESSION_SECRET: "canary",
      SESSION_TTL: "canary",
      TRUSTED_PROXIES: "10.0.0.0/canary",
      CORS_ORIGINS: "https://canary.example.com/path",
    });
    expect(found).toHaveLength(8);
    expect(found.join("\n")).not.toContain("canary");
  });
});

test("TRUSTED_PROXIES are addresses and networks of both kinds", () => {
  const right = "10.0.0.0/8, 192.168.1.1 fd00::/8\n::1";
  expect(http({ TRUSTED_PROXIES: right }).trustedProxies).toEqual([
    "10.0.0.0/8",
    "192.168.1.1",
    "fd00::/8",
    "::1",
  ]);
  for (const wrong of ["10.0.0.0/33", "::/129", "10.0.0/8", "proxy", "1.2.3.4/", "1.2.3.4/8/8"]) {
    expect(problems({ TRUSTED_PROXIES: wrong }), wrong).toHaveLength(1);
  }
});

test("CORS_ORIGINS are whole origins: no path, no star, no null", () => {
  expect(http({ CORS_ORIGINS: "https://a.example.com http://localhost:8080" }).corsOrigins).toEqual(
    ["https://a.example.com", "http://localhost:8080"],
  );
  for (const wrong of ["*", "null", "https://a.example.com/", "a.example.com", "file:///x"]) {
    expect(problems({ CORS_ORIGINS: wrong }), wrong).toHaveLength(1);
  }
});
