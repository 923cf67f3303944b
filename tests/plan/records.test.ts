// The plan of DNS records, over random zones and wishes: what it may touch, and that it comes to an end (W1, O1).
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RecordSet } from "../../src/model/dns.ts";
import type { Action } from "../../src/model/plan.ts";
import { recordKeepers } from "../../src/plan/record-wishes.ts";
import { planRecords, typeOf } from "../../src/plan/records.ts";
import type { RecordWish } from "../../src/plan/record-wishes.ts";
import type { RecordInput } from "../../src/plan/records.ts";

const hosts = ["a.example.com", "b.example.com", "example.com", "c.example.org"];
const addresses = ["203.0.113.7", "198.51.100.5", "2001:db8::7"];
const traefik = "203.0.113.7";

const keeper = fc.option(
  fc.record({
    instance: fc.constantFrom("default", "other"),
    stack: fc.constantFrom("shop", "blog"),
  }),
  { nil: null },
);
const set = fc
  .record({
    name: fc.constantFrom(...hosts.slice(0, 3)),
    type: fc.constantFrom("A", "AAAA", "CNAME", "TXT"),
    ttl: fc.constantFrom(null, 300, 600),
    values: fc.uniqueArray(fc.constantFrom(...addresses), { minLength: 1, maxLength: 2 }),
    fits: fc.boolean(),
    unmarked: fc.constantFrom(null, "default", "other"),
    isProtected: fc.boolean(),
    keeper,
  })
  .map(({ fits, unmarked, keeper: mark, ...rest }): RecordSet => ({
    ...rest,
    owner: mark === null ? unmarked : fits ? mark.instance : null,
    ...(mark === null ? {} : { keeper: mark }),
  }));
/** A name with an alias has nothing else. */
const zoneSets = fc
  .uniqueArray(set, { selector: ({ name, type }) => `${name} ${type}`, maxLength: 8 })
  .map((sets) => {
    const aliased = new Set(sets.filter(({ type }) => type === "CNAME").map(({ name }) => name));
    return sets.filter(({ name, type }) => type === "CNAME" || !aliased.has(name));
  });
const wishes = fc.uniqueArray(
  fc.record({
    host: fc.constantFrom(...hosts),
    address: fc.constantFrom(null, ...addresses),
    ttl: fc.constantFrom(300, 600),
    isExplicit: fc.boolean(),
  }),
  { selector: ({ host }) => host },
);
const inputs = fc
  .record({
    sets: zoneSets,
    wishes,
    remembered: fc.subarray(hosts),
    keptElsewhere: fc.subarray(hosts),
    keepsAll: fc.boolean(),
    leavesDrift: fc.boolean(),
  })
  .map(({ sets, wishes: wished, remembered, keptElsewhere, ...flags }): RecordInput => ({
    ...{ stack: "shop", instance: "default", wishes: wished, disputes: [], ...flags },
    settings: { managed: true, target: traefik },
    zone: { kind: "read", name: "example.com", sets },
    keeperOf: (host) =>
      keptElsewhere.includes(host)
        ? "blog"
        : wished.some((wish) => wish.host === host)
          ? "shop"
          : null,
    remembered: new Set(remembered),
    left: { kind: "left-git", what: "record", kept: false },
  }));

const setsOf = ({ zone }: RecordInput): readonly RecordSet[] =>
  zone.kind === "read" ? zone.sets : [];

/** What providers do with an action. */
function carriedOut(input: RecordInput, actions: readonly Action[]): readonly RecordSet[] {
  const sets = new Map(setsOf(input).map((one) => [`${one.name} ${one.type}`, one]));
  for (const action of actions) {
    if (!("host" in action)) continue;
    const key = `${action.host} ${action.recordType}`;
    if (action.type === "delete-record") sets.delete(key);
    else {
      sets.set(key, {
        ...{ name: action.host, type: action.recordType, ttl: action.ttl },
        ...{ values: [action.address], owner: input.instance, isProtected: false },
        keeper: { instance: input.instance, stack: input.stack },
      });
    }
  }
  return [...sets.values()];
}

/** Whether a record is somebody else's, who must never lose it. */
function isStrangers({ owner, keeper: mark }: RecordSet): boolean {
  return mark === undefined ? owner !== "default" : mark.instance !== "default";
}

