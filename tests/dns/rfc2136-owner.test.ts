// Whose records are at a name server: a mark is believed only for the records that it was made for.
import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ownerNameOf } from "../../src/dns/owner-record.ts";
import { dataOf, typeNumber } from "../../src/dns/rdata.ts";
import { createRfc2136Client } from "../../src/dns/rfc2136-client.ts";
import { createRfc2136 } from "../../src/dns/rfc2136.ts";
import { classes } from "../../src/dns/wire.ts";
import { fullName } from "../../src/engine/dns/names.ts";
import { createRecord, removeRecord } from "../../src/engine/dns/records.ts";
import type { Dns } from "../../src/ports-dns.ts";
import { failure } from "../forge/support.ts";
import { startNameServer } from "../support/name-server.ts";
import type { RunningNameServer } from "../support/name-server.ts";
import { installedKinds, optionsAt, resolved, startBadConnection } from "./rfc2136-support.ts";

const ours = "203.0.113.7";
const theirs = "198.51.100.5";

describe.each(installedKinds())("with %s", (kind) => {
  let server: RunningNameServer;
  let dns: Dns;
  let count = 0;
  let name: string;
  let close = async (): Promise<void> => undefined;

  const deps = () => ({ dns, instance: "default" });
  const answer = (of: string, type: "A" | "TXT" = "A") => resolved(server, of, type);
  const markName = (of = name): string => ownerNameOf(of, server.zone);

  /** Changes the zone as a person does: what is there of this name and type is replaced. */
  async function put(of: string, type: string, values: readonly string[]): Promise<void> {
    const row = { name: of, type: typeNumber(type), ttl: 0 };
    const updated = await createRfc2136Client(optionsAt(server)).update({
      zone: server.zone,
      prerequisites: [],
      changes: [
        { ...row, class: classes.ANY, data: Buffer.alloc(0) },
        ...values.map((value) => ({
          ...row,
          class: classes.IN,
          ttl: 60,
          data: dataOf(type, value),
        })),
      ],
      what: "change the zone",
    });
    expect(updated).toBe("done");
  }

  beforeAll(async () => {
    server = await startNameServer(kind, ["*.ai A 192.0.2.99"]);
  });
  afterAll(() => server.close());
  beforeEach(() => {
    dns = createRfc2136(optionsAt(server));
    count += 1;
    name = `test-${count}.ai.example.test`;
  });
  afterEach(() => close());

  test("a record that somebody puts in place of ours is theirs", async () => {
    await createRecord(deps(), { name, target: ours });
    await put(name, "A", [theirs]);
    expect(await dns.findRRSetByName(name, "A")).toMatchObject({ owner: null });
    const listed = (await dns.list()).find((set) => set.name === name);
    expect(listed).toMatchObject({ values: [theirs], owner: null });
    await failure(removeRecord(deps(), { name, value: null }), "denied");
    await failure(createRecord(deps(), { name, target: "203.0.113.8" }), "conflict");
    expect(await answer(name)).toEqual([theirs]);
  });

  test("a value that somebody adds makes it nobody's, until it is gone again", async () => {
    await createRecord(deps(), { name, target: ours });
    await put(name, "A", [ours, theirs]);
    await failure(removeRecord(deps(), { name, value: null }), "denied");
    await removeRecord(deps(), { name, value: theirs });
    expect(await dns.findRRSetByName(name, "A")).toMatchObject({
      values: [ours],
      owner: "default",
    });
  });

  test("the mark follows a record that Capstan moves, and goes with it", async () => {
    await createRecord(deps(), { name, target: ours });
    expect((await createRecord(deps(), { name, target: "203.0.113.8" })).kind).toBe("moved");
    expect(await answer(markName(), "TXT")).toHaveLength(1);
    expect(await dns.findRRSetByName(name, "A")).toMatchObject({ owner: "default" });
    await removeRecord(deps(), { name, value: null });
    expect(await answer(name)).toEqual(["192.0.2.99"]);
    expect(await answer(markName(), "TXT")).toBeNull();
  });

  test("an old mark does not come to fit by a change of somebody else's record", async () => {
    await createRecord(deps(), { name, target: ours });
    await put(name, "A", [theirs]);
    await dns.update(name, "A", { values: [ours] });
    expect(await dns.findRRSetByName(name, "A")).toMatchObject({ owner: null });
  });

  test("a mark that does not say for which values it was made is not believed", async () => {
    await put(name, "A", [theirs]);
    await put(markName(), "TXT", ["capstan owner=default type=A"]);
    expect(await dns.findRRSetByName(name, "A")).toMatchObject({ owner: null });
  });

  test("a mark of another name or type is not believed", async () => {
    await createRecord(deps(), { name: `x-${name}`, target: ours });
    const [mark = ""] = (await answer(markName(`x-${name}`), "TXT")) ?? [];
    await put(name, "A", [ours]);
    await put(markName(), "TXT", [mark]);
    expect(await dns.findRRSetByName(name, "A")).toMatchObject({ owner: null });
    await put(markName(`x-${name}`), "TXT", [mark.replace("type=A", "type=AAAA")]);
    expect(await dns.findRRSetByName(`x-${name}`, "A")).toMatchObject({ owner: null });
  });

  test("marks of two instances that fit both say nothing", async () => {
    await createRecord(deps(), { name, target: ours });
    const other = createRfc2136({ ...optionsAt(server), instance: "other" });
    await put(name, "A", []);
    await other.createARecord({ name, address: ours });
    const [mark = ""] = (await answer(markName(), "TXT")) ?? [];
    expect(mark).toContain("owner=other ");
    await put(markName(), "TXT", [mark, mark.replace("owner=other ", "owner=default ")]);
    expect(await dns.findRRSetByName(name, "A")).toMatchObject({ owner: null });
  });

  test.each<[string, () => Promise<void>]>([
    ["takes the mark away", () => put(markName(), "TXT", [])],
    ["replaces the record", () => put(name, "A", [theirs])],
  ])("somebody who %s just before a change is respected", async (_, intervene) => {
    await createRecord(deps(), { name, target: ours });
    const changes = [
      (far: Dns) => far.update(name, "A", { values: ["203.0.113.8"], ifOwner: "default" }),
      (far: Dns) => far.remove(name, "A", [ours], { ifOwner: "default" }),
    ];
    for (const change of changes) {
      let restore = async (): Promise<void> => undefined;
      const between = await startBadConnection(server, async (bytes, of) => {
        if (of === "request") {
          const mark = (await answer(markName(), "TXT")) ?? [];
          const values = (await answer(name)) ?? [];
          restore = async () => {
            await put(markName(), "TXT", mark);
            await put(name, "A", values);
          };
          await intervene();
        }
        return bytes;
      });
      close = () => between.close();
      await failure(
        change(createRfc2136({ ...optionsAt(server), port: between.port })),
        "conflict",
      );
      expect(await dns.findRRSetByName(name, "A")).toMatchObject({ owner: null });
      await restore();
      await between.close();
      close = async () => undefined;
    }
    expect(await dns.findRRSetByName(name, "A")).toMatchObject({
      values: [ours],
      owner: "default",
    });
  });
});

describe("names of marks", () => {
  const zone = "example.test";
  const long = "x".repeat(60);
  const hash = createHash("sha256").update(long).digest("hex").slice(0, 40);

  test.each([
    ["the zone itself", zone],
    ["a wildcard", `*.${zone}`],
    ["a long name", `${long}.${zone}`],
  ])("%s shares its mark with no name that people can type", (_, name) => {
    const label = ownerNameOf(name, zone).split(".", 1)[0]!;
    expect(label.startsWith("_capstan-")).toBe(true);
    expect(label.length).toBeLessThanOrEqual(63);
    const typed = label.slice("_capstan-".length);
    expect(() => fullName(typed, zone, null)).toThrow("is not a name");
  });

  test.each([`_wildcard.${zone}`, `_apex.${zone}`, `_${hash}.${zone}`, `wildcard.${zone}`])(
    "%s has a mark of its own",
    (name) => {
      const others = [zone, `*.${zone}`, `${long}.${zone}`];
      expect(others.map((other) => ownerNameOf(other, zone))).not.toContain(
        ownerNameOf(name, zone),
      );
    },
  );
});
