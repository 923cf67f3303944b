// One look at one host: what each way of being wrong is called, and that nothing is asked that may not be.
import { describe, expect, test } from "vitest";
import { lookAtHost } from "../../../src/engine/hosts/look-at-host.ts";
import type { HostTarget } from "../../../src/engine/hosts/host-targets.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { CapstanError } from "../../../src/lib/errors.ts";
import type { Zone } from "../../../src/model/dns.ts";
import type { NameServers } from "../../../src/ports-dns.ts";
import type { HostAnswer, HostAsk, ShownCertificate } from "../../../src/ports-hosts.ts";

const dayMs = 86_400_000;
const nowMs = Date.parse("2026-11-29T12:00:00Z");
const traefik = "203.0.113.7";
const zone: Zone = { name: "example.com", nameServers: ["ns1.example.net"], delegated: true };
const good: ShownCertificate = {
  endsAtMs: nowMs + 60 * dayMs,
  distrust: null,
  names: ["shop.example.com"],
};
const target: HostTarget = {
  ...{ host: "shop.example.com", isManaged: true, https: true },
  ...{ path: "/", expected: null, target: traefik },
};

interface World {
  readonly target?: Partial<HostTarget>;
  /** By server's address; an error: it does not answer. */
  readonly says?: readonly string[] | Error;
  readonly serverAddresses?: readonly string[];
  readonly traefik?: string | null;
  readonly ownZone?: Zone | null;
  readonly publicZone?: Zone | null;
  readonly shown?: ShownCertificate | Error;
  readonly said?: HostAnswer | Error;
}

async function look(world: World = {}) {
  const asked: string[] = [];
  const known: string[] = [];
  const orThrow = <T>(value: T | Error): T => {
    if (value instanceof Error) throw value;
    return value;
  };
  const nameServers: NameServers = {
    addressesOf: async (host) =>
      host === "traefik.internal" ? ["10.0.0.9"] : (world.serverAddresses ?? ["198.51.100.53"]),
    async ask(server, _name, family) {
      known.push(server);
      const values = orThrow(world.says ?? [traefik]);
      return values.filter((value) => value.includes(":") === (family === 6));
    },
    zoneOf: async () => (world.publicZone === undefined ? zone : world.publicZone),
  };
  const findings = await lookAtHost(
    { ...target, ...world.target },
    {
      settings: {
        traefik: world.traefik === undefined ? traefik : world.traefik,
        ports: { http: 80, https: 443 },
      },
      dns: world.ownZone === null ? null : { zone: async () => world.ownZone ?? zone },
      nameServers,
      probe: {
        async certificate(ask: HostAsk) {
          asked.push(`certificate ${ask.address}:${ask.port}`);
          return orThrow(world.shown ?? good);
        },
        async answer(ask) {
          asked.push(`answer ${ask.address}:${ask.port}${ask.path}`);
          return orThrow(world.said ?? { status: 200, isNoRoute: false });
        },
      },
      clock: { ...systemClock, now: () => nowMs },
    },
  );
  return { findings, asked, known };
}

const down = new CapstanError("unavailable", "nobody answers there");
const reasons = async (world: World) => {
  const { Resolves, Certificate, Answers } = (await look(world)).findings;
  return [Resolves, Certificate, Answers].map(({ status, reason }) => `${status} ${reason}`);
};
const fine = ["True Resolves", "True Valid", "True Answers"];

test("all is well", async () => {
  expect(await reasons({})).toEqual(fine);
});

describe("the name", () => {
  test.each<[string, World, string]>([
    ["has no address", { says: [] }, "False NoAddress"],
    ["leads elsewhere", { says: ["198.51.100.5"] }, "False WrongAddress"],
    ["cannot be asked for", { says: down }, "Unknown NameServersSilent"],
    [
      "leads to an IPv6 address elsewhere besides",
      { says: [traefik, "2001:db8::9"] },
      "True Resolves",
    ],
    ["is in no zone", { ownZone: null, publicZone: null }, "False NoZone"],
    [
      "is in a zone that nobody finds",
      { ownZone: { ...zone, delegated: false } },
      "False NotDelegated",
    ],
    [
      "has nothing to be compared with",
      { target: { target: null, isManaged: false }, traefik: null },
      "Unknown NoTarget",
    ],
  ])("%s", async (_what, world, finding) => {
    expect((await reasons(world))[0]).toBe(finding);
  });
});

