// DNS records that stacks keep, end to end: Git, the simulator of Dokploy and a stand-in of Hetzner's API.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createHetzner } from "../../src/dns/hetzner.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { httpClient } from "../../src/lib/http.ts";
import { silentLogger } from "../../src/lib/logger.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import type { Dns } from "../../src/ports-dns.ts";
import { startFakeHetzner } from "../support/fake-hetzner.ts";
import type { FakeHetzner } from "../support/fake-hetzner.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import { conditionOf, isReady, statusOf } from "../support/looks.ts";
import { simpleStack } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";

const traefik = "203.0.113.7";
const other = "198.51.100.5";
const zone = "example.com";

let scenario: Scenario;
let host: FakeHetzner;
let dns: Dns;
let seenWrites = 0;

beforeEach(async () => {
  host = await startFakeHetzner();
  seenWrites = 0;
  dns = createHetzner({
    ...{ url: host.api, token: host.token, zoneId: zone, below: null, instance: "default" },
    ...{ http: httpClient, clock: systemClock, random: () => 0.5 },
    ...{ logger: silentLogger, redactor: createRedactor() },
  });
  scenario = await createFastScenario({
    dns,
    engine: { records: { managed: false, target: traefik } },
  });
});
afterEach(async () => {
  await scenario.close();
  await host.close();
});

/** A stack with one host, and what its domain says of DNS. */
const stack = (name: string, dnsWords = "managed", ofHost = `${name}.example.com`): string =>
  simpleStack(name, {
    host: null,
    extra: `      domains: [ { host: ${ofHost}, port: 8080, dns: ${dnsWords} } ]`,
  });
const values = (label: string, type = "A") => host.values(zone, label, type);
const setOf = (label: string) =>
  host.zones[0]?.sets.find((set) => set.name === label && set.type === "A");
const eventsOf = (name: string) =>
  scenario
    .engine()
    .events()
    .filter((event) => event.stack === name)
    .map(({ message }) => message);
const actionsOf = (name: string) =>
  statusOf(scenario, name)?.plan?.actions.map(({ type }) => type) ?? [];
const writes = (): readonly string[] => {
  const found = host.writes().slice(seenWrites);
  seenWrites += found.length;
  return found;
};

