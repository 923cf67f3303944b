// Records that a stack keeps: made, changed and taken over as they were seen, at Hetzner and at real name servers.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dataOf, typeNumber } from "../../src/dns/rdata.ts";
import { createRfc2136Client } from "../../src/dns/rfc2136-client.ts";
import { createRfc2136 } from "../../src/dns/rfc2136.ts";
import { classes } from "../../src/dns/wire.ts";
import { createRecord, removeRecord } from "../../src/engine/dns/records.ts";
import type { Dns } from "../../src/ports-dns.ts";
import { failure } from "../forge/support.ts";
import { startFakeHetzner } from "../support/fake-hetzner.ts";
import { startNameServer } from "../support/name-server.ts";
import { installedKinds, optionsAt } from "./rfc2136-support.ts";
import { hetznerAt, sleepClock } from "./support.ts";

const address = "203.0.113.7";
const other = "198.51.100.5";

interface Bench {
  readonly dns: Dns;
  /** The same zone for another instance. */
  readonly stranger: Dns;
  /** A suffix of names. */
  readonly below: string;
  /** Another value, as a person enters it: labels, and texts beside it, stay. */
  edit(name: string, value: string): Promise<void>;
  close(): Promise<void>;
}

async function hetznerBench(): Promise<Bench> {
  const host = await startFakeHetzner();
  const dns = hetznerAt(host, sleepClock());
  const stranger = hetznerAt(host, sleepClock(), { instance: "other" });
  return {
    ...{ dns, stranger, below: "ai.example.com", close: () => host.close() },
    edit(name, value) {
      const sets = host.zones.flatMap((zone) => zone.sets);
      const set = sets.find((one) => `${one.name}.example.com` === name);
      for (const record of set?.records ?? []) record.value = value;
      return Promise.resolve();
    },
  };
}

async function serverBench(kind: ReturnType<typeof installedKinds>[number]): Promise<Bench> {
  const server = await startNameServer(kind, ["*.ai A 192.0.2.99"]);
  const dns = createRfc2136(optionsAt(server));
  const stranger = createRfc2136({ ...optionsAt(server), instance: "other" });
  return {
    ...{ dns, stranger, below: "ai.example.test", close: () => server.close() },
    async edit(name, value) {
      const row = { name, type: typeNumber("A") };
      await createRfc2136Client(optionsAt(server)).update({
        zone: server.zone,
        prerequisites: [],
        changes: [
          { ...row, ttl: 0, class: classes.ANY, data: Buffer.alloc(0) },
          { ...row, ttl: 60, class: classes.IN, data: dataOf("A", value) },
        ],
        what: "change the zone",
      });
    },
  };
}

describe.each(["hetzner", ...installedKinds()] as const)("at %s", (kind) => {
  let bench: Bench;
  let count = 0;
  const newName = (): string => {
    count += 1;
    return `kept-${count}.${bench.below}`;
  };
  const listed = async (name: string) => (await bench.dns.list()).find((set) => set.name === name);

  beforeAll(async () => {
    bench = await (kind === "hetzner" ? hetznerBench() : serverBench(kind));
  });
  afterAll(() => bench.close());

  test("a record is made with the stack's mark, and its list says so", async () => {
    const name = newName();
    const made = await bench.dns.keep({ name, address, ttl: 120, stack: "shop", seen: null });
    const set = { name, type: "A", ttl: 120, values: [address], owner: "default" };
    const keeper = { instance: "default", stack: "shop" };
    expect(made).toMatchObject({ ...set, keeper });
    expect(await listed(name)).toMatchObject({ ...set, keeper });
  });

  test("an IPv6 address makes an AAAA record", async () => {
    const name = newName();
    await bench.dns.keep({ name, address: "2001:db8::7", ttl: 120, stack: "shop", seen: null });
    expect(await listed(name)).toMatchObject({ type: "AAAA", values: ["2001:db8::7"] });
  });

  test("address and TTL change together, and the mark fits again", async () => {
    const name = newName();
    const seen = await bench.dns.keep({ name, address, ttl: 120, stack: "shop", seen: null });
    await bench.dns.keep({ name, address: other, ttl: 600, stack: "shop", seen });
    const keeper = { instance: "default", stack: "shop" };
    const now = { ttl: 600, values: [other], owner: "default", keeper };
    expect(await listed(name)).toMatchObject(now);
  });

  test("what somebody changed keeps the stack's name and loses its owner, and is put right", async () => {
    const name = newName();
    await bench.dns.keep({ name, address, ttl: 120, stack: "shop", seen: null });
    await bench.edit(name, other);
    const seen = (await listed(name)) ?? null;
    const keeper = { instance: "default", stack: "shop" };
    expect(seen).toMatchObject({ values: [other], owner: null, keeper });
    await bench.dns.keep({ name, address, ttl: 120, stack: "shop", seen });
    expect(await listed(name)).toMatchObject({ values: [address], owner: "default", keeper });
  });

  test("what changed since it was seen is a conflict, and stays", async () => {
    const name = newName();
    const seen = await bench.dns.keep({ name, address, ttl: 120, stack: "shop", seen: null });
    await bench.dns.keep({ name, address: other, ttl: 120, stack: "shop", seen });
    const again = bench.dns.keep({ name, address: "192.0.2.1", ttl: 120, stack: "shop", seen });
    await failure(again, "conflict");
    expect(await listed(name)).toMatchObject({ values: [other] });
  });

  test("a name that got a record since nobody saw one is a conflict", async () => {
    const name = newName();
    await bench.stranger.createARecord({ name, address: other });
    const made = bench.dns.keep({ name, address, ttl: 120, stack: "shop", seen: null });
    await failure(made, "conflict");
    expect(await listed(name)).toMatchObject({ values: [other], owner: "other" });
  });

  test("a record that `capstan dns create` made is taken over, and so is another stack's", async () => {
    const name = newName();
    await bench.dns.createARecord({ name, address, ttl: 300 });
    const mine = (await listed(name)) ?? null;
    expect(mine?.keeper).toBeUndefined();
    const first = await bench.dns.keep({ name, address, ttl: 300, stack: "shop", seen: mine });
    await bench.dns.keep({ name, address, ttl: 300, stack: "blog", seen: first });
    const keeper = { instance: "default", stack: "blog" };
    expect(await listed(name)).toMatchObject({ owner: "default", keeper });
  });

  test("only the stack that keeps it removes it", async () => {
    const name = newName();
    await bench.dns.keep({ name, address, ttl: 120, stack: "shop", seen: null });
    const wrong = bench.dns.remove(name, "A", [address], { ifOwner: "default", ifStack: "blog" });
    await failure(wrong, "conflict");
    await bench.dns.remove(name, "A", [address], { ifOwner: "default", ifStack: "shop" });
    expect(await listed(name)).toBeUndefined();
  });

  test("`capstan dns` neither moves nor removes what a stack keeps, and says where to change it", async () => {
    const name = newName();
    const deps = { dns: bench.dns, instance: "default" };
    await bench.dns.keep({ name, address, ttl: 120, stack: "shop", seen: null });
    const removed = await failure(removeRecord(deps, { name, value: null }), "denied");
    expect(removed.hint).toContain("the manifest of the stack shop");
    const moved = await failure(createRecord(deps, { name, target: other }), "conflict");
    expect(moved.message).toContain("the stack shop of the Capstan instance default keeps it");
    expect(await listed(name)).toMatchObject({ values: [address] });
  });
});
