import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import {
  readConfig,
  requireConfig,
  requireDokploy,
  variableNames,
  type Config,
} from "../../src/config.ts";
import type { Environment } from "../../src/config-environment.ts";

const files: Readonly<Record<string, string>> = {
  "/run/token": "from-a-file\n",
  "/run/empty": "\n",
  "/run/password": " two words \n",
  "/run/key": "a private key",
};

function readFile(path: string): string {
  const text = files[path];
  if (text === undefined) throw Object.assign(new Error("no such file"), { code: "ENOENT" });
  return text;
}

function config(env: Environment): Config {
  return requireConfig(env, readFile);
}

function problems(env: Environment): readonly string[] {
  const result = readConfig(env, readFile);
  return result.ok ? [] : result.problems;
}

const server = { DOKPLOY_URL: "https://dokploy.example.com", DOKPLOY_API_TOKEN: "key" };

test("an empty environment has the documented defaults", () => {
  expect(config({})).toEqual({
    dokploy: null,
    git: null,
    branch: "main",
    stacksPath: "stacks",
    pollSchedule: "* * * * *",
    resyncIntervalMs: 600_000,
    deepCheckIntervalMs: 3_600_000,
    workers: 20,
    leaseTtlMs: 120_000,
    port: 3000,
    host: "0.0.0.0",
    apiTokens: [],
    http: {
      portalAuth: "token",
      oidc: null,
      sessionSecret: null,
      sessionTtlMs: 43_200_000,
      trustedProxies: [],
      corsOrigins: [],
    },
    logs: { loki: null, ingest: { kind: "local" } },
    publicUrl: null,
    client: { url: "http://127.0.0.1:3000", named: false, token: null },
    variables: {},
    reservedNames: [],
    instance: "default",
    stateDir: "data",
    logLevel: "info",
    logFormat: "auto",
    secretsDir: null,
    secretVariables: {},
    forge: null,
    webhookSecret: null,
    telemetry: { metricsToken: null, traces: null },
    network: { authorities: null, httpProxy: null, httpsProxy: null, noProxy: null },
    notify: { targets: [], groupMs: 30_000, repeatMs: 14_400_000, certificateDays: 14 },
    traefikAddress: null,
    dns: null,
    portal: {
      title: "Your AI stack",
      template: "ai-stack",
      mode: "commit",
      path: "users",
      quota: null,
      contact: null,
    },
  });
});

test("values are trimmed, and an empty one is as good as none", () => {
  const read = config({ ...server, DOKPLOY_URL: " https://d.example.com/ ", PORT: "  ", HOST: "" });
  expect(read.dokploy?.url).toBe("https://d.example.com");
  expect(read.port).toBe(3000);
});

test("the server's address loses the path of its API", () => {
  const url = (text: string) => config({ ...server, DOKPLOY_URL: text }).dokploy?.url;
  expect(url("https://d.example.com/api/")).toBe("https://d.example.com");
  expect(url("http://10.0.0.1:3000/dokploy")).toBe("http://10.0.0.1:3000/dokploy");
});

describe("NAME_FILE", () => {
  test("names a file with the value", () => {
    const read = config({ DOKPLOY_URL: server.DOKPLOY_URL, DOKPLOY_API_TOKEN_FILE: "/run/token" });
    expect(read.dokploy?.token).toBe("from-a-file");
  });

  test("beside NAME is an error", () => {
    expect(problems({ ...server, DOKPLOY_API_TOKEN_FILE: "/run/token" })).toEqual([
      "DOKPLOY_API_TOKEN and DOKPLOY_API_TOKEN_FILE are both set; remove one of them",
    ]);
  });

  test("that is missing or empty is told once, with what to do", () => {
    const env = { DOKPLOY_URL: server.DOKPLOY_URL };
    expect(problems({ ...env, DOKPLOY_API_TOKEN_FILE: "/run/nothing" })).toEqual([
      "DOKPLOY_API_TOKEN_FILE names a file that cannot be read (ENOENT); check path and rights",
    ]);
    expect(problems({ ...env, DOKPLOY_API_TOKEN_FILE: "/run/empty" })).toEqual([
      "DOKPLOY_API_TOKEN_FILE names an empty file; write the value into it",
    ]);
  });

  test("of the SSH key is the path itself, and must be readable", () => {
    const env = { GIT_URL: "git@host:a/b.git" };
    expect(config({ ...env, GIT_SSH_KEY_FILE: "/run/key" }).git?.sshKeyFile).toBe("/run/key");
    expect(problems({ ...env, GIT_SSH_KEY_FILE: "/run/nothing" })).toHaveLength(1);
  });
});

