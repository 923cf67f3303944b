// Asking name servers directly, with a real one.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createNameServers } from "../../src/dns/name-servers.ts";
import { checkWildcard } from "../../src/engine/dns/check.ts";
import type { NameServers } from "../../src/ports-dns.ts";
import { failure } from "../forge/support.ts";
import { findNameServer, startNameServer } from "../support/name-server.ts";
import type { RunningNameServer } from "../support/name-server.ts";
import { freePort } from "../support/free-port.ts";

const kind = (["knot", "bind"] as const).find((one) => findNameServer(one) !== null);
if (kind === undefined) {
  process.stdout.write("name servers are not asked: none is installed (apt-get install knot)\n");
}

describe.skipIf(kind === undefined)("a name server", () => {
  let server: RunningNameServer;
  let servers: NameServers;
  beforeAll(async () => {
    server = await startNameServer(kind!, [
      "*.ai A 203.0.113.7",
      "*.ai AAAA 2001:db8::7",
      "*.four A 203.0.113.7",
      "two A 203.0.113.9",
      "two A 203.0.113.8",
      "near CNAME two",
      "far CNAME localhost.",
      "text TXT hello",
    ]);
    servers = createNameServers({ port: server.port });
  });
  afterAll(() => server.close());

  test.each([
    ["alice.ai", 4, ["203.0.113.7"]],
    ["alice.ai", 6, ["2001:db8::7"]],
    ["two", 4, ["203.0.113.8", "203.0.113.9"]],
    ["two", 6, []],
    ["near", 4, ["203.0.113.8", "203.0.113.9"]],
    ["far", 4, ["127.0.0.1"]],
    ["text", 4, []],
    ["nobody", 4, []],
  ] as const)("says of %s (IPv%i) %j", async (name, family, values) => {
    expect(await servers.ask("127.0.0.1", `${name}.example.test`, family)).toEqual(values);
  });

  test("that does not serve the zone is an error, not an absence", async () => {
    const error = await failure(servers.ask("127.0.0.1", "alice.example.org", 4), "unavailable");
    expect(error.message).toContain("it does not answer for this zone");
  });

  test("leads from a name to its zone", async () => {
    const resolvers = [`127.0.0.1:${server.port}`];
    const world = createNameServers({ resolvers });
    const zone = { name: "example.test", delegated: true };
    expect(await world.zoneOf("alice.ai.example.test")).toMatchObject({
      ...zone,
      nameServers: ["ns1.example.test", "ns2.example.test"],
    });
    expect(await world.zoneOf("example.test")).toMatchObject(zone);
    expect(await world.zoneOf("localhost")).toBeNull();
    await failure(world.zoneOf("alice.example.org"), "unavailable");
  });

  test("that is not there is an error", async () => {
    const nobody = createNameServers({ port: await freePort() });
    const error = await failure(nobody.ask("127.0.0.1", "two.example.test", 4), "unavailable");
    expect(error.message).toContain("127.0.0.1 cannot be asked");
  });

  test("is asked whether the wildcard leads to Traefik", async () => {
    const zone = { name: server.zone, nameServers: ["ns1.example.test"], delegated: null };
    const nameServers = { ...servers, addressesOf: async () => ["127.0.0.1"] };
    const deps = { zone, nameServers, suffix: "ai.example.test", label: "capstan-check-1" };
    const four = { ...deps, suffix: "four.example.test" };
    expect((await checkWildcard({ ...four, target: "203.0.113.7" })).status).toBe("pass");
    expect(await checkWildcard({ ...deps, target: "203.0.113.7" })).toMatchObject({
      status: "warn",
      what: expect.stringContaining("and for visitors who use IPv6 to 2001:db8::7"),
    });
    expect((await checkWildcard({ ...deps, target: "203.0.113.8" })).status).toBe("fail");
    expect(
      await checkWildcard({ ...deps, suffix: "other.example.test", target: null }),
    ).toMatchObject({ status: "fail", what: expect.stringContaining("has no address") });
  });
});

test("names of this machine have addresses, IPv4 first; unknown ones none", async () => {
  const servers = createNameServers();
  expect((await servers.addressesOf("localhost"))[0]).toBe("127.0.0.1");
  expect(await servers.addressesOf("127.0.0.1")).toEqual(["127.0.0.1"]);
});

test("a machine of CI without a name server fails, any other one goes without", () => {
  expect(() => findNameServer("knot", { CI: "true" }, () => false)).toThrow("no knot is installed");
  expect(findNameServer("bind", {}, () => false)).toBeNull();
});
