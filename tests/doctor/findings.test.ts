// What each fact means to whoever asked the doctor.
import { describe, expect, test } from "vitest";
import { lookAtAll, pass } from "../../src/doctor/check.ts";
import {
  buildsFinding,
  clockFinding,
  diskFinding,
  networksFinding,
  apiFinding,
  servicesFinding,
  swarmFinding,
  versionFinding,
} from "../../src/doctor/dokploy.ts";
import { forgeChecks, hookFinding, rightsFinding } from "../../src/doctor/git.ts";
import type { ForgeSetting } from "../../src/doctor/git.ts";
import { proxyFor } from "../../src/config-network.ts";
import {
  certificateChecks,
  oidcCheck,
  proxyCheck,
  stateCheck,
} from "../../src/doctor/surroundings.ts";
import { CapstanError } from "../../src/lib/errors.ts";
import { systemClock } from "../../src/lib/clock.ts";
import type { ForgeDiagnosis, PlatformDiagnosis } from "../../src/ports-diagnosis.ts";
import { createVirtualClock } from "../support/virtual-clock.ts";

const healthy: PlatformDiagnosis = {
  clockAheadMs: 40,
  apiDifferences: [],
  buildsConcurrency: 4,
  swarm: true,
  disk: { totalBytes: 100 * 2 ** 30, usedBytes: 40 * 2 ** 30 },
  networks: [{ name: "dokploy-network", inUse: 12, capacity: 253 }],
  services: [
    { name: "postgres", healthy: true, message: "" },
    { name: "traefik", healthy: true, message: "" },
  ],
};
const disk = (used: number) => ({ disk: { totalBytes: 100, usedBytes: used } });

test.each([
  ["clock", clockFinding, {}, "pass"],
  ["clock ahead", clockFinding, { clockAheadMs: 9_000 }, "warn"],
  ["clock behind by a lot", clockFinding, { clockAheadMs: -90_000 }, "fail"],
  ["clock that is not told", clockFinding, { clockAheadMs: null }, "skip"],
  ["an API that fits", apiFinding, {}, "pass"],
  ["a missing procedure", apiFinding, { apiDifferences: ["there is no project.all"] }, "fail"],
  ["no description", apiFinding, { apiDifferences: null }, "skip"],
  ["builds", buildsFinding, {}, "pass"],
  ["one build at a time", buildsFinding, { buildsConcurrency: 1 }, "warn"],
  ["a swarm", swarmFinding, {}, "pass"],
  ["no node", swarmFinding, { swarm: false }, "fail"],
  ["no answer of the swarm", swarmFinding, { swarm: null }, "fail"],
  ["a disk", diskFinding, {}, "pass"],
  ["a disk that fills", diskFinding, disk(86), "warn"],
  ["a full disk", diskFinding, disk(96), "fail"],
  ["a network", networksFinding, {}, "pass"],
  [
    "a full network",
    networksFinding,
    { networks: [{ name: "n", inUse: 250, capacity: 253 }] },
    "warn",
  ],
  ["services", servicesFinding, {}, "pass"],
  [
    "a sick service",
    servicesFinding,
    { services: [{ name: "traefik", healthy: false, message: "gone" }] },
    "fail",
  ],
] as const)("of Dokploy: %s", (_, of, more, status) => {
  const found = of({ ...healthy, ...more });
  expect(found.status).toBe(status);
  expect(found.message).not.toBe("");
  expect(found.next === null).toBe(status === "pass" || status === "skip");
});

test("all sick services are named, and a database that runs elsewhere is not one", () => {
  const of = (...services: [name: string, healthy: boolean, message: string][]) =>
    servicesFinding({
      ...healthy,
      services: services.map(([name, isWell, message]) => ({ name, healthy: isWell, message })),
    });
  const both = of(["postgres", false, "no running tasks"], ["traefik", false, "gone"]);
  expect(both).toMatchObject({
    status: "fail",
    message:
      "Dokploy's own postgres is not healthy: no running tasks; traefik is not healthy: gone",
    next: expect.stringContaining(
      "`docker service logs dokploy-postgres`, `docker logs dokploy-",
    ) as string,
  });
  const external = of(
    ["postgres", false, "(HTTP code 404) no such service - service dokploy-postgres not found "],
    ["traefik", true, ""],
  );
  expect(external).toMatchObject({
    status: "pass",
    message: "traefik is healthy; its PostgreSQL runs elsewhere",
  });
});

