// The environment as a whole: defaults, files, names of secrets and manifests' variables, and all mistakes at once.
import { describe, expect, test } from "vitest";
import { requireDokploy } from "../../src/config.ts";
import { inFiles, reading } from "./reading.ts";

const { config, problems } = reading(
  inFiles({
    "/run/token": "from-a-file\n",
    "/run/empty": "\n",
    "/run/password": " two words \n",
    "/run/key": "a private key",
  }),
);

const server = { DOKPLOY_URL: "https://dokploy.example.com", DOKPLOY_API_TOKEN: "key" };

test("an empty environment has the documented defaults", () => {
  expect(config({})).toEqual({
    dokploy: null,
    dokploys: null,
    dokployName: null,
    dokployRequests: null,
    database: null,
    git: null,
    branch: "main",
    stacksPath: "stacks",
    policiesPath: "policies",
    policyFile: null,
    pollSchedule: "* * * * *",
    resyncIntervalMs: 600_000,
    followIntervalMs: 60_000,
    deepCheckIntervalMs: 3_600_000,
    workers: 20,
    previewLimit: 10,
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
    secretSources: { refreshMs: 300_000, ageKeyFile: null, bitwarden: null, vault: null },
    secretVariables: {},
    forge: null,
    webhookSecret: null,
    registryWebhookSecret: null,
    telemetry: { metricsToken: null, traces: null },
    network: { authorities: null, httpProxy: null, httpsProxy: null, noProxy: null },
    notify: { targets: [], groupMs: 30_000, repeatMs: 14_400_000, certificateDays: 14 },
    traefikAddress: null,
    dns: null,
    dnsManaged: false,
    hostChecks: { intervalMs: 300_000 },
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

test("policies stand in a folder of their own, and a file of them must be there", () => {
  expect(config({ POLICIES_PATH: "./ops/rules/" }).policiesPath).toBe("ops/rules");
  for (const path of [".", "./", "../x"]) {
    expect(problems({ POLICIES_PATH: path })).toEqual([
      "POLICIES_PATH cannot be used; set it to a folder of its own in the repository, such as policies",
    ]);
  }
  expect(problems({ POLICY_FILE: "/nowhere/policy.yaml" })[0]).toContain(
    "POLICY_FILE names a file that cannot be read",
  );
});
