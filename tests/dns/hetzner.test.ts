// Hetzner's adapter against a stand-in for the Cloud API: zones, records, pages, actions, owners, lost answers.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Dns } from "../../src/ports-dns.ts";
import { failure } from "../forge/support.ts";
import { startFakeHetzner } from "../support/fake-hetzner.ts";
import type { FakeHetzner, FakeRecordSet } from "../support/fake-hetzner.ts";
import { hetznerAt, markAs, sleepClock } from "./support.ts";
import type { SleepClock } from "./support.ts";

let host: FakeHetzner;
let dns: Dns;
let clock: SleepClock;
beforeEach(async () => {
  clock = sleepClock();
  host = await startFakeHetzner({ now: () => clock.now() });
  dns = hetznerAt(host, clock);
});
afterEach(() => host.close());

const alice = "alice.ai.example.com";
const asked = (): readonly string[] => host.calls.map(({ method, path }) => `${method} ${path}`);

describe("the zone", () => {
  test("is found by walking up the name's labels, the longest first", async () => {
    expect(await dns.zone()).toMatchObject({
      name: "example.com",
      nameServers: ["helium.ns.hetzner.de", "hydrogen.ns.hetzner.com", "oxygen.ns.hetzner.com"],
      delegated: true,
    });
    expect(host.calls.map(({ query }) => query.get("name"))).toEqual([
      "ai.example.com",
      "example.com",
    ]);
  });

  test("is the deepest one where zones lie in each other", async () => {
    const nested = await startFakeHetzner({
      zones: [{ name: "example.com" }, { name: "ai.example.com" }],
    });
    expect((await hetznerAt(nested, clock).zone()).name).toBe("ai.example.com");
    await nested.close();
  });

  test.each(["4200", "example.com"])("is the one of HETZNER_ZONE_ID: %s", async (zoneId) => {
    const named = hetznerAt(host, clock, { zoneId, below: null });
    expect((await named.zone()).name).toBe("example.com");
  });

  test("is looked for once, and again after a failure", async () => {
    const { intercept } = host;
    host.intercept = () => ({ status: 503, body: { error: { code: "unavailable", message: "" } } });
    await failure(dns.zone(), "unavailable");
    host.intercept = intercept;
    await dns.zone();
    await dns.list();
    await dns.list();
    expect(host.calls.filter(({ path }) => path === "/zones")).toHaveLength(5);
  });

  test("that is not there is an error that says what a token sees", async () => {
    const error = await failure(
      hetznerAt(host, clock, { below: "ai.example.org" }).zone(),
      "not-found",
    );
    expect(error.message).toContain("no zone for ai.example.org");
    expect(error.hint).toContain("one project's zones");
    const other = await failure(hetznerAt(host, clock, { zoneId: "99" }).zone(), "not-found");
    expect(other.hint).toContain("HETZNER_ZONE_ID");
    const none = await failure(hetznerAt(host, clock, { below: null }).zone(), "invalid");
    expect(none.hint).toContain("STACK_DOMAIN_SUFFIX");
  });

  test.each([
    ["valid", true],
    ["partially-valid", false],
    ["unregistered", false],
    ["unknown", null],
  ])("of which Hetzner says %s is delegated: %s", async (delegation, delegated) => {
    host.zones[0]!.delegation = delegation;
    expect((await dns.zone()).delegated).toBe(delegated);
  });
});