test("all problems are told at once, each in one line that begins with its variable", () => {
  const found = problems({
    DOKPLOY_URL: "dokploy.example.com",
    GIT_URL: "ext::sh -c id",
    GIT_BRANCH: "a..b",
    STACKS_PATH: "../elsewhere",
    POLL_SCHEDULE: "sometimes",
    RESYNC_INTERVAL: "10",
    WORKERS: "0",
    PORT: "65536",
    CAPSTAN_INSTANCE: "Not A Label",
    LOG_LEVEL: "loud",
    TRAEFIK_IP: "http://1.2.3.4",
  });
  expect(found.map((problem) => problem.split(" ")[0]).sort()).toEqual([
    "CAPSTAN_INSTANCE",
    "DOKPLOY_API_TOKEN",
    "DOKPLOY_URL",
    "GIT_BRANCH",
    "GIT_URL",
    "LOG_LEVEL",
    "POLL_SCHEDULE",
    "PORT",
    "RESYNC_INTERVAL",
    "STACKS_PATH",
    "TRAEFIK_IP",
    "WORKERS",
  ]);
  for (const problem of found) expect(problem).not.toContain("\n");
});

test("P5 a value that may be a secret is in no problem", () => {
  const found = problems({
    DOKPLOY_URL: "https://admin:canary-one@dokploy.example.com",
    DOKPLOY_API_TOKEN: "canary two",
    GIT_URL: "ftp://me:canary-three@host/x",
  });
  expect(found).toHaveLength(3);
  expect(found.join("\n")).not.toContain("canary");
});

test("STACK_… and LOG_INGEST_URL are for manifests, and nothing else is", () => {
  const env = {
    STACK_IMAGE: " nginx:1 ",
    STACK_EMPTY: "",
    STACK_TOKEN_FILE: "/run/token",
    STACKS_PATH: "infra",
    LOG_INGEST_URL: "https://logs.example.com",
    HOME: "/root",
  };
  expect(config(env).variables).toEqual({
    STACK_IMAGE: "nginx:1",
    STACK_TOKEN: "from-a-file",
    LOG_INGEST_URL: "https://logs.example.com",
  });
});

test("secrets keep their spaces and lose one newline of a file", () => {
  const env = { SECRET_A: " kept ", SECRET_B_FILE: "/run/password", SECRET_C: "" };
  expect(config(env).secretVariables).toEqual({ SECRET_A: " kept ", SECRET_B: " two words " });
});

test("reserved names are a list of lower case", () => {
  expect(config({ RESERVED_NAMES: "Portal, api  www" }).reservedNames).toEqual([
    "portal",
    "api",
    "www",
  ]);
});

test("without DOKPLOY_URL the error names the demo", () => {
  expect(() => requireDokploy(config({}))).toThrow(
    expect.objectContaining({ code: "invalid", hint: expect.stringContaining("capstan demo") }),
  );
});