describe("the certificate", () => {
  const shown = (more: Partial<ShownCertificate>): World => ({ shown: { ...good, ...more } });
  test.each<[string, World, string, string]>([
    [
      "ends soon",
      shown({ endsAtMs: nowMs + 9.5 * dayMs }),
      "False EndsSoon",
      "2026-12-09, in 9 days",
    ],
    [
      "lasts a fortnight",
      shown({ endsAtMs: nowMs + 14 * dayMs }),
      "True Valid",
      "until 2026-12-13",
    ],
    [
      "ended",
      shown({ endsAtMs: nowMs - 1, distrust: "CERT_HAS_EXPIRED" }),
      "False Expired",
      "ended on",
    ],
    [
      "is another's",
      shown({ distrust: "ERR_TLS_CERT_ALTNAME_INVALID", names: ["blog.example.com"] }),
      "False WrongName",
      "is for blog.example.com",
    ],
    [
      "is Traefik's own",
      shown({ distrust: "DEPTH_ZERO_SELF_SIGNED_CERT", names: ["TRAEFIK DEFAULT CERT"] }),
      "False NotTrusted",
      "DEPTH_ZERO_SELF_SIGNED_CERT",
    ],
    ["is not shown", { shown: down }, "False NoAnswer", "nobody answers there"],
    ["is not wanted", { target: { https: false } }, "True PlainHttp", "over HTTP"],
  ])("%s", async (_what, world, finding, words) => {
    const { Certificate } = (await look(world)).findings;
    expect(`${Certificate.status} ${Certificate.reason}`).toBe(finding);
    expect(Certificate.message).toContain(words);
  });
});

describe("the answer", () => {
  const said = (status: number, isNoRoute = false): World => ({ said: { status, isNoRoute } });
  test.each<[string, World, string]>([
    ["401 is an answer", said(401), "True Answers"],
    ["404 of the application is one", said(404), "True Answers"],
    ["404 of Traefik is none", said(404, true), "False NoRoute"],
    ["502 is none", said(502), "False ServerError"],
    ["nobody answers", { said: down }, "False NoAnswer"],
    [
      "the status that is expected",
      { ...said(404, true), target: { expected: 404 } },
      "True Answers",
    ],
    ["another one", { ...said(200), target: { expected: 204 } }, "False UnexpectedStatus"],
  ])("%s", async (_what, world, finding) => {
    expect((await reasons(world))[2]).toBe(finding);
  });
});

describe("where it is asked", () => {
  test("at the target alone, on Traefik's ports, whatever the name resolves to", async () => {
    const { asked } = await look({ says: ["198.51.100.5"], target: { path: "/up" } });
    expect(asked).toEqual([`certificate ${traefik}:443`, `answer ${traefik}:443/up`]);
    const plain = await look({ target: { https: false } });
    expect(plain.asked).toEqual([`answer ${traefik}:80/`]);
  });

  test.each([
    "10.0.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "192.168.1.1",
    "::1",
    "fd00::1",
    "64:ff9b::a00:1",
  ])("never at %s that a manifest names", async (address) => {
    const { asked, findings } = await look({ target: { target: address }, says: [address] });
    expect(asked).toEqual([]);
    expect(findings.Answers).toMatchObject({ status: "Unknown", isNotAsked: true });
    expect(findings.Certificate).toMatchObject({ status: "Unknown", isNotAsked: true });
  });

  test("at a private address that the operator names as Traefik's", async () => {
    const own = await look({ target: { target: "10.0.0.1" }, traefik: "10.0.0.1" });
    expect(own.asked).toHaveLength(2);
    const named = await look({
      ...{ target: { target: "traefik.internal" }, traefik: "traefik.internal" },
      says: ["10.0.0.9"],
    });
    expect(named.asked[0]).toBe("certificate 10.0.0.9:443");
    expect(named.findings.Resolves.status).toBe("True");
  });

  test("without TRAEFIK_IP where the name leads, if that is public", async () => {
    const world = { traefik: null, target: { target: null, isManaged: false } };
    expect((await look({ ...world, says: ["198.51.100.5"] })).asked).toHaveLength(2);
    expect((await look({ ...world, says: ["192.168.0.1"] })).asked).toEqual([]);
    expect((await look({ ...world, says: [] })).asked).toEqual([]);
  });

  test("name servers inside the network only of the provider's own zone", async () => {
    const inside = { serverAddresses: ["10.0.0.53"] };
    expect((await look(inside)).known).toContain("10.0.0.53");
    const strange = await look({ ...inside, ownZone: null });
    expect(strange.known).toEqual([]);
    expect(strange.findings.Resolves.status).toBe("Unknown");
  });
});
