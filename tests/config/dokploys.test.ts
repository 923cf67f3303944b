// DOKPLOY_SERVERS_FILE: what it says, and every mistake at once, without a key in any of them.
import { describe, expect, test } from "vitest";
import { inFiles, reading } from "./reading.ts";

const good = `default: staging
servers:
  - { name: staging, url: "https://staging.example.com/api", tokenFile: /keys/staging }
  - name: production
    url: https://production.example.com
    tokenFile: /keys/production
    acceptVersion: v0.31.0
    instance: prod
    traefikIp: 203.0.113.9
    limits: { workers: 8, requests: 2 }
map:
  - { folder: ./prod/, dokploy: production }
  - { labels: { tier: test }, dokploy: staging }
  - { folder: home, dokploy: default }
`;

const single = { DOKPLOY_URL: "https://home.example.com", DOKPLOY_API_TOKEN: "key-of-home" };
const named = { DOKPLOY_SERVERS_FILE: "/servers.yaml" };

function read(text: string, files: Readonly<Record<string, string>> = {}) {
  const keys = { "/keys/staging": "key-of-staging\n", "/keys/production": "key-of-production" };
  return reading(inFiles({ "/servers.yaml": text, ...keys, ...files }));
}

test("servers have what the file says of them, beside that of DOKPLOY_URL", () => {
  const { dokploy, dokploys } = read(good).config({ ...single, ...named });
  expect(dokploy).toMatchObject({ url: "https://home.example.com" });
  expect(dokploys).toEqual({
    routes: {
      names: ["", "production", "staging"],
      fallback: "staging",
      rules: [
        { folder: "prod", labels: {}, dokploy: "production" },
        { folder: null, labels: { tier: "test" }, dokploy: "staging" },
        { folder: "home", labels: {}, dokploy: "" },
      ],
    },
    servers: [
      {
        name: "production",
        url: "https://production.example.com",
        token: "key-of-production",
        acceptVersion: "v0.31.0",
        instance: "prod",
        traefikAddress: "203.0.113.9",
        workers: 8,
        requests: 2,
      },
      {
        name: "staging",
        url: "https://staging.example.com",
        token: "key-of-staging",
        acceptVersion: null,
        instance: "staging",
        traefikAddress: null,
        workers: null,
        requests: null,
      },
    ],
  });
});

test("without a default stacks go to that of DOKPLOY_URL, or have to say where", () => {
  const text = good.replace("default: staging\n", "").replace(/map:[^]*/, "");
  expect(read(text).config({ ...single, ...named }).dokploys?.routes.fallback).toBe("");
  expect(read(text).config(named).dokploys?.routes).toMatchObject({
    fallback: null,
    names: ["production", "staging"],
  });
});

describe("mistakes", () => {
  const told = (text: string, env = named) => read(text).problems(env);

  test("of the file itself", () => {
    expect(read(good).problems({ DOKPLOY_SERVERS_FILE: "/none.yaml" })).toEqual([
      "DOKPLOY_SERVERS_FILE names a file that cannot be read (ENOENT); check path and rights",
    ]);
    expect(told("servers: [\n")).toEqual([
      expect.stringMatching(
        /^DOKPLOY_SERVERS_FILE names a file that is not YAML in line \d; mend it$/,
      ),
    ]);
    expect(told("")).toEqual([
      "DOKPLOY_SERVERS_FILE: servers must be a list of one server or more",
    ]);
  });

  test("of what it says, all at once", () => {
    const text = `default: nowhere
servers:
  - { name: a, url: "https://a.example.com", tokenFile: /keys/none }
  - { name: a, url: "https://a.example.com", tokenFile: /keys/staging }
map:
  - { folder: x, dokploy: b }
`;
    expect(told(text)).toEqual([
      "DOKPLOY_SERVERS_FILE: two servers have the name a; change one",
      "DOKPLOY_SERVERS_FILE: two servers have the url https://a.example.com; change one",
      "DOKPLOY_SERVERS_FILE: two servers have the instance a; change one",
      "DOKPLOY_SERVERS_FILE: default names nowhere, which is no server of it; known are a",
      "DOKPLOY_SERVERS_FILE: map[0].dokploy names b, which is no server of it; known are a",
      "DOKPLOY_SERVERS_FILE: the tokenFile of a cannot be read (ENOENT); check path and rights",
    ]);
  });

  test("of values, with their places", () => {
    const text = `servers:
  - { name: A, url: "ftp://a", tokenFile: "", limits: { workers: 0 }, token: secret-key }
map: [{ dokploy: A }]
`;
    const problems = told(text);
    expect(problems.map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
      "DOKPLOY_SERVERS_FILE: servers[0].name",
      "DOKPLOY_SERVERS_FILE: servers[0].url",
      "DOKPLOY_SERVERS_FILE: servers[0].tokenFile",
      "DOKPLOY_SERVERS_FILE: servers[0].limits.workers",
      "DOKPLOY_SERVERS_FILE: servers[0]",
      "DOKPLOY_SERVERS_FILE: map[0]",
    ]);
    expect(problems.join("\n")).not.toContain("secret-key");
  });

  test("that the surroundings make: the name, address or instance of another", () => {
    const text = good.replaceAll("name: production", "name: default");
    expect(told(text)).toContain(
      "DOKPLOY_SERVERS_FILE: default is the name of that of DOKPLOY_URL; choose another",
    );
    const env = { ...named, ...single, DOKPLOY_URL: "https://staging.example.com" };
    expect(told(good, { ...env, CAPSTAN_INSTANCE: "prod" } as typeof named)).toEqual([
      "DOKPLOY_SERVERS_FILE: two servers have the url https://staging.example.com; change one",
      "DOKPLOY_SERVERS_FILE: two servers have the instance prod; change one",
    ]);
  });
});