test("the log of a sick service is named by how Dokploy runs it", () => {
  const sick = (name: string) =>
    servicesFinding({ ...healthy, services: [{ name, healthy: false, message: "gone" }] }).next;
  // Its database is always a service of the swarm, Traefik a container unless somebody made it one.
  expect(sick("postgres")).toContain("`docker service logs dokploy-postgres`");
  expect(sick("traefik")).toContain("`docker logs dokploy-traefik`");
});

test("a version that is not known is a failure that says how to accept it", () => {
  const info = { version: "0.31.0", role: "owner" };
  expect(versionFinding({ ...info, supported: true, isTried: true, verdict: "" }).status).toBe(
    "pass",
  );
  expect(
    versionFinding({ ...info, supported: false, isTried: false, verdict: "not tried" }),
  ).toMatchObject({
    status: "fail",
    message: "v0.31.0: not tried",
  });
});

const repository: ForgeDiagnosis = {
  login: "bot",
  mayPush: true,
  rights: [
    { may: "set checks", granted: true },
    { may: "comment", granted: true },
  ],
  needed: "all scopes",
  isArchived: false,
  defaultBranch: "main",
  hooks: [],
};
const hookUrl = "https://capstan.example.com/webhooks/gitea";
const setting: ForgeSetting = {
  forge: { diagnose: async () => repository },
  title: "Gitea at git.example.com",
  branch: "main",
  hookUrl,
  hasSecret: true,
  lastDeliveryMs: () => null,
  nowMs: () => 10 * 60_000,
};

describe("of the Git host", () => {
  test.each([
    [{}, "pass"],
    [{ mayPush: false }, "fail"],
    [{ isArchived: true }, "fail"],
    [{ mayPush: null }, "pass"],
  ] as const)("rights %j: %s", (more, status) => {
    expect(rightsFinding({ ...repository, ...more }, "main").status).toBe(status);
  });

  test("each right of the token is named: those it has, lacks, and does not tell of", () => {
    const found = (granted: boolean | null) => {
      const rights = [{ may: "set checks", granted: true } as const, { may: "comment", granted }];
      return rightsFinding({ ...repository, rights }, "main");
    };
    expect(found(true).message).toBe("bot may read and write it, set checks and comment");
    expect(found(null)).toMatchObject({
      status: "pass",
      message: "bot may read and write it and set checks; it does not tell whether it may comment",
    });
    expect(found(false)).toEqual({
      status: "fail",
      message: "the token of bot may not comment",
      next: "make a token with all scopes, and set it as FORGE_TOKEN",
    });
  });

  const hook = { url: hookUrl, active: true, lastStatus: null };
  test.each([
    ["none", [], {}, "warn", "no webhook leads to"],
    ["another one", [{ ...hook, url: "https://ci.example.com/" }], {}, "warn", "no webhook"],
    ["ours", [hook], {}, "pass", "none was delivered since"],
    ["ours with a slash", [{ ...hook, url: `${hookUrl}/` }], {}, "pass", "it leads here"],
    ["delivered", [hook], { lastDeliveryMs: () => 60_000 }, "pass", "9 min ago"],
    ["switched off", [{ ...hook, active: false }], {}, "fail", "switched off"],
    ["refused last", [{ ...hook, lastStatus: "401" }], {}, "fail", "answered 401"],
    ["answered last", [{ ...hook, lastStatus: "202" }], {}, "pass", "it leads here"],
    ["not to be seen", null, {}, "skip", "may not list"],
    ["without a secret", [hook], { hasSecret: false }, "warn", "WEBHOOK_SECRET"],
    ["without an address", [hook], { hookUrl: null }, "warn", "PUBLIC_URL"],
  ] as const)("a webhook: %s", (_, hooks, more, status, words) => {
    const found = hookFinding({ ...repository, hooks }, { ...setting, ...more });
    expect(found).toMatchObject({ status, message: expect.stringContaining(words) });
  });

  test("one that cannot be asked is told once, with what it said", async () => {
    const refused = new CapstanError("unauthorised", "it refused the token", { hint: "make one" });
    const forge = { diagnose: () => Promise.reject(refused) };
    const found = await lookAtAll(forgeChecks({ ...setting, forge }), {
      clock: systemClock,
      redact: (text) => text,
    });
    expect(found).toMatchObject([
      { id: "forge.token", status: "fail", message: "it refused the token", next: "make one" },
      { id: "forge.webhook", status: "fail", message: "the Git host cannot be asked" },
    ]);
  });
});

const parts = { clock: systemClock, redact: (text: string) => text.replaceAll("s3cret", "***") };

