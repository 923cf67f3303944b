// What a check of a name finds, for each way in which name servers can answer.
import { describe, expect, test } from "vitest";
import { checkLabel, checkName, checkWildcard } from "../../../src/engine/dns/check.ts";
import type { CheckDeps } from "../../../src/engine/dns/check.ts";
import { CapstanError } from "../../../src/lib/errors.ts";
import type { Zone } from "../../../src/model/dns.ts";
import type { NameServers } from "../../../src/ports-dns.ts";

const target = "203.0.113.7";
const zone: Zone = {
  name: "example.com",
  nameServers: ["ns1.example.net", "ns2.example.net"],
  delegated: true,
};
const addresses: Readonly<Record<string, readonly string[]>> = {
  "ns1.example.net": ["192.0.2.1"],
  "ns2.example.net": ["192.0.2.2"],
  "traefik.example.com": [target, "2001:db8::7"],
};
const down = new CapstanError("unavailable", "the name server cannot be asked: it does not answer");

/** What each server's address says; null: it does not answer. */
function serversThat(
  say: Readonly<Record<string, readonly string[] | null>>,
  asked: string[] = [],
): NameServers {
  return {
    async addressesOf(host) {
      return addresses[host] ?? [];
    },
    async ask(server, name, family) {
      asked.push(`${server} ${name} ${family}`);
      const values = say[server] ?? null;
      if (values === null) throw down;
      return values.filter((value) => value.includes(":") === (family === 6));
    },
    zoneOf: () => Promise.reject(new Error("nobody asks for it")),
  };
}

const both = (...values: readonly string[]) =>
  serversThat({ "192.0.2.1": values, "192.0.2.2": values });

function wildcard(nameServers: NameServers, more: Partial<CheckDeps> = {}) {
  return checkWildcard({
    zone,
    target,
    nameServers,
    suffix: "ai.example.com",
    label: "capstan-check-1",
    ...more,
  });
}

test("passes when all of them give the address of Traefik, asked with a name that nobody uses", async () => {
  const asked: string[] = [];
  const nameServers = serversThat({ "192.0.2.1": [target], "192.0.2.2": [target] }, asked);
  expect(await wildcard(nameServers)).toEqual({
    status: "pass",
    name: "capstan-check-1.ai.example.com",
    expected: [target],
    what: "*.ai.example.com resolves to 203.0.113.7 at all of the name servers of example.com",
    next: null,
    answers: [
      { server: "ns1.example.net", values: [target], error: null },
      { server: "ns2.example.net", values: [target], error: null },
    ],
  });
  expect(asked).toEqual([
    "192.0.2.1 capstan-check-1.ai.example.com 4",
    "192.0.2.1 capstan-check-1.ai.example.com 6",
    "192.0.2.2 capstan-check-1.ai.example.com 4",
    "192.0.2.2 capstan-check-1.ai.example.com 6",
  ]);
});

test("knows an IPv6 address of Traefik in whatever form", async () => {
  const found = await wildcard(both("2001:db8::7"), { target: "2001:DB8:0::7" });
  expect(found).toMatchObject({ status: "pass", expected: ["2001:db8::7"] });
});

test("follows a name in TRAEFIK_IP, and takes all of its addresses", async () => {
  const named = { target: "traefik.example.com" };
  expect(await wildcard(both(target, "2001:db8::7"), named)).toMatchObject({
    status: "pass",
    expected: [target, "2001:db8::7"],
    what: expect.stringContaining("resolves to 203.0.113.7, 2001:db8::7 at all of"),
  });
  // Visitors who have IPv6 have IPv4 as well.
  expect((await wildcard(both(target), named)).status).toBe("pass");
});

describe("fails", () => {
  test("when nothing answers for the name", async () => {
    const found = await wildcard(both());
    expect(found.status).toBe("fail");
    expect(found.what).toBe("*.ai.example.com has no address at the name servers of example.com");
    expect(found.next).toBe("create the A record *.ai.example.com with the value 203.0.113.7");
  });

  test("when it leads elsewhere", async () => {
    const found = await wildcard(both("203.0.113.99"));
    expect(found.status).toBe("fail");
    expect(found.what).toBe("*.ai.example.com resolves to 203.0.113.99, not to 203.0.113.7");
    expect(found.next).toContain("or TRAEFIK_IP");
  });

  test("when it has an address of the other family alone", async () => {
    const found = await wildcard(both("2001:db8::99"));
    expect(found).toMatchObject({
      status: "fail",
      what: "*.ai.example.com has no IPv4 address at the name servers of example.com, only 2001:db8::99",
      next: "create the A record *.ai.example.com with the value 203.0.113.7",
    });
    const other = await wildcard(both("203.0.113.99"), { target: "2001:db8::7" });
    expect(other).toMatchObject({
      status: "fail",
      what: "*.ai.example.com has no IPv6 address at the name servers of example.com, only 203.0.113.99",
      next: "create the AAAA record *.ai.example.com with the value 2001:db8::7",
    });
    const named = await wildcard(both("2001:db8::7"), { target: "traefik.example.com" });
    expect(named).toMatchObject({
      status: "fail",
      next: "create the A record *.ai.example.com with the value 203.0.113.7",
    });
  });

  test("when IPv4 leads elsewhere and only IPv6 leads to Traefik", async () => {
    const found = await wildcard(both("203.0.113.99", "2001:db8::7"), {
      target: "traefik.example.com",
    });
    expect(found.status).toBe("fail");
    expect(found.what).toBe("*.ai.example.com resolves to 203.0.113.99, not to 203.0.113.7");
    expect(found.next).toContain("change the A record");
  });

  test("when the zone has no name servers", async () => {
    const found = await wildcard(both(target), { zone: { ...zone, nameServers: [] } });
    expect(found).toMatchObject({
      status: "fail",
      what: "the zone example.com has no name servers",
    });
  });
});