describe("reading", () => {
  test("lists all pages, with full names, by name and type", async () => {
    for (let n = 0; n < 230; n++) host.put("example.com", `s${n}.ai`, "A", ["203.0.113.9"]);
    const list = await dns.list();
    expect(list).toHaveLength(232);
    expect(list.slice(0, 3).map(({ name, type }) => `${name} ${type}`)).toEqual([
      "example.com NS",
      "example.com SOA",
      "s0.ai.example.com A",
    ]);
    expect(asked().filter((call) => call === "GET /zones/4200/rrsets")).toHaveLength(3);
  });

  test("ends where the API leads in a circle", async () => {
    const { spoil } = host;
    host.spoil = (reply, call) => {
      const meta = { pagination: { next_page: 1 } };
      const body = { ...(reply.body as object), meta };
      return spoil!(call.path.endsWith("/rrsets") ? { ...reply, body } : reply, call);
    };
    expect(await dns.list()).toHaveLength(2);
  });

  test("tells values, TTL, owner and protection of a record set", async () => {
    const set = host.put("example.com", "alice.ai", "A", ["203.0.113.8", "203.0.113.7"]);
    set.ttl = 300;
    markAs(set, "default");
    set.protection.change = true;
    expect(await dns.findRRSetByName(alice, "A")).toEqual({
      name: alice,
      type: "A",
      ttl: 300,
      values: ["203.0.113.7", "203.0.113.8"],
      owner: "default",
      isProtected: true,
    });
    expect(await dns.findRRSetByName(alice, "AAAA")).toBeNull();
  });

  test.each<[string, (set: FakeRecordSet) => void]>([
    ["a value that somebody changed", (set) => (set.records[0]!.value = "198.51.100.5")],
    ["a value that somebody added", (set) => set.records.push({ value: "198.51.100.5" })],
    ["a comment of another instance", (set) => (set.labels["capstan-instance"] = "other")],
    ["a label alone", (set) => delete set.records[0]!.comment],
    ["a comment alone", (set) => (set.labels = {})],
    ["no records", (set) => (set.records = [])],
  ])("does not believe in a mark with %s", async (_, change) => {
    const set = markAs(host.put("example.com", "alice.ai", "A", ["203.0.113.7"]), "default");
    expect(await dns.findRRSetByName(alice, "A")).toMatchObject({ owner: "default" });
    change(set);
    expect(await dns.findRRSetByName(alice, "A")).toMatchObject({ owner: null });
  });

  test("believes in a mark of an IPv6 address that Hetzner writes in another form", async () => {
    await dns.createARecord({ name: alice, address: "2001:db8::7" });
    host.zones[0]!.sets.at(-1)!.records[0]!.value = "2001:0DB8:0:0::7";
    expect(await dns.findRRSetByName(alice, "AAAA")).toMatchObject({ owner: "default" });
  });

  test("finds the zone itself and wildcards by their full names", async () => {
    host.put("example.com", "@", "A", ["203.0.113.1"]);
    host.put("example.com", "*.ai", "A", ["203.0.113.2"]);
    expect((await dns.findRRSetByName("example.com", "A"))?.values).toEqual(["203.0.113.1"]);
    expect((await dns.findRRSetByName("*.ai.example.com", "A"))?.name).toBe("*.ai.example.com");
  });

  test.each(["A", "AAAA", "CNAME"])("a record of type %s exists", async (type) => {
    expect(await dns.recordExists(alice)).toBe(false);
    host.put("example.com", "alice.ai", type, [type === "A" ? "203.0.113.1" : "2001:db8::1"]);
    expect(await dns.recordExists(alice)).toBe(true);
    expect(await dns.recordExists("bob.ai.example.com")).toBe(false);
  });

  test("neither a wildcard nor a text is a record of a name's own", async () => {
    host.put("example.com", "*.ai", "A", ["203.0.113.1"]);
    host.put("example.com", "alice.ai", "TXT", ['"hello"']);
    expect(await dns.recordExists(alice)).toBe(false);
  });

  test("texts come without their quotes, put together from their pieces", async () => {
    host.put("example.com", "@", "TXT", ['"v=spf1 " "include:x \\"y\\" \\\\z"']);
    const texts = await dns.findRRSetByName("example.com", "TXT");
    expect(texts?.values).toEqual(['v=spf1 include:x "y" \\z']);
  });

  test("a name outside the zone is an error, not an absence", async () => {
    const error = await failure(dns.findRRSetByName("alice.example.org", "A"), "invalid");
    expect(error.message).toBe("alice.example.org is not in the zone example.com");
  });
});

