// Changing and removing records at Hetzner, against a stand-in of its API.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Dns } from "../../src/ports-dns.ts";
import { failure } from "../forge/support.ts";
import { startFakeHetzner } from "../support/fake-hetzner.ts";
import type { FakeHetzner } from "../support/fake-hetzner.ts";
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

describe("update", () => {
  test("replaces the values and keeps comments of others' records", async () => {
    const set = host.put("example.com", "alice.ai", "A", ["203.0.113.1", "203.0.113.2"]);
    set.labels = { team: "sales" };
    set.records[1]!.comment = "the second one";
    host.actionPolls = 2;
    const now = await dns.update(alice, "A", { values: ["203.0.113.2", "203.0.113.3"], ttl: 120 });
    expect(now).toMatchObject({
      values: ["203.0.113.2", "203.0.113.3"],
      ttl: 120,
      owner: null,
    });
    expect(set.labels).toEqual({ team: "sales" });
    expect(set.records).toContainEqual({ value: "203.0.113.2", comment: "the second one" });
  });

  test("marks the new values of an instance's record in the same request", async () => {
    const set = host.put("example.com", "alice.ai", "A", ["203.0.113.1"]);
    set.labels = { team: "sales" };
    markAs(set, "default");
    const change = { values: ["203.0.113.2", "203.0.113.3"], ifOwner: "default" };
    expect((await dns.update(alice, "A", change)).owner).toBe("default");
    expect(set.labels).toEqual({ "capstan-instance": "default", team: "sales" });
    expect(host.writes()).toHaveLength(1);
    await dns.remove(alice, "A", ["203.0.113.2"], { ifOwner: "default" });
    expect(await dns.findRRSetByName(alice, "A")).toMatchObject({ owner: "default" });
  });

  test.each([
    ["nobody's", null],
    ["another instance's", "other"],
  ])("leaves %s records where the owner matters", async (_, owner) => {
    const set = host.put("example.com", "alice.ai", "A", ["203.0.113.1"]);
    if (owner !== null) markAs(set, owner);
    const ifOwner = "default";
    await failure(dns.update(alice, "A", { values: ["203.0.113.2"], ifOwner }), "conflict");
    await failure(dns.remove(alice, "A", ["203.0.113.1"], { ifOwner }), "conflict");
    expect(host.writes()).toEqual([]);
  });

  test("does not take somebody else's change to the same values for its own", async () => {
    const set = markAs(host.put("example.com", "alice.ai", "A", ["203.0.113.1"]), "default");
    const { intercept } = host;
    host.intercept = (call) => {
      if (call.method !== "POST") return intercept!(call);
      set.records = [{ value: "203.0.113.2" }];
      return { status: 502, body: "<html>Bad Gateway</html>" };
    };
    await failure(dns.update(alice, "A", { values: ["203.0.113.2"] }), "uncertain");
  });

  test("writes texts in quoted pieces of at most 255 bytes", async () => {
    host.put("example.com", "@", "TXT", ['"old"']);
    const long = `${"é".repeat(200)} "quoted" \\ end`;
    await dns.update("example.com", "TXT", { values: [long] });
    const [written] = host.values("example.com", "@", "TXT") ?? [];
    expect(written).toMatch(/^"é{127}" "é{73} \\"quoted\\" \\\\ end"$/);
    expect((await dns.findRRSetByName("example.com", "TXT"))?.values).toEqual([long]);
  });

  test("whose answers are lost looks what happened", async () => {
    host.put("example.com", "alice.ai", "A", ["203.0.113.1"]);
    const { spoil } = host;
    host.spoil = (reply, call) =>
      call.method === "POST"
        ? { status: 502, body: "<html>Bad Gateway</html>" }
        : spoil!(reply, call);
    const now = await dns.update(alice, "A", { values: ["203.0.113.2"], ttl: 60 });
    expect(now).toMatchObject({ values: ["203.0.113.2"], ttl: 60 });
    expect(host.writes()).toHaveLength(2);
  });

  test("of what is not there is not-found", async () => {
    await failure(dns.update(alice, "A", { values: ["203.0.113.1"] }), "not-found");
    expect(host.writes()).toEqual([]);
  });
});

describe("remove", () => {
  test("takes out single values, and the whole set with the last one", async () => {
    host.put("example.com", "alice.ai", "A", ["203.0.113.1", "203.0.113.2"]);
    host.actionPolls = 1;
    await dns.remove(alice, "A", ["203.0.113.1"]);
    expect(host.values("example.com", "alice.ai", "A")).toEqual(["203.0.113.2"]);
    await dns.remove(alice, "A", ["203.0.113.2"]);
    expect(host.values("example.com", "alice.ai", "A")).toBeNull();
  });

  test("finds a text by what it says, however it is quoted there", async () => {
    host.put("example.com", "@", "TXT", ['"one" "two"', '"three"']);
    await dns.remove("example.com", "TXT", ["onetwo"]);
    expect(host.values("example.com", "@", "TXT")).toEqual(['"three"']);
  });

  test("of a value or a set that is not there is not-found", async () => {
    await failure(dns.remove(alice, "A", ["203.0.113.1"]), "not-found");
    host.put("example.com", "alice.ai", "A", ["203.0.113.1"]);
    await failure(dns.remove(alice, "A", ["203.0.113.9"]), "not-found");
    expect(host.values("example.com", "alice.ai", "A")).toEqual(["203.0.113.1"]);
  });

  test("whose answer is lost looks whether it is gone", async () => {
    host.put("example.com", "alice.ai", "A", ["203.0.113.1"]);
    const { spoil } = host;
    host.spoil = (reply, call) =>
      call.method === "POST"
        ? { status: 502, body: "<html>Bad Gateway</html>" }
        : spoil!(reply, call);
    await dns.remove(alice, "A", ["203.0.113.1"]);
    expect(host.values("example.com", "alice.ai", "A")).toBeNull();
    expect(host.writes()).toHaveLength(1);
  });
});