describe("a stack with dns: managed", () => {
  test("has its record made, marked and reported, and a second pass has nothing to do", async () => {
    await scenario.push({ "shop.yaml": stack("shop") });
    expect((await scenario.apply()).ok).toBe(true);
    expect(values("shop")).toEqual([traefik]);
    expect(setOf("shop")).toMatchObject({
      ttl: 300,
      labels: { "capstan-instance": "default", "capstan-stack": "shop" },
      records: [{ comment: `made by Capstan (default/shop): ${traefik}` }],
    });
    expect(eventsOf("shop")).toContainEqual(
      expect.stringContaining("create DNS record shop.example.com A"),
    );
    writes();
    scenario.writes();
    expect((await scenario.apply()).ok).toBe(true);
    expect(actionsOf("shop")).toEqual([]);
    expect(writes()).toEqual([]);
    expect(scenario.writes()).toEqual([]);
  });

  test("an own target and TTL are kept, IPv6 in an AAAA record", async () => {
    const words = `{ target: "2001:DB8::7", ttl: 120 }`;
    await scenario.push({ "shop.yaml": stack("shop", words) });
    expect((await scenario.apply()).ok).toBe(true);
    expect(values("shop", "AAAA")).toEqual(["2001:db8::7"]);
    expect(values("shop")).toBeNull();
    await scenario.push({ "shop.yaml": stack("shop", `{ target: ${other}, ttl: 120 }`) });
    expect((await scenario.apply()).ok).toBe(true);
    expect(values("shop")).toEqual([other]);
    expect(values("shop", "AAAA")).toBeNull();
  });

  test("a changed record deploys nothing", async () => {
    await scenario.push({ "shop.yaml": stack("shop") });
    await scenario.apply();
    scenario.writes();
    await scenario.push({ "shop.yaml": stack("shop", "{ ttl: 600 }") });
    expect((await scenario.apply()).ok).toBe(true);
    expect(setOf("shop")?.ttl).toBe(600);
    expect(actionsOf("shop")).toEqual(["update-record"]);
    expect(scenario.writes()).toEqual([]);
  });

  test("a new host is made before the old one goes", async () => {
    await scenario.push({ "shop.yaml": stack("shop") });
    await scenario.apply();
    writes();
    await scenario.push({ "shop.yaml": stack("shop", "managed", "store.example.com") });
    expect((await scenario.apply()).ok).toBe(true);
    expect(values("store")).toEqual([traefik]);
    expect(values("shop")).toBeNull();
    const made = actionsOf("shop");
    expect(made.at(0)).toBe("create-record");
    expect(made.at(-1)).toBe("delete-record");
  });

  test("what somebody changed by hand is drift, and put right", async () => {
    await scenario.push({ "shop.yaml": stack("shop") });
    scenario.engine().start();
    await until("it is ready", () => isReady(scenario, "shop"));
    for (const record of setOf("shop")?.records ?? []) record.value = other;
    await until("it is put right", () => values("shop")?.[0] === traefik);
    await until("it is told", () =>
      scenario
        .engine()
        .events()
        .some(({ kind, message }) => kind === "drift" && message.includes(`${other} → ${traefik}`)),
    );
    host.zones[0]?.sets.splice(0, 99);
    await until("it is made again", () => values("shop")?.[0] === traefik);
  });

  test("with selfHeal: false a change by hand is told and left", async () => {
    const left = stack("shop").replace("spec:", "spec:\n  sync: { selfHeal: false }");
    await scenario.push({ "shop.yaml": left });
    expect((await scenario.apply()).ok).toBe(true);
    for (const record of setOf("shop")?.records ?? []) record.value = other;
    expect((await scenario.apply()).ok).toBe(true);
    expect(values("shop")).toEqual([other]);
    const notes = statusOf(scenario, "shop")?.plan?.notes ?? [];
    expect(notes.map(({ message }) => message)).toContainEqual(
      expect.stringContaining(`address: ${traefik} → ${other}) and stays`),
    );
  });

  test("a record of somebody else is a conflict: nothing is written, and the rest goes on", async () => {
    host.put(zone, "shop", "A", [other]);
    await scenario.push({ "shop.yaml": stack("shop") });
    scenario.engine().start();
    await until("it waits", () => statusOf(scenario, "shop")?.outcome.kind === "waiting");
    await until(
      "what runs is known",
      () => conditionOf(scenario, "shop", "Healthy")?.status === "True",
    );
    const status = statusOf(scenario, "shop");
    expect(status?.outcome).toMatchObject({ kind: "waiting", reason: "dns" });
    const ready = conditionOf(scenario, "shop", "Ready");
    expect(ready).toMatchObject({ status: "False", reason: "WaitingDns" });
    expect(ready?.message).toContain(`shop.example.com has the A record ${other}`);
    expect(ready?.message).toContain("Capstan did not make it");
    expect(values("shop")).toEqual([other]);
    expect(host.writes()).toEqual([]);
    host.zones[0]?.sets.splice(-1, 1);
    await until("it is made when the other one is gone", () => values("shop")?.[0] === traefik);
    await until("it is ready", () => isReady(scenario, "shop"));
  });

  test("an alias of somebody else, and a record of another instance, stay as well", async () => {
    host.put(zone, "shop", "CNAME", ["elsewhere.example.org."]);
    const set = host.put(zone, "blog", "A", [other]);
    set.labels = { "capstan-instance": "other", "capstan-stack": "blog" };
    await scenario.push({ "shop.yaml": stack("shop"), "blog.yaml": stack("blog") });
    await scenario.apply();
    expect(statusOf(scenario, "shop")?.outcome).toMatchObject({ reason: "dns" });
    expect(statusOf(scenario, "blog")?.outcome).toMatchObject({ reason: "dns" });
    expect(host.writes()).toEqual([]);
  });

  test("a provider that is down delays the record alone, and is not read as absence", async () => {
    host.intercept = () => ({ status: 503, body: {} });
    await scenario.push({ "shop.yaml": stack("shop"), "keep.yaml": simpleStack("keep") });
    scenario.engine().start();
    await until("the other is ready", () => isReady(scenario, "keep"));
    await until("it runs", () => conditionOf(scenario, "shop", "Healthy")?.status === "True");
    expect(statusOf(scenario, "shop")?.outcome).toMatchObject({ kind: "waiting", reason: "dns" });
    expect(conditionOf(scenario, "shop", "Ready")?.message).toContain("cannot be read");
    expect(host.writes()).toEqual([]);
    host.intercept = () => null;
    await until("it is made", () => values("shop")?.[0] === traefik);
    await until("it is ready", () => isReady(scenario, "shop"));
  });

  test("removed with the stack, and only its own", async () => {
    host.put(zone, "other", "A", [other]);
    await scenario.push({ "shop.yaml": stack("shop"), "keep.yaml": stack("keep") });
    await scenario.apply();
    await scenario.push({ "shop.yaml": null });
    const passed = await scenario.apply();
    expect(passed.ok).toBe(true);
    expect(values("shop")).toBeNull();
    expect(values("keep")).toEqual([traefik]);
    expect(values("other")).toEqual([other]);
    expect(eventsOf("shop")).toContainEqual(
      expect.stringContaining("delete DNS record shop.example.com A"),
    );
  });

  test("removed later when the provider is down, also after a restart", async () => {
    await scenario.push({ "shop.yaml": stack("shop"), "keep.yaml": simpleStack("keep") });
    await scenario.apply();
    host.intercept = () => ({ status: 503, body: {} });
    await scenario.push({ "shop.yaml": null });
    await scenario.apply();
    expect(values("shop")).toEqual([traefik]);
    expect([...scenario.simulator.state.projects.values()].map(({ name }) => name)).toEqual([
      "keep",
    ]);
    host.intercept = () => null;
    await scenario.apply();
    expect(values("shop")).toBeNull();
  });

  test("kept while its stack is kept, and without --prune", async () => {
    const retained = stack("shop").replace("spec:", "spec:\n  deletionPolicy: retain");
    await scenario.push({ "shop.yaml": retained, "keep.yaml": stack("keep") });
    await scenario.apply();
    await scenario.push({ "shop.yaml": null, "keep.yaml": null, "new.yaml": simpleStack("new") });
    await scenario.apply({ prune: false });
    expect(values("shop")).toEqual([traefik]);
    expect(values("keep")).toEqual([traefik]);
  });

  test("a lost store removes what points here, and leaves what it cannot know", async () => {
    await scenario.push({
      "shop.yaml": stack("shop"),
      "blog.yaml": stack("blog", `{ target: ${other} }`),
    });
    await scenario.apply();
    await scenario.loseStore();
    await scenario.push({
      "shop.yaml": stack("shop", "none"),
      "blog.yaml": stack("blog", "none"),
      "keep.yaml": stack("keep"),
    });
    await scenario.apply();
    expect(values("shop")).toBeNull();
    expect(values("blog")).toEqual([other]);
    const notes = statusOf(scenario, "blog")?.plan?.notes.map(({ message }) => message);
    expect(notes).toContainEqual(expect.stringContaining("does not remember making it"));
  });

  test("a host outside the zone says so", async () => {
    await scenario.push({ "shop.yaml": stack("shop", "managed", "shop.example.org") });
    await scenario.apply();
    expect(conditionOf(scenario, "shop", "Ready")?.message).toContain(
      "shop.example.org is not in the zone example.com",
    );
  });

  test("a host that goes to another stack keeps its record all the time", async () => {
    await scenario.push({ "shop.yaml": stack("shop"), "blog.yaml": simpleStack("blog") });
    await scenario.apply();
    writes();
    await scenario.push({
      "shop.yaml": simpleStack("shop", { host: null }),
      "blog.yaml": stack("blog", "managed", "shop.example.com"),
    });
    await scenario.apply();
    expect(setOf("shop")?.labels).toMatchObject({ "capstan-stack": "blog" });
    expect(writes().filter((each) => each.includes("remove_records"))).toEqual([]);
  });
});

test("DNS_MANAGED keeps the record of every host in the zone, except where a manifest says none", async () => {
  await scenario.restart({ records: { managed: true, target: traefik } });
  await scenario.push({
    "shop.yaml": simpleStack("shop"),
    "blog.yaml": stack("blog", "none"),
    "away.yaml": simpleStack("away", { host: "away.example.org" }),
  });
  scenario.engine().start();
  await until("all are ready", () =>
    ["shop", "blog", "away"].every((name) => isReady(scenario, name)),
  );
  expect(values("shop")).toEqual([traefik]);
  expect(values("blog")).toBeNull();
  expect(host.writes()).toHaveLength(1);
});

test("the zone is read once for all stacks of a pass", async () => {
  const names = Array.from({ length: 6 }, (_, index) => `s${index}`);
  await scenario.push(Object.fromEntries(names.map((name) => [`${name}.yaml`, stack(name)])));
  await scenario.apply();
  const before = host.calls.length;
  await scenario.apply();
  expect(host.calls.slice(before).map(({ method, path }) => `${method} ${path}`)).toEqual([
    "GET /zones/4200/rrsets",
  ]);
});
