// how-to/dns.md, with a real name server for its zone, and a controller that asks hosts as visitors do.
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { createHetzner } from "../../src/dns/hetzner.ts";
import { createHostProbe } from "../../src/hosts/probe.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { httpClient } from "../../src/lib/http.ts";
import { silentLogger } from "../../src/lib/logger.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import type { NameServers } from "../../src/ports-dns.ts";
import { installedKinds } from "../dns/rfc2136-support.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import { startFakeHetzner } from "../support/fake-hetzner.ts";
import { conditionOf, isReady } from "../support/looks.ts";
import { startNameServer } from "../support/name-server.ts";
import { simpleStack } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { serveEngine } from "../support/serve-engine.ts";
import { startStandInProxy } from "../support/stand-in-proxy.ts";
import type { StandInProxy } from "../support/stand-in-proxy.ts";
import { createTestAuthority } from "../support/test-authority.ts";
import { until } from "../support/until.ts";
import { walkOf } from "./walk.ts";

const traefik = "127.0.0.1";
const host = "shop.example.com";

/** A controller with one managed host, and Traefik in front of it, whose certificate ends in nine days. */
async function startShop(): Promise<{
  readonly scenario: Scenario;
  readonly proxy: StandInProxy;
  readonly renew: () => void;
}> {
  const authority = await createTestAuthority();
  onTestFinished(() => authority.close());
  const [ending, renewed] = [await authority.issue([host], 10), await authority.issue([host], 60)];
  const proxy = await startStandInProxy(ending);
  onTestFinished(() => proxy.close());
  proxy.answers.set(host, 200);
  const hetzner = await startFakeHetzner();
  onTestFinished(() => hetzner.close());
  const nameServers: NameServers = {
    addressesOf: async () => ["198.51.100.53"],
    ask: async (_server, of, family) =>
      hetzner.values(
        "example.com",
        of.replace(/\.example\.com$/, ""),
        family === 4 ? "A" : "AAAA",
      ) ?? [],
    zoneOf: async () => null,
  };
  const scenario = await createFastScenario({
    dns: createHetzner({
      ...{ url: hetzner.api, token: hetzner.token, zoneId: "example.com", below: null },
      ...{ instance: "default", http: httpClient, clock: systemClock, random: () => 0.5 },
      ...{ logger: silentLogger, redactor: createRedactor() },
    }),
    hosts: { hostProbe: createHostProbe({ ca: authority.ca }), nameServers },
    engine: {
      records: { managed: false, target: traefik },
      hosts: { traefik, ports: proxy.ports, intervalMs: 20_000 },
    },
  });
  onTestFinished(() => scenario.close());
  await scenario.push({
    "shop.yaml": simpleStack("shop", {
      host: null,
      extra: `      domains: [ { host: ${host}, port: 8080, https: true, dns: managed } ]`,
    }),
  });
  scenario.engine().start();
  const renew = (): void => {
    proxy.certificate = renewed;
  };
  return { scenario, proxy, renew };
}

const [kind] = installedKinds();

test.skipIf(kind === undefined)(
  "how-to/dns.md: records are made, checked and removed, and hosts are looked at",
  async () => {
    const zone = ["alice.ai A 203.0.113.1"];
    const server = await startNameServer(kind ?? "knot", zone, "example.com");
    onTestFinished(() => server.close());
    const walk = await walkOf("how-to/dns.md", {
      environment: {
        RFC2136_SERVER: `127.0.0.1:${server.port}`,
        RFC2136_KEY_NAME: server.key.name,
        RFC2136_KEY_SECRET: server.key.secret,
        STACK_DOMAIN_SUFFIX: "ai.example.com",
        TRAEFIK_IP: "203.0.113.7",
        NAME_SERVER_PORT: String(server.port),
        NODE_OPTIONS: `--import=${fileURLToPath(new URL("name-servers-here.ts", import.meta.url))}`,
      },
      // The day on which these lines were written, and Traefik's address there.
      shown: (line) =>
        line
          .replaceAll(/\d{4}-\d{2}-\d{2}, in 9 days/g, "2026-12-08, in 9 days")
          .replaceAll(traefik, "203.0.113.7"),
    });
    onTestFinished(() => walk.close());

    await walk.run("capstan dns check '*'");
    await walk.run("capstan dns create '*'");
    expect(await server.resolver.resolve4("any.ai.example.com")).toEqual(["203.0.113.7"]);
    expect(await walk.prepare("capstan dns check '*'")).toMatch(/^pass /m);
    expect(await walk.run("capstan dns list")).toMatch(
      /^\*\.ai\.example\.com +A .* capstan \(default\)$/m,
    );
    expect(await walk.run("capstan dns", { then: "check alice", code: 1 })).toContain(
      "203.0.113.1",
    );
    await walk.run("capstan dns remove alice");
    expect(await server.resolver.resolve4("alice.ai.example.com")).toEqual(["203.0.113.7"]);

    const { scenario, renew } = await startShop();
    const http = await serveEngine(scenario.engine());
    onTestFinished(() => http.close());
    await walk.prepare(`export CAPSTAN_URL=${http.address}; unset NODE_OPTIONS`);
    await until(
      "it is looked at",
      () => conditionOf(scenario, "shop", "Certificate")?.reason === "EndsSoon",
    );
    await walk.run("capstan get stack shop");
    renew();
    await until("it is ready", () => isReady(scenario, "shop"));
    expect(await walk.run("capstan apply")).toContain("ready");
    walk.end();
  },
);