test("W1 a plan of records that was carried out is followed by none", () => {
  fc.assert(
    fc.property(inputs, (input) => {
      const { before, after } = planRecords(input);
      const sets = carriedOut(input, [...before, ...after]);
      const next = planRecords({ ...input, zone: { kind: "read", name: "example.com", sets } });
      expect([...next.before, ...next.after]).toEqual([]);
    }),
    { numRuns: 1_000 },
  );
});

test("O1 what a stranger made, and what is protected, is never touched", () => {
  fc.assert(
    fc.property(inputs, (input) => {
      const { before, after } = planRecords(input);
      const left = carriedOut(input, [...before, ...after]);
      for (const one of setsOf(input)) {
        if (isStrangers(one) || one.isProtected || !["A", "AAAA"].includes(one.type)) {
          expect(left).toContainEqual(one);
        }
      }
    }),
    { numRuns: 1_000 },
  );
});

test("O1 only what the stack kept, unchanged since, is removed", () => {
  fc.assert(
    fc.property(inputs, (input) => {
      for (const action of planRecords(input).after) {
        expect(action.type).toBe("delete-record");
        if (action.type !== "delete-record") continue;
        const there = setsOf(input).find(
          ({ name, type }) => name === action.host && type === action.recordType,
        );
        expect(there).toMatchObject({
          owner: "default",
          keeper: { instance: "default", stack: "shop" },
        });
        const isKnown = input.remembered.has(action.host);
        const own = [traefik, ...input.wishes.map(({ address }) => address)];
        expect(isKnown || there?.values.every((value) => own.includes(value))).toBe(true);
        expect(input.keepsAll).toBe(false);
      }
    }),
    { numRuns: 1_000 },
  );
});

test("every host in the zone that is asked for is as asked afterwards, or a trouble or note says why not", () => {
  fc.assert(
    fc.property(inputs, (input) => {
      const { before, after, troubles, notes } = planRecords(input);
      const sets = carriedOut(input, [...before, ...after]);
      for (const { host, address, ttl, isExplicit } of input.wishes) {
        if (host.endsWith(".org")) {
          expect(troubles.some((one) => one.host === host)).toBe(isExplicit);
          continue;
        }
        const isThere =
          address !== null &&
          sets.some(
            ({ name, type, values, ttl: has }) =>
              name === host && type === typeOf(address) && values.join() === address && has === ttl,
          );
        const isSaid =
          troubles.some((one) => one.host === host) ||
          notes.some(({ message }) => message.includes(host));
        expect(isThere || isSaid).toBe(true);
      }
    }),
    { numRuns: 1_000 },
  );
});

test("W2 the order of the zone's records means nothing", () => {
  fc.assert(
    fc.property(inputs, (input) => {
      const sets = [...setsOf(input)].reverse();
      const turned = planRecords({ ...input, zone: { kind: "read", name: "example.com", sets } });
      const plan = planRecords(input);
      const sorted = (of: readonly unknown[]) => of.map((one) => JSON.stringify(one)).sort();
      expect(sorted(turned.after)).toEqual(sorted(plan.after));
      expect(turned.before).toEqual(plan.before);
      expect(turned.troubles).toEqual(plan.troubles);
    }),
  );
});

test("a zone that cannot be read is never an empty one: nothing is planned, and each host says so", () => {
  fc.assert(
    fc.property(inputs, (input) => {
      const plan = planRecords({ ...input, zone: { kind: "unknown", why: "it is down" } });
      expect([...plan.before, ...plan.after]).toEqual([]);
      for (const { host } of input.wishes) {
        expect(plan.troubles).toContainEqual(
          expect.objectContaining({ host, kind: "unavailable" }),
        );
      }
    }),
  );
});

describe("who keeps the record of a host that several stacks ask for", () => {
  const wish = (isExplicit: boolean): RecordWish => ({
    ...{ host: "a.example.com", address: traefik, ttl: 300 },
    isExplicit,
  });
  test("is the first by name, those first whose manifests ask for it", () => {
    const keepers = (...stacks: (readonly [string, boolean])[]) =>
      recordKeepers(stacks.map(([name, isExplicit]) => ({ name, wishes: [wish(isExplicit)] }))).get(
        "a.example.com",
      );
    expect(keepers(["shop", false], ["blog", false])).toBe("blog");
    expect(keepers(["shop", true], ["blog", false])).toBe("shop");
    expect(keepers(["shop", true], ["blog", true])).toBe("blog");
  });
});