test("a look that breaks or hangs hides no other, and no secret is in its words", async () => {
  const clock = createVirtualClock();
  const found = lookAtAll(
    [
      { id: "a", title: "A", look: async () => pass("well, s3cret") },
      { id: "b", title: "B", look: () => Promise.reject(new Error("a bug with\ns3cret")) },
      { id: "c", title: "C", look: () => new Promise<never>(() => undefined) },
    ],
    { ...parts, clock },
  );
  await clock.advance(46_000);
  expect(await found).toMatchObject([
    { id: "a", status: "pass", message: "well, ***" },
    { id: "b", status: "fail", message: "an unexpected error: a bug with ***" },
    { id: "c", status: "fail", message: "no answer within 45 s" },
  ]);
});

const day = 24 * 3_600_000;
test.each([
  [-1, null, "fail", "it has expired"],
  [3 * day, null, "warn", "it expires in 3 days"],
  [90 * day, null, "pass", "it expires in 90 days"],
  [90 * day, "SELF_SIGNED", "fail", "it is not trusted (SELF_SIGNED)"],
] as const)(
  "a certificate with %i ms left, distrusted for %s",
  async (left, distrust, status, message) => {
    const checks = certificateChecks({
      sites: [
        { variable: "DOKPLOY_URL", url: "https://dokploy.example.com", proxy: null },
        { variable: "GIT_URL", url: "https://dokploy.example.com/git", proxy: null },
        { variable: "FORGE_URL", url: "http://plain.example.com", proxy: null },
      ],
      async read(host, port) {
        const isAsked = host === "dokploy.example.com" && port === 443;
        return { endsAtMs: isAsked ? left : 0, distrust, names: [] };
      },
      nowMs: () => 0,
    });
    expect(await lookAtAll(checks, parts)).toMatchObject([{ status, message }]);
  },
);

test("whoever is asked through a proxy is named with it, and its certificate is not looked at", async () => {
  const network = {
    ...{ httpProxy: null, authorities: null },
    httpsProxy: "http://me:canary@proxy.example.com:3128",
    noProxy: "git.example.com, .internal",
  };
  const through = (url: string): string | null => proxyFor(network, url);
  expect(through("https://dokploy.example.com")).toBe("http://proxy.example.com:3128");
  for (const url of [
    "https://git.example.com/x",
    "https://loki.internal",
    "http://dokploy.example.com",
    "https://127.0.0.1:3000",
  ]) {
    expect(through(url), url).toBeNull();
  }
  const url = "https://dokploy.example.com";
  const sites = [{ variable: "DOKPLOY_URL", url, proxy: through(url) }];
  const read = (): Promise<never> => Promise.reject(new Error("not asked for"));
  expect(
    await lookAtAll(
      [
        proxyCheck(sites, true),
        proxyCheck([], false),
        ...certificateChecks({ sites, read, nowMs: () => 0 }),
      ],
      parts,
    ),
  ).toMatchObject([
    {
      status: "pass",
      message: "DOKPLOY_URL through http://proxy.example.com:3128; CA_FILE is trusted as well",
    },
    { status: "skip" },
    { status: "skip", message: expect.stringContaining("proxy.example.com") },
  ]);
});

test("the provider's own name for itself must be the one that is set", async () => {
  const issuer = "https://id.example.com";
  const whole = { issuer, authorization_endpoint: "a", token_endpoint: "b", jwks_uri: "c" };
  const cases = [
    [whole, "pass"],
    [{ ...whole, issuer: `${issuer}/` }, "fail"],
    [{ ...whole, jwks_uri: undefined }, "fail"],
  ] as const;
  for (const [document, status] of cases) {
    const check = oidcCheck({ issuer, read: async () => document });
    expect(await lookAtAll([check], parts)).toMatchObject([{ status }]);
  }
  expect(await lookAtAll([oidcCheck(null)], parts)).toMatchObject([{ status: "skip" }]);
});

test.each([
  [null, 10 * 2 ** 30, "pass"],
  [null, 100 * 2 ** 20, "warn"],
  [null, 2 ** 20, "fail"],
  [null, null, "pass"],
  ["EACCES", 10 * 2 ** 30, "fail"],
] as const)("a state folder: %s, %s bytes free", async (code, free, status) => {
  const check = stateCheck({
    path: "/data",
    write: () =>
      code === null ? Promise.resolve() : Promise.reject(Object.assign(new Error(), { code })),
    freeBytes: async () => free,
  });
  expect(await lookAtAll([check], parts)).toMatchObject([{ status }]);
});
