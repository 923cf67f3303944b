// Whose records are changed and removed: ours, and others only when their value is repeated.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createRecord, removeRecord } from "../../src/engine/dns/records.ts";
import type { RecordDeps } from "../../src/engine/dns/records.ts";
import { failure } from "../forge/support.ts";
import { startFakeHetzner } from "../support/fake-hetzner.ts";
import type { FakeHetzner } from "../support/fake-hetzner.ts";
import { hetznerAt, markAs, sleepClock } from "./support.ts";

let host: FakeHetzner;
let deps: RecordDeps;
beforeEach(async () => {
  host = await startFakeHetzner();
  deps = { dns: hetznerAt(host, sleepClock()), instance: "default" };
});
afterEach(() => host.close());

const name = "alice.ai.example.com";
const target = "203.0.113.7";
const values = (type = "A") => host.values("example.com", "alice.ai", type);
const put = (type: string, ...given: readonly string[]) =>
  host.put("example.com", "alice.ai", type, given);
const ours = (type: string, ...given: readonly string[]) => markAs(put(type, ...given), "default");
/** Lets somebody change the record after Capstan looked at it, and before it changes it. */
function meanwhile(change: () => void): RecordDeps {
  const { dns } = deps;
  return {
    ...deps,
    dns: {
      ...dns,
      async findRRSetByName(...asked) {
        const found = await dns.findRRSetByName(...asked);
        if (found !== null) change();
        return found;
      },
    },
  };
}

describe("create", () => {
  test("makes the record, and a second time has nothing to do", async () => {
    expect((await createRecord(deps, { name, target })).kind).toBe("created");
    const writes = host.writes().length;
    expect((await createRecord(deps, { name, target })).kind).toBe("same");
    expect(host.writes()).toHaveLength(writes);
  });

  test("has nothing to do where somebody else made the same one", async () => {
    put("A", target);
    const created = await createRecord(deps, { name, target });
    expect(created).toMatchObject({ kind: "same", record: { owner: null } });
    expect(host.writes()).toEqual([]);
  });

  test("knows an IPv6 address in another form", async () => {
    put("AAAA", "2001:0db8:0::7");
    expect((await createRecord(deps, { name, target: "2001:DB8::7" })).kind).toBe("same");
  });

  test("moves its own record", async () => {
    ours("A", "203.0.113.1");
    const created = await createRecord(deps, { name, target });
    expect(created).toMatchObject({ kind: "moved", before: ["203.0.113.1"] });
    expect(values()).toEqual([target]);
  });

  test.each([
    ["somebody else's", () => void put("A", "203.0.113.1")],
    ["another instance's", () => void markAs(put("A", "203.0.113.1"), "other")],
    ["its own with a second value", () => void ours("A", "203.0.113.1", "203.0.113.2")],
    ["its own that somebody changed", () => void (ours("A", target).records[0]!.value = "1.2.3.4")],
    ["an alias", () => void put("CNAME", "www.example.com.")],
  ])("leaves %s and says how to replace it", async (_, prepare) => {
    prepare();
    const error = await failure(createRecord(deps, { name, target }), "conflict");
    expect(error.kind).toBe("exists");
    expect(error.hint).toContain("capstan dns remove alice.ai.example.com --value ");
    expect(host.writes()).toEqual([]);
  });

  test("leaves its own record that somebody changes at the same time", async () => {
    const set = ours("A", "203.0.113.1");
    const racing = meanwhile(() => (set.records = [{ value: "198.51.100.5" }]));
    await failure(createRecord(racing, { name, target }), "conflict");
    expect(values()).toEqual(["198.51.100.5"]);
  });

  test("wants an address", async () => {
    const error = await failure(createRecord(deps, { name, target: "traefik" }), "invalid");
    expect(error.hint).toContain("--target");
  });
});

describe("remove", () => {
  test("takes away what Capstan made, of both families", async () => {
    ours("A", target);
    ours("AAAA", "2001:db8::7");
    put("TXT", '"a text stays"');
    const { removed, left } = await removeRecord(deps, { name, value: null });
    expect(removed.map(({ type }) => type)).toEqual(["A", "AAAA"]);
    expect(left).toEqual([]);
    expect([values(), values("AAAA"), values("TXT")]).toEqual([null, null, ['"a text stays"']]);
  });

  test("tells what others made and what stays", async () => {
    ours("A", target);
    put("AAAA", "2001:db8::7");
    const { left } = await removeRecord(deps, { name, value: null });
    expect(left.map(({ type }) => type)).toEqual(["AAAA"]);
    expect(values("AAAA")).toEqual(["2001:db8::7"]);
  });

  test.each([
    ["somebody else", null, "Capstan did not create it, or somebody changed it since"],
    ["another instance", "other", "the Capstan instance other created it"],
  ])("leaves what %s made unless its value is repeated", async (_, instance, why) => {
    const set = put("A", target);
    if (instance !== null) markAs(set, instance);
    const error = await failure(removeRecord(deps, { name, value: null }), "denied");
    expect(error.message).toContain(why);
    expect(error.hint).toContain(`capstan dns remove ${name} --value ${target}`);
    await failure(removeRecord(deps, { name, value: "203.0.113.99" }), "not-found");
    expect(values()).toEqual([target]);
    await removeRecord(deps, { name, value: target });
    expect(values()).toBeNull();
  });

  test("leaves its own record with several values", async () => {
    ours("A", target, "203.0.113.99");
    const error = await failure(removeRecord(deps, { name, value: null }), "denied");
    expect(error.message).toContain("several values");
  });

  test("leaves its own record to which somebody added a value, until that is gone", async () => {
    ours("A", target).records.push({ value: "203.0.113.99" });
    const error = await failure(removeRecord(deps, { name, value: null }), "denied");
    expect(error.message).toContain("somebody changed it since");
    await removeRecord(deps, { name, value: "203.0.113.99" });
    expect(values()).toEqual([target]);
    await removeRecord(deps, { name, value: null });
    expect(values()).toBeNull();
  });

  test("leaves its own record whose value somebody changed, label and comment kept", async () => {
    ours("A", target).records[0]!.value = "198.51.100.5";
    await failure(removeRecord(deps, { name, value: null }), "denied");
    expect(values()).toEqual(["198.51.100.5"]);
  });

  test("leaves its own record that somebody makes theirs at the same time", async () => {
    const set = ours("A", target);
    const racing = meanwhile(() => (set.labels = {}));
    await failure(removeRecord(racing, { name, value: null }), "conflict");
    expect(values()).toEqual([target]);
  });

  test.each([
    ["CNAME", "www.example.com.", "www.example.com"],
    ["AAAA", "2001:0db8::7", "2001:DB8:0::7"],
    ["TXT", '"two words"', "two words"],
    ["MX", "10 mail.example.com.", "10 mail.example.com."],
  ])("finds a value of type %s in the form that people write", async (type, stored, typed) => {
    put(type, stored);
    const { removed } = await removeRecord(deps, { name, value: typed });
    expect(removed).toMatchObject([{ type }]);
    expect(values(type)).toBeNull();
  });

  test("of what is not there is an error", async () => {
    await failure(removeRecord(deps, { name, value: null }), "not-found");
    const error = await failure(removeRecord(deps, { name, value: target }), "not-found");
    expect(error.hint).toContain("capstan dns check");
  });

  test("never takes the zone's own name servers", async () => {
    const zone = { name: "example.com", value: "oxygen.ns.hetzner.com." };
    await failure(removeRecord(deps, zone), "denied");
    expect(host.writes()).toEqual([]);
  });
});
