// The DNS provider of the environment: what is said, and every mistake at once.
import { expect, test } from "vitest";
import type { DnsConfig } from "../../src/config-dns.ts";
import type { Environment } from "../../src/config-environment.ts";
import { reading } from "./reading.ts";

const { config, problems } = reading(() => "ZnJvbSBhIGZpbGU=\n");
const dns = (env: Environment): DnsConfig | null => config(env).dns;

const server = {
  RFC2136_SERVER: "ns1.example.com",
  RFC2136_KEY_NAME: "Capstan.",
  RFC2136_KEY_SECRET: "c2VjcmV0",
};

test("without a provider there is none", () => {
  expect(dns({})).toBeNull();
  expect(dns({ STACK_DOMAIN_SUFFIX: "ai.example.com" })).toBeNull();
});

test("Hetzner is what its token says; the zone may be named by number or name", () => {
  const hetzner = { kind: "hetzner", url: "https://api.hetzner.cloud/v1", token: "abc" };
  expect(dns({ HETZNER_API_TOKEN: "abc" })).toEqual({ ...hetzner, zoneId: null });
  const named = { HETZNER_API_TOKEN: "abc", HETZNER_ZONE_ID: "4200" };
  expect(dns(named)).toEqual({ ...hetzner, zoneId: "4200" });
  expect(dns({ ...named, HETZNER_ZONE_ID: "Example.COM." })).toMatchObject({
    zoneId: "example.com",
  });
});

test.each([
  ["ns1.example.com", "ns1.example.com", 53],
  ["ns1.example.com:5353", "ns1.example.com", 5_353],
  ["203.0.113.53", "203.0.113.53", 53],
  ["[2001:db8::53]:5353", "2001:db8::53", 5_353],
  ["2001:db8::53", "2001:db8::53", 53],
])("the name server %s is %s on %i", (text, host, port) => {
  expect(dns({ ...server, RFC2136_SERVER: text })).toEqual({
    kind: "rfc2136",
    host,
    port,
    zone: null,
    keyName: "capstan",
    keySecret: "c2VjcmV0",
    keyAlgorithm: "hmac-sha256",
  });
});

test("secrets may stand in files", () => {
  const env = { ...server, RFC2136_KEY_SECRET: "", RFC2136_KEY_SECRET_FILE: "/run/key" };
  expect(dns(env)).toMatchObject({ keySecret: "ZnJvbSBhIGZpbGU=" });
  expect(dns({ HETZNER_API_TOKEN_FILE: "/run/token" })).toMatchObject({
    token: "ZnJvbSBhIGZpbGU=",
  });
});

test.each<[Environment, string]>([
  [{ HETZNER_API_TOKEN: "two words" }, "HETZNER_API_TOKEN must be one word"],
  [{ HETZNER_ZONE_ID: "4200" }, "HETZNER_API_TOKEN is missing beside HETZNER_ZONE_ID"],
  [
    { HETZNER_API_TOKEN: "t", HETZNER_ZONE_ID: "oH7xFebR6nLllgTnaG8CHx" },
    "HETZNER_ZONE_ID must be the zone's number",
  ],
  [{ HETZNER_API_TOKEN: "t", HETZNER_API_URL: "api.hetzner.cloud" }, "HETZNER_API_URL must be"],
  [{ ...server, HETZNER_API_TOKEN: "t" }, "RFC2136_SERVER and HETZNER_API_TOKEN are both set"],
  [{ ...server, RFC2136_SERVER: "ns1:99999" }, "RFC2136_SERVER must be an address"],
  [{ ...server, RFC2136_SERVER: "http://ns1" }, "RFC2136_SERVER must be an address"],
  [{ ...server, RFC2136_KEY_SECRET: "not base64!" }, "RFC2136_KEY_SECRET must be Base64"],
  [{ ...server, RFC2136_KEY_NAME: "a b" }, "RFC2136_KEY_NAME must be a domain"],
  [{ ...server, RFC2136_ZONE: "-" }, "RFC2136_ZONE must be a domain"],
  [{ ...server, RFC2136_KEY_ALGORITHM: "hmac-md5" }, "RFC2136_KEY_ALGORITHM must be one of"],
  [{ RFC2136_KEY_NAME: "k" }, "RFC2136_SERVER is missing beside RFC2136_KEY_NAME"],
])("%o is a problem: %s", (env, problem) => {
  expect(problems(env)).toEqual([expect.stringContaining(problem)]);
});

test("all that is missing is told at once, and a wrong value is not missing as well", () => {
  expect(problems({ RFC2136_SERVER: "ns1" })).toEqual([
    expect.stringContaining("RFC2136_KEY_NAME is missing"),
    expect.stringContaining("RFC2136_KEY_SECRET is missing"),
  ]);
  expect(problems({ RFC2136_SERVER: "ns1:0", RFC2136_KEY_SECRET: "!" })).toEqual([
    expect.stringContaining("RFC2136_SERVER must be"),
    expect.stringContaining("RFC2136_KEY_SECRET must be"),
    expect.stringContaining("RFC2136_KEY_NAME is missing"),
  ]);
});

test("no problem shows a secret", () => {
  const told = problems({ HETZNER_API_TOKEN: "se cret", RFC2136_KEY_SECRET: "sec!ret" }).join();
  expect(told).not.toMatch(/se cret|sec!ret/);
});

test("records of all hosts are managed only with a provider and an address to point to", () => {
  const hetzner = { HETZNER_API_TOKEN: "abc", DNS_MANAGED: "true" };
  expect(config({ ...hetzner, TRAEFIK_IP: "203.0.113.7:8080" }).dnsManaged).toBe(true);
  expect(config({ ...hetzner, TRAEFIK_IP: "[2001:db8::7]" }).dnsManaged).toBe(true);
  expect(config({ HETZNER_API_TOKEN: "abc" }).dnsManaged).toBe(false);
  const address =
    "TRAEFIK_IP must be an IP address beside DNS_MANAGED: the records of all stacks point to it";
  expect(problems(hetzner)).toEqual([address]);
  expect(problems({ ...hetzner, TRAEFIK_IP: "traefik.example.com" })).toEqual([address]);
  expect(problems({ DNS_MANAGED: "true", TRAEFIK_IP: "203.0.113.7" })).toEqual([
    "HETZNER_API_TOKEN or RFC2136_SERVER is missing beside DNS_MANAGED; set one of them",
  ]);
  expect(problems({ DNS_MANAGED: "yes" })).toEqual(["DNS_MANAGED must be true or false"]);
});

test("hosts are checked every five minutes, as often as is said, or never", () => {
  expect(config({}).hostChecks).toEqual({ intervalMs: 300_000 });
  expect(config({ HOST_CHECK_INTERVAL: "90s" }).hostChecks).toEqual({ intervalMs: 90_000 });
  expect(config({ HOST_CHECK_INTERVAL: "off" }).hostChecks).toBeNull();
  for (const wrong of ["5s", "no", "0"]) {
    expect(problems({ HOST_CHECK_INTERVAL: wrong })).toEqual([
      "HOST_CHECK_INTERVAL must be off, or a duration of 30s or more, such as 5m",
    ]);
  }
});
