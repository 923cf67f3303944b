// RFC 2136 against real name servers: what is written is what they answer, and what they refuse is understood.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { typeNumber } from "../../src/dns/rdata.ts";
import { createRfc2136Client } from "../../src/dns/rfc2136-client.ts";
import { createRfc2136 } from "../../src/dns/rfc2136.ts";
import type { Rfc2136Options } from "../../src/dns/rfc2136.ts";
import { classes } from "../../src/dns/wire.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { describeError } from "../../src/lib/errors.ts";
import type { Dns } from "../../src/ports-dns.ts";
import { failure } from "../forge/support.ts";
import { startNameServer } from "../support/name-server.ts";
import type { RunningNameServer } from "../support/name-server.ts";
import { installedKinds, keyOf, optionsAt, resolved } from "./rfc2136-support.ts";

describe.each(installedKinds())("with %s", (kind) => {
  let server: RunningNameServer;
  let dns: Dns;
  let count = 0;
  /** A name of its own for each test, so that they share one server. */
  let name: string;

  const optionsOf = (): Rfc2136Options => optionsAt(server);
  const at = (more: Partial<Rfc2136Options> = {}): Dns =>
    createRfc2136({ ...optionsOf(), ...more });
  const answer = (of: string, type: "A" | "AAAA" | "TXT") => resolved(server, of, type);

  beforeAll(async () => {
    const many = Array.from({ length: 4_000 }, (_, n) => `host-${n}.many A 192.0.2.${n % 250}`);
    server = await startNameServer(kind, [
      "*.ai A 192.0.2.99",
      "alias.ai CNAME ns1",
      "two.ai A 192.0.2.1",
      "two.ai A 192.0.2.2",
      'text TXT "one" "two"',
      "mail MX 10 ns1",
      "_sip._tcp SRV 1 2 5060 ns1",
      'caa CAA 0 issue "letsencrypt.org"',
      "odd TYPE65280 \\# 4 0a000001",
      "v6 AAAA 2001:db8:0:0::1",
      ...many,
    ]);
  });
  afterAll(() => server.close());
  beforeEach(() => {
    dns = at();
    count += 1;
    name = `test-${count}.ai.example.test`;
  });

  test("finds the zone of a name, or the one that is named", async () => {
    const zone = { name: "example.test", nameServers: ["ns1.example.test", "ns2.example.test"] };
    expect(await dns.zone()).toMatchObject(zone);
    expect(await at({ zoneName: "example.test", below: null }).zone()).toMatchObject(zone);
    await failure(at({ zoneName: "example.org" }).zone(), "forbidden");
    await failure(at({ zoneName: "ai.example.test" }).zone(), "not-found");
    await failure(at({ below: null }).zone(), "invalid");
  });

  test("makes a record that resolvers see, marked as this instance's", async () => {
    const made = await dns.createARecord({ name, address: "203.0.113.7" });
    expect(await answer(name, "A")).toEqual(["203.0.113.7"]);
    expect(made).toEqual({
      name,
      type: "A",
      ttl: 300,
      values: ["203.0.113.7"],
      owner: "default",
      isProtected: false,
    });
    expect(await dns.findRRSetByName(name, "A")).toEqual(made);
    expect(await at({ instance: "other" }).findRRSetByName(name, "A")).toEqual(made);
  });

  test("makes AAAA records beside, each with its own mark", async () => {
    await dns.createARecord({ name, address: "203.0.113.7" });
    await at({ instance: "six" }).createARecord({ name, address: "2001:DB8::7", ttl: 60 });
    expect(await answer(name, "AAAA")).toEqual(["2001:db8::7"]);
    expect(await dns.findRRSetByName(name, "A")).toMatchObject({ owner: "default" });
    expect(await dns.findRRSetByName(name, "AAAA")).toMatchObject({ owner: "six", ttl: 60 });
  });

  test("a name that only a wildcard answers for has no record of its own", async () => {
    expect(await answer(name, "A")).toEqual(["192.0.2.99"]);
    expect(await dns.recordExists(name)).toBe(false);
    expect(await dns.findRRSetByName(name, "A")).toBeNull();
    expect(await dns.findRRSetByName("*.ai.example.test", "A")).toMatchObject({
      values: ["192.0.2.99"],
      owner: null,
    });
  });

  test("a record that is made and removed leaves the wildcard as it was", async () => {
    await dns.createARecord({ name, address: "203.0.113.7" });
    await dns.remove(name, "A", ["203.0.113.7"]);
    expect(await answer(name, "A")).toEqual(["192.0.2.99"]);
    expect(await dns.recordExists(name)).toBe(false);
    const list = await dns.list();
    expect(list.filter((set) => set.name.includes(name.split(".", 1)[0]!))).toEqual([]);
  });

  test("a mark that outlives its record blocks neither the wildcard nor a new record", async () => {
    const { instance, ...options } = { ...optionsOf(), instance: "old" };
    await at({ instance }).createARecord({ name, address: "203.0.113.7" });
    // Somebody removes the address by other means.
    const removal = {
      name,
      type: typeNumber("A"),
      class: classes.ANY,
      ttl: 0,
      data: Buffer.alloc(0),
    };
    const zone = server.zone;
    const what = "remove an address";
    await createRfc2136Client(options).update({
      zone,
      prerequisites: [],
      changes: [removal],
      what,
    });
    expect(await answer(name, "A")).toEqual(["192.0.2.99"]);
    const mark = (await dns.list()).find((set) => set.name === `_capstan-${name}`);
    const text = /^capstan owner=(old|default) type=A values=[0-9a-f]{32}$/;
    expect(mark?.values.map((each) => text.exec(each)?.[1])).toEqual(["old"]);
    await dns.createARecord({ name, address: "203.0.113.8" });
    expect(await dns.findRRSetByName(name, "A")).toMatchObject({ owner: "default" });
    const marks = await answer(`_capstan-${name}`, "TXT");
    expect(marks?.map((each) => text.exec(each)?.[1])).toEqual(["default"]);
    await dns.remove(name, "A", ["203.0.113.8"]);
  });

  test.each([
    ["an address", "two.ai.example.test"],
    ["an alias", "alias.ai.example.test"],
  ])("leaves %s that is there", async (_, taken) => {
    const before = await answer(taken, "A");
    const error = await failure(
      dns.createARecord({ name: taken, address: "203.0.113.7" }),
      "conflict",
    );
    expect(error.kind).toBe("exists");
    expect(await answer(taken, "A")).toEqual(before);
    expect(await dns.recordExists(taken)).toBe(true);
  });

  test("makes and removes records of the zone itself and of wildcards", async () => {
    for (const special of ["example.test", `*.${name}`]) {
      await dns.createARecord({ name: special, address: "203.0.113.7" });
      expect(await dns.findRRSetByName(special, "A")).toMatchObject({ owner: "default" });
      await dns.remove(special, "A", ["203.0.113.7"]);
      expect(await dns.findRRSetByName(special, "A")).toBeNull();
    }
    expect((await dns.zone()).nameServers).toHaveLength(2);
  });

  test("names of 63 characters have a mark as well", async () => {
    const long = `${"x".repeat(63)}.ai.example.test`;
    await dns.createARecord({ name: long, address: "203.0.113.7" });
    expect(await dns.findRRSetByName(long, "A")).toMatchObject({ owner: "default" });
    await failure(
      dns.createARecord({ name: `${"x".repeat(64)}.example.test`, address: "203.0.113.7" }),
      "invalid",
    );
  });

  test("changes values and TTL, and keeps the owner", async () => {
    await dns.createARecord({ name, address: "203.0.113.7" });
    const now = await dns.update(name, "A", { values: ["203.0.113.9", "203.0.113.8"], ttl: 90 });
    expect(now).toMatchObject({
      values: ["203.0.113.8", "203.0.113.9"],
      ttl: 90,
      owner: "default",
    });
    expect(await answer(name, "A")).toEqual(["203.0.113.8", "203.0.113.9"]);
    expect((await dns.update(name, "A", { ttl: 120 })).ttl).toBe(120);
    await failure(dns.update(`no-${name}`, "A", { ttl: 60 }), "not-found");
  });

  test("writes long texts in pieces", async () => {
    const text = `${"é".repeat(300)} "quoted" \\`;
    await dns.update("text.example.test", "TXT", { values: [text] });
    expect((await dns.findRRSetByName("text.example.test", "TXT"))?.values).toEqual([text]);
    const pieces = await server.resolver.resolveTxt("text.example.test");
    // Node reads bytes as Latin-1.
    const utf8 = (each: string): string => Buffer.from(each, "latin1").toString("utf8");
    expect(pieces.map((each) => utf8(each.join("")))).toEqual([text]);
    expect(pieces[0]!.length).toBe(3);
    await dns.update("text.example.test", "TXT", { values: ["onetwo"] });
  });

  test("removes single values, and nothing that is not there", async () => {
    await dns.createARecord({ name, address: "203.0.113.7" });
    await dns.update(name, "A", { values: ["203.0.113.7", "203.0.113.8"] });
    await failure(dns.remove(name, "A", ["203.0.113.9"]), "not-found");
    await dns.remove(name, "A", ["203.0.113.7"]);
    expect(await answer(name, "A")).toEqual(["203.0.113.8"]);
    expect(await dns.findRRSetByName(name, "A")).toMatchObject({ owner: "default" });
    await failure(dns.remove(`no-${name}`, "A", ["203.0.113.7"]), "not-found");
  });

  test("of two that remove the same at once one does it", async () => {
    await dns.createARecord({ name, address: "203.0.113.7" });
    const ends = await Promise.allSettled([
      dns.remove(name, "A", ["203.0.113.7"]),
      at().remove(name, "A", ["203.0.113.7"]),
    ]);
    expect(ends.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const [lost] = ends.filter((end) => end.status === "rejected");
    expect(["conflict", "not-found"]).toContain((lost?.reason as { code: string }).code);
  });

  test("lists a zone of many messages, without the marks", async () => {
    await dns.createARecord({ name, address: "203.0.113.7" });
    const list = await dns.list();
    expect(list.filter((set) => set.name.endsWith(".many.example.test"))).toHaveLength(4_000);
    const by = new Map(list.map((set) => [`${set.name} ${set.type}`, set]));
    expect(by.get(`${name} A`)).toMatchObject({ owner: "default" });
    expect(by.get("two.ai.example.test A")).toMatchObject({
      values: ["192.0.2.1", "192.0.2.2"],
      owner: null,
      ttl: 3_600,
    });
    expect(list.filter(({ name: each }) => each.startsWith("_capstan-"))).toEqual([]);
    const values = (id: string) => by.get(id)?.values;
    expect(values("alias.ai.example.test CNAME")).toEqual(["ns1.example.test."]);
    expect(values("mail.example.test MX")).toEqual(["10 ns1.example.test."]);
    expect(values("_sip._tcp.example.test SRV")).toEqual(["1 2 5060 ns1.example.test."]);
    expect(values("caa.example.test CAA")).toEqual(['0 issue "letsencrypt.org"']);
    expect(values("odd.example.test TYPE65280")).toEqual(["\\# 4 0a000001"]);
    expect(values("v6.example.test AAAA")).toEqual(["2001:db8::1"]);
    expect(values("text.example.test TXT")).toEqual(["onetwo"]);
    expect(by.get("example.test SOA")?.values[0]).toMatch(/^ns1\.example\.test\. hostmaster\./);
  });

  describe("a key", () => {
    test("that the server does not know", async () => {
      const other = at({ key: { ...keyOf(server.key), name: "unknown" } });
      const error = await failure(other.zone(), "unauthorised");
      expect(error.hint).toContain("RFC2136_KEY_NAME");
    });

    test("whose secret is another one there; the secret is in no error", async () => {
      const secret = Buffer.from("another secret, thirty-two bytes");
      const other = at({ key: { ...keyOf(server.key), secret } });
      const error = await failure(
        other.createARecord({ name, address: "203.0.113.7" }),
        "unauthorised",
      );
      expect(error.hint).toContain("RFC2136_KEY_SECRET");
      expect(describeError(error)).not.toContain(secret.toString());
      expect(describeError(error)).not.toContain(secret.toString("base64"));
    });

    test("that may do nothing reads and is refused", async () => {
      const other = at({ key: keyOf(server.stranger) });
      await other.zone();
      // Knot says BADKEY of a key that may not do it.
      const code = kind === "knot" ? "unauthorised" : "forbidden";
      const error = await failure(other.createARecord({ name, address: "203.0.113.7" }), code);
      expect(error.hint).toMatch(/the key/);
      expect((await failure(other.list(), "forbidden")).hint).toContain("transfer the zone");
      expect(await answer(name, "A")).toEqual(["192.0.2.99"]);
    });

    test("at a clock that is ten minutes off", async () => {
      const clock = { ...systemClock, now: () => systemClock.now() + 600_000 };
      const error = await failure(at({ clock }).zone(), "unauthorised");
      expect(error.hint).toContain("clocks");
    });
  });

  test("a name outside the zone is an error", async () => {
    await failure(dns.findRRSetByName("alice.example.org", "A"), "invalid");
  });
});