describe("warns", () => {
  test("when some requests would go elsewhere", async () => {
    const found = await wildcard(both("203.0.113.99", target));
    expect(found.status).toBe("warn");
    expect(found.what).toContain("resolves to 203.0.113.7, and to 203.0.113.99 as well");
  });

  test.each([
    [target, "2001:db8::99", "AAAA", "IPv6"],
    ["2001:db8::7", "203.0.113.99", "A", "IPv4"],
  ])("when Traefik is %s and the name has %s as well", async (right, other, type, family) => {
    const found = await wildcard(both(right, other), { target: right });
    expect(found).toMatchObject({
      status: "warn",
      what: `*.ai.example.com resolves to ${right}, and for visitors who use ${family} to ${other}`,
      next: `remove the ${type} record that answers for *.ai.example.com; if ${other} is Traefik's as well, set TRAEFIK_IP to a host name with both addresses`,
    });
  });

  test("when visitors who use IPv6 go elsewhere than Traefik's address there", async () => {
    const named = { target: "traefik.example.com" };
    const found = await wildcard(both(target, "2001:db8::99"), named);
    expect(found.status).toBe("warn");
    expect(found.what).toContain("resolves to 203.0.113.7, and to 2001:db8::99 as well");
    expect(found.next).toContain("remove the other addresses");
  });

  test("when one server alone gives an address of the other family", async () => {
    const found = await wildcard(
      serversThat({ "192.0.2.1": [target], "192.0.2.2": [target, "2001:db8::99"] }),
    );
    expect(found.status).toBe("warn");
    expect(found.what).toContain("ns2.example.net says 203.0.113.7, 2001:db8::99");
  });

  test("when a server answers for one family alone", async () => {
    const answering = both(target);
    const found = await wildcard({
      ...answering,
      ask: (server, name, family) =>
        family === 6 ? Promise.reject(down) : answering.ask(server, name, family),
    });
    expect(found.status).toBe("warn");
    expect(found.what).toContain("resolves to 203.0.113.7, but ns1.example.net cannot be asked");
    const error = `for IPv6 ${down.message}`;
    expect(found.answers[0]).toEqual({ server: "ns1.example.net", values: [target], error });
  });

  test.each([
    ["another address", ["203.0.113.99"]],
    ["nothing", []],
  ])("when one of them still says %s", async (_, old) => {
    const found = await wildcard(serversThat({ "192.0.2.1": [target], "192.0.2.2": old }));
    expect(found.status).toBe("warn");
    expect(found.what).toContain(
      "do not agree on *.ai.example.com: ns1.example.net says 203.0.113.7",
    );
    expect(found.next).toContain("a few minutes");
  });

  test("when one of them does not answer", async () => {
    const found = await wildcard(serversThat({ "192.0.2.1": [target] }));
    expect(found.status).toBe("warn");
    expect(found.what).toContain("ns2.example.net cannot be asked");
    expect(found.answers[1]).toEqual({
      server: "ns2.example.net",
      values: null,
      error: down.message,
    });
  });

  test("and does not blame the zone when none can be asked", async () => {
    const found = await wildcard(serversThat({}));
    expect(found.status).toBe("warn");
    expect(found.what).toContain("none of the name servers of example.com can be asked");
    expect(found.next).toContain("port 53");
  });

  test("when a name server's own name leads nowhere", async () => {
    const lost = { ...zone, nameServers: ["ns1.example.net", "ns9.example.net"] };
    const found = await wildcard(both(target), { zone: lost });
    expect(found.status).toBe("warn");
    expect(found.what).toContain("ns9.example.net cannot be asked: it has no address");
  });

  test("when the domain does not point to the name servers that are right", async () => {
    const found = await wildcard(both(target), { zone: { ...zone, delegated: false } });
    expect(found.status).toBe("warn");
    expect(found.next).toContain("registrar, and no others: ns1.example.net, ns2.example.net");
  });

  test("when nobody says what would be right", async () => {
    expect(await wildcard(both(target), { target: null })).toMatchObject({
      status: "warn",
      expected: [],
      next: "set TRAEFIK_IP to the public address of Traefik",
    });
    const unknown = await wildcard(both(target), { target: "dokploy-traefik" });
    expect(unknown.what).toContain("TRAEFIK_IP (dokploy-traefik) has no address");
  });
});

test("tries a server's other addresses when one does not answer", async () => {
  const nameServers: NameServers = {
    ...serversThat({ "2001:db8::1": [target] }),
    addressesOf: async () => ["192.0.2.1", "2001:db8::1"],
  };
  expect(
    (await checkName({ zone, target, nameServers, name: "alice.ai.example.com" })).status,
  ).toBe("pass");
});

test("labels are names of eight characters more, for every number", () => {
  for (const random of [0, 0.5, 0.999_999_999_999]) {
    expect(checkLabel(random)).toMatch(/^capstan-check-[a-z0-9]{8}$/);
  }
  expect(checkLabel(0.1)).not.toBe(checkLabel(0.2));
});