test(".env.example lists every variable that is read, and no other", () => {
  const text = readFileSync(fileURLToPath(new URL("../../.env.example", import.meta.url)), "utf8");
  const listed = [...text.matchAll(/^(?:# (?:e\.g\. )?)?([A-Z][A-Z0-9_]*)=/gm)].map(
    (match) => match[1] ?? "",
  );
  const examples = ["STACK_DOMAIN_SUFFIX", "STACK_IMAGE", "SECRET_GHCR_TOKEN"];
  expect([...listed].sort()).toEqual([...variableNames, "LOG_INGEST_URL", ...examples].sort());
});

test("the README's table names every variable, with the default that .env.example has", () => {
  const read = (name: string) =>
    readFileSync(fileURLToPath(new URL(`../../${name}`, import.meta.url)), "utf8");
  const section = read("README.md").split("\n## Environment\n")[1]?.split("\n## ")[0] ?? "";
  const rows = [...section.matchAll(/^\| `([A-Z][A-Z0-9_]*)` +\| (?:`(.*?)`)? *\| \S/gm)];
  const told = Object.fromEntries(rows.map(([, name = "", value = ""]) => [name, value]));
  const defaults = Object.fromEntries(
    [...read(".env.example").matchAll(/^# ([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(
      ([, name = "", value = ""]) => [name, value],
    ),
  );
  const names = [...variableNames, "LOG_INGEST_URL"];
  expect(told).toEqual(Object.fromEntries(names.map((name) => [name, defaults[name] ?? ""])));
});

describe("the values in .env.example", () => {
  const text = readFileSync(fileURLToPath(new URL("../../.env.example", import.meta.url)), "utf8");
  const written = (pattern: RegExp) =>
    [...text.matchAll(pattern)].map((match) => [match[1] ?? "", match[2] ?? ""] as const);

  test("are the defaults", () => {
    // Its default follows PORT, and naming it means something.
    const values = written(/^# ([A-Z][A-Z0-9_]*)=(.+)$/gm).filter(
      ([name]) => name !== "CAPSTAN_URL",
    );
    expect(values.length).toBeGreaterThan(15);
    expect(config(Object.fromEntries(values))).toEqual(config({}));
  });

  test("are examples, that work, where they say so", () => {
    const values = written(/^# e\.g\. ([A-Z][A-Z0-9_]*)=(.+)$/gm);
    expect(values.length).toBeGreaterThan(5);
    // Of two DNS providers only one may be set, and each needs its secret.
    const of = (start: string) => values.filter(([name]) => name.startsWith(start));
    const others = values.filter(([name]) => !/^(?:HETZNER|RFC2136)_/.test(name));
    const tsig = ["RFC2136_KEY_SECRET", "c2VjcmV0LWtleS1vZi10aGUtem9uZQ=="] as const;
    for (const set of [
      [...others, ["FORGE_TOKEN", "token"]],
      [...of("HETZNER_"), ["HETZNER_API_TOKEN", "token-of-the-project"]],
      [...of("RFC2136_"), tsig],
    ]) {
      expect(problems(Object.fromEntries(set) as Record<string, string>)).toEqual([]);
    }
  });
});

test("the portal's settings are told what is wrong with them", () => {
  const { portal } = config({ PORTAL_QUOTA: "2", PORTAL_MODE: "pull-request", PORTAL_PATH: "a/b" });
  expect(portal).toMatchObject({ quota: 2, mode: "pull-request", path: "a/b" });
  for (const [name, value] of [
    ["PORTAL_QUOTA", "-1"],
    ["PORTAL_MODE", "push"],
    ["PORTAL_PATH", "../x"],
    ["PORTAL_TEMPLATE", "A b"],
    ["PORTAL_TITLE", "a\u0007b"],
  ] as const) {
    expect(problems({ [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name} `))]);
  }
});

test("metrics and traces are told what is wrong with them", () => {
  const { telemetry } = config({
    METRICS_TOKEN: "0123456789abcdef",
    OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318/v1/traces/",
    OTEL_EXPORTER_OTLP_HEADERS: "Authorization=Bearer%20abc, x-tenant = one",
  });
  expect(telemetry).toEqual({
    metricsToken: "0123456789abcdef",
    traces: {
      endpoint: "http://collector:4318",
      headers: { authorization: "Bearer abc", "x-tenant": "one" },
      serviceName: "capstan",
    },
  });
  expect(config({}).telemetry).toEqual({ metricsToken: null, traces: null });
  for (const [name, value] of [
    ["METRICS_TOKEN", "short"],
    ["METRICS_TOKEN", "two words of a token"],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "http://user:canary@collector"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "canary"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "a=%zzcanary"],
  ] as const) {
    const told = problems({ [name]: value });
    expect(told).toEqual([expect.stringMatching(new RegExp(`^${name} `))]);
    expect(told.join()).not.toContain("canary");
  }
});

test("notifications are told what is wrong with them, address by address and without keys", () => {
  const good = "slack+https://hooks.slack.com/services/T/B/canary";
  const { notify } = config({
    NOTIFY_URLS: `${good}\n  ntfy+https://ntfy.sh/topic`,
    NOTIFY_GROUP: "2m",
    NOTIFY_REPEAT: "1d",
    NOTIFY_CERTIFICATE_DAYS: "0",
  });
  expect(notify.targets.map(({ title }) => title)).toEqual([
    "slack at hooks.slack.com",
    "ntfy at ntfy.sh",
  ]);
  expect(notify).toMatchObject({ groupMs: 120_000, repeatMs: 86_400_000, certificateDays: 0 });
  const told = problems({ NOTIFY_URLS: `${good} https://canary canary+https://canary` });
  expect(told).toEqual([
    expect.stringMatching(/^NOTIFY_URLS: address 2 /),
    expect.stringMatching(/^NOTIFY_URLS: address 3 /),
  ]);
  expect(told.join()).not.toContain("canary");
});

describe("API_TOKENS", () => {
  const hash = "a".repeat(64);

  test("is a list of names, roles and hashes, by commas or lines, with comments", () => {
    const text = `ops:operator:${hash}, # on call\nboard:viewer:${"b".repeat(64)}\n`;
    expect(config({ API_TOKENS: text }).apiTokens).toEqual([
      { name: "ops", role: "operator", hash },
      { name: "board", role: "viewer", hash: "b".repeat(64) },
    ]);
  });

  test("P5 tells what is wrong with an entry, and nothing of the entry: it may be a token", () => {
    const text = `canary-token, canary:admin:${hash}, a:viewer:${hash}, a:viewer:${"c".repeat(64)}, b:viewer:${hash}`;
    const found = problems({ API_TOKENS: text });
    expect(found).toEqual([
      "API_TOKENS entry 1 must be name:role:hash with the role viewer, deployer or operator; `capstan token NAME` prints one",
      "API_TOKENS entry 2 must be name:role:hash with the role viewer, deployer or operator; `capstan token NAME` prints one",
      "API_TOKENS entry 4 has the name of an earlier one; give each its own",
      "API_TOKENS entry 5 is the token of an earlier one; make another one",
    ]);
  });
});

test("commands find the controller on this machine's PORT, or where CAPSTAN_URL says", () => {
  expect(config({ PORT: "4000" }).client.url).toBe("http://127.0.0.1:4000");
  const read = config({ CAPSTAN_URL: "https://c.example.com/api/v1/", CAPSTAN_TOKEN: "one" });
  expect(read.client).toEqual({ url: "https://c.example.com", named: true, token: "one" });
});
