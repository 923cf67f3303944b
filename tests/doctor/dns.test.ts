// What the doctor says of DNS: the provider, and the wildcard record.
import { expect, test } from "vitest";
import { lookAtAll } from "../../src/doctor/check.ts";
import { dnsChecks } from "../../src/doctor/dns.ts";
import type { DnsSetting } from "../../src/doctor/dns.ts";
import { CapstanError } from "../../src/lib/errors.ts";
import { systemClock } from "../../src/lib/clock.ts";
import type { Zone } from "../../src/model/dns.ts";

const zone: Zone = { name: "example.com", nameServers: ["ns1.example.net"], delegated: true };
const setting: DnsSetting = {
  dns: { title: "Hetzner DNS", zone: async () => zone },
  nameServers: {
    addressesOf: async () => ["192.0.2.1"],
    ask: async (_server, _name, family) => (family === 4 ? ["203.0.113.7"] : []),
    zoneOf: async () => ({ ...zone, name: "public.example.com" }),
  },
  suffix: "ai.example.com",
  target: "203.0.113.7",
  random: () => 0.5,
};

async function look(more: Partial<DnsSetting> = {}) {
  const parts = { clock: systemClock, redact: (text: string) => text };
  const found = await lookAtAll(dnsChecks({ ...setting, ...more }), parts);
  return found.map(({ id, status, message, next }) => ({ id, status, message, next }));
}

test("passes when the provider has the zone and the wildcard leads to Traefik", async () => {
  expect(await look()).toEqual([
    {
      id: "dns.provider",
      status: "pass",
      message: "Hetzner DNS has the zone example.com",
      next: null,
    },
    {
      id: "dns.wildcard",
      status: "pass",
      message: "*.ai.example.com resolves to 203.0.113.7 at all of the name servers of example.com",
      next: null,
    },
  ]);
});

test("fails with the next step when the wildcard leads nowhere", async () => {
  const nameServers = { ...setting.nameServers, ask: async () => [] };
  const [, wildcard] = await look({ nameServers });
  expect(wildcard).toMatchObject({ status: "fail", next: expect.stringContaining("create the A") });
});

test("a provider that refuses the token is a failure, and the wildcard is looked at by public DNS", async () => {
  const refused = new CapstanError("unauthorised", "Hetzner refused", { hint: "make a token" });
  const dns = { title: "Hetzner DNS", zone: () => Promise.reject(refused) };
  const [provider, wildcard] = await look({ dns });
  expect(provider).toMatchObject({ status: "fail", next: "make a token" });
  expect(wildcard).toMatchObject({
    status: "pass",
    message: expect.stringContaining("public.example.com"),
  });
});

test("without a provider, or with another zone's, public DNS tells the zone", async () => {
  const other = { title: "x", zone: async () => ({ ...zone, name: "example.org" }) };
  for (const dns of [null, other]) {
    const [, wildcard] = await look({ dns });
    expect(wildcard?.message).toContain("the name servers of public.example.com");
  }
  const nameServers = { ...setting.nameServers, zoneOf: async () => null };
  const [provider, wildcard] = await look({ dns: null, nameServers });
  expect(provider?.status).toBe("skip");
  expect(wildcard).toMatchObject({
    status: "warn",
    message: "public DNS has no zone for ai.example.com",
  });
});

test("skips what is not set up, and asks nobody then", async () => {
  const asked = () => Promise.reject(new Error("nobody asks"));
  const nameServers = { addressesOf: asked, ask: asked, zoneOf: asked };
  for (const more of [{ suffix: null }, { target: null }]) {
    const found = await look({ dns: null, nameServers, ...more });
    expect(found.map(({ status }) => status)).toEqual(["skip", "skip"]);
  }
});
