// Ready of a stack with managed hosts, end to end: the name at the zone's servers, the certificate, the answer. Git, the
// simulator of Dokploy, a stand-in of Hetzner, and one of Traefik on loopback with certificates made here.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createHetzner } from "../../src/dns/hetzner.ts";
import { createHostProbe } from "../../src/hosts/probe.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { httpClient } from "../../src/lib/http.ts";
import { silentLogger } from "../../src/lib/logger.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import type { NameServers } from "../../src/ports-dns.ts";
import { startFakeHetzner } from "../support/fake-hetzner.ts";
import type { FakeHetzner } from "../support/fake-hetzner.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import { conditionOf, isReady, statusOf } from "../support/looks.ts";
import { simpleStack } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { startStandInProxy } from "../support/stand-in-proxy.ts";
import type { StandInProxy } from "../support/stand-in-proxy.ts";
import { createTestAuthority } from "../support/test-authority.ts";
import type { KeyPair, TestAuthority } from "../support/test-authority.ts";
import { until } from "../support/until.ts";

const traefik = "127.0.0.1";
const name = "shop.example.com";
let authority: TestAuthority;
let good: KeyPair;
let ending: KeyPair;
beforeAll(async () => {
  authority = await createTestAuthority();
  [good, ending] = [await authority.issue([name], 60), await authority.issue([name], 5)];
});
afterAll(() => authority.close());

let scenario: Scenario;
let host: FakeHetzner;
let proxy: StandInProxy;
/** Whether the name servers have what the provider has. */
let isSpread: boolean;

/** Of example.com: they say what the stand-in of Hetzner holds. Others have no zone. */
const nameServers: NameServers = {
  addressesOf: () => Promise.resolve(["198.51.100.53"]),
  ask(_server, of, family) {
    const label = of.replace(/\.example\.com$/, "");
    const values = host.values("example.com", label, family === 4 ? "A" : "AAAA");
    return Promise.resolve(isSpread ? (values ?? []) : []);
  },
  zoneOf: () => Promise.resolve(null),
};

beforeEach(async () => {
  isSpread = true;
  host = await startFakeHetzner();
  proxy = await startStandInProxy(good);
  proxy.answers.set(name, 200);
  const dns = createHetzner({
    ...{ url: host.api, token: host.token, zoneId: "example.com", below: null },
    ...{ instance: "default", http: httpClient, clock: systemClock, random: () => 0.5 },
    ...{ logger: silentLogger, redactor: createRedactor() },
  });
  scenario = await createFastScenario({
    dns,
    hosts: { hostProbe: createHostProbe({ ca: authority.ca }), nameServers },
    engine: {
      records: { managed: false, target: traefik },
      hosts: { traefik, ports: proxy.ports, intervalMs: 20_000 },
    },
  });
});
afterEach(async () => {
  await scenario.close();
  await proxy.close();
  await host.close();
});

const stack = (more = "dns: managed", ofHost = name): string =>
  simpleStack("shop", {
    host: null,
    extra: `      domains: [ { host: ${ofHost}, port: 8080, https: true, ${more} } ]`,
  });
const shop = (type: "Ready" | "Synced" | "Healthy" | "Resolves" | "Certificate" | "Answers") =>
  conditionOf(scenario, "shop", type);
async function begin(manifest = stack()): Promise<void> {
  await scenario.push({ "shop.yaml": manifest });
  scenario.engine().start();
}

test("ready when the name resolves, the certificate is valid and the application answers", async () => {
  await begin();
  await until("it is ready", () => isReady(scenario, "shop"));
  expect(shop("Resolves")).toMatchObject({ status: "True", reason: "Resolves" });
  expect(shop("Resolves")?.message).toContain(`resolves to ${traefik}`);
  expect(shop("Certificate")).toMatchObject({ status: "True", reason: "Valid" });
  expect(shop("Answers")).toMatchObject({ status: "True", message: `${name} answered 200` });
});

test("not ready until the zone's own name servers have the record", async () => {
  isSpread = false;
  await begin();
  await until("it waits", () => shop("Ready")?.reason === "WaitingHost");
  await until("it was asked for", () => shop("Resolves")?.reason === "NoAddress");
  expect(shop("Resolves")?.status).toBe("False");
  expect(statusOf(scenario, "shop")?.outcome).toMatchObject({ kind: "waiting", reason: "host" });
  expect(shop("Ready")).toMatchObject({ status: "False", reason: "WaitingHost" });
  expect(shop("Ready")?.message).toContain("has no address at the name servers of example.com");
  expect(shop("Synced")?.status).toBe("True");
  expect(shop("Healthy")?.status).toBe("True");
  isSpread = true;
  await until("it is ready", () => isReady(scenario, "shop"));
});

test("not ready while the certificate is about to end, and ready when it is renewed", async () => {
  proxy.certificate = ending;
  await begin();
  await until("it waits", () => shop("Ready")?.reason === "WaitingHost");
  await until("it is seen", () => shop("Certificate")?.reason === "EndsSoon");
  expect(shop("Ready")?.message).toContain(`the certificate of ${name} ends on`);
  expect(shop("Resolves")?.status).toBe("True");
  proxy.certificate = good;
  await until("it is ready", () => isReady(scenario, "shop"));
});

test("an application that stops answering is seen later, and so is its return", async () => {
  await begin();
  await until("it is ready", () => isReady(scenario, "shop"));
  proxy.answers.set(name, 502);
  await until("it is seen", () => shop("Answers")?.reason === "ServerError");
  expect(shop("Ready")?.status).toBe("False");
  const events = scenario.engine().events();
  expect(events.some(({ message }) => message.includes(`${name} answered 502`))).toBe(true);
  proxy.answers.set(name, 204);
  await until("it is ready again", () => isReady(scenario, "shop"));
});

test("Traefik's own 404 is no answer", async () => {
  proxy.answers.delete(name);
  await begin();
  await until("it waits", () => shop("Answers")?.reason === "NoRoute");
  expect(shop("Ready")?.status).toBe("False");
});

test("the same is shown of a host that is not managed, and holds up nothing", async () => {
  proxy.answers.delete(name);
  await begin(stack("dns: none"));
  await until("it is checked", () => shop("Answers")?.status === "False");
  await until("it is ready", () => isReady(scenario, "shop"));
  expect(shop("Resolves")).toMatchObject({ status: "False", isAdvisory: true });
  expect(shop("Answers")).toMatchObject({ reason: "NoRoute", isAdvisory: true });
});

test("a pass waits for a managed host", async () => {
  await scenario.push({ "shop.yaml": stack() });
  proxy.answers.delete(name);
  setTimeout(() => proxy.answers.set(name, 200), 300);
  expect((await scenario.apply()).ok).toBe(true);
  expect(shop("Answers")?.status).toBe("True");
});

test("a pass says after a minute what is not reached", async () => {
  await scenario.push({ "shop.yaml": stack() });
  proxy.answers.delete(name);
  const passed = await scenario.apply();
  expect(passed.ok).toBe(false);
  expect(statusOf(scenario, "shop")?.outcome).toMatchObject({ kind: "waiting", reason: "host" });
});

test("a stack that left Git is asked no more", async () => {
  await begin();
  await until("it is ready", () => isReady(scenario, "shop"));
  await scenario.push({ "shop.yaml": null, "keep.yaml": simpleStack("keep", { host: null }) });
  await until("it is gone", () => statusOf(scenario, "shop") === undefined);
  const before = proxy.asked.length;
  await until("two more comparisons ended", () => isReady(scenario, "keep"));
  expect(proxy.asked.length).toBe(before);
});