describe("createARecord", () => {
  test("makes the record, marked as this instance's", async () => {
    const made = await dns.createARecord({ name: alice, address: "203.0.113.7" });
    expect(made).toMatchObject({ name: alice, type: "A", owner: "default", ttl: null });
    expect(host.zones[0]!.sets.at(-1)).toEqual({
      name: "alice.ai",
      type: "A",
      ttl: null,
      labels: { "capstan-instance": "default" },
      protection: { change: false },
      records: [{ value: "203.0.113.7", comment: "made by Capstan (default): 203.0.113.7" }],
    });
  });

  test("makes AAAA records of IPv6 addresses, in their usual form", async () => {
    await dns.createARecord({ name: alice, address: "2001:DB8:0::7", ttl: 60 });
    expect(await dns.findRRSetByName(alice, "AAAA")).toMatchObject({
      values: ["2001:db8::7"],
      ttl: 60,
    });
  });

  test("refuses what is no address", async () => {
    for (const address of ["traefik", "203.0.113.256", "203.0.113.7:80", "fe80::1%eth0"]) {
      await failure(dns.createARecord({ name: alice, address }), "invalid");
    }
    expect(host.writes()).toEqual([]);
  });

  test("leaves what is there: uniqueness_error is a conflict of its own kind", async () => {
    host.put("example.com", "alice.ai", "A", ["203.0.113.1"]);
    const error = await failure(
      dns.createARecord({ name: alice, address: "203.0.113.7" }),
      "conflict",
    );
    expect(error.kind).toBe("exists");
    expect(host.values("example.com", "alice.ai", "A")).toEqual(["203.0.113.1"]);
  });

  test("returns when the action has ended, not before", async () => {
    host.actionPolls = 5;
    await dns.createARecord({ name: alice, address: "203.0.113.7" });
    expect(host.values("example.com", "alice.ai", "A")).toEqual(["203.0.113.7"]);
    expect(asked().filter((call) => call === "GET /actions/1")).toHaveLength(5);
  });

  test("whose action fails says why", async () => {
    host.actionPolls = 2;
    host.actionError = { code: "action_failed", message: "the name servers are on fire" };
    const error = await failure(
      dns.createARecord({ name: alice, address: "203.0.113.7" }),
      "unavailable",
    );
    expect(error.message).toBe(
      `Hetzner started to create the A record ${alice} and then failed: the name servers are on fire`,
    );
    expect(error.hint).toContain("capstan dns check");
  });

  test("whose action does not end is uncertain after a minute", async () => {
    host.actionPolls = 1_000_000;
    const before = clock.now();
    const error = await failure(
      dns.createARecord({ name: alice, address: "203.0.113.7" }),
      "uncertain",
    );
    expect(error.message).toContain("has not finished after 60 s");
    expect(clock.now() - before).toBeGreaterThan(50_000);
    expect(asked().length).toBeLessThan(40);
  });

  test("whose action nobody can see is uncertain", async () => {
    host.actionPolls = 1;
    const { intercept } = host;
    host.intercept = (call) => (call.path.startsWith("/actions/") ? "drop" : intercept!(call));
    const error = await failure(
      dns.createARecord({ name: alice, address: "203.0.113.7" }),
      "uncertain",
    );
    expect(error.message).toContain("the result is unknown");
  });

  test("whose answer is lost looks what happened instead of asking twice", async () => {
    const { spoil } = host;
    let lost = 0;
    host.spoil = (reply, call) => {
      if (call.method !== "POST") return spoil!(reply, call);
      lost += 1;
      return { status: 504, body: { error: { code: "timeout", message: "timed out" } } };
    };
    const made = await dns.createARecord({ name: alice, address: "203.0.113.7" });
    expect(made.values).toEqual(["203.0.113.7"]);
    expect(lost).toBe(1);
  });

  test("whose request is lost is uncertain and was sent once", async () => {
    const { intercept } = host;
    host.intercept = (call) => (call.method === "POST" ? "drop" : intercept!(call));
    const error = await failure(
      dns.createARecord({ name: alice, address: "203.0.113.7" }),
      "uncertain",
    );
    expect(error.hint).toContain("run `capstan dns check`");
    expect(host.writes()).toHaveLength(1);
  });
});
