// Markers survive what people do to descriptions, and never say more than is in them.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  describe as describeWith,
  formatMarker,
  formatWant,
  isCopy,
  ownedStack,
  ownerName,
  parseMarker,
  parseWant,
  sameWant,
  unsettledHash,
  withoutMarker,
} from "../../src/model/marker.ts";
import type { Marker } from "../../src/model/marker.ts";

const hex12 = fc
  .array(fc.constantFrom(...Array.from("0123456789abcdef")), { minLength: 12, maxLength: 12 })
  .map((digits) => digits.join(""));
const want = fc.option(
  fc.record({ hash: fc.oneof(hex12, fc.constant(unsettledHash)), attempt: fc.nat(999_999_999) }),
);
const marker: fc.Arbitrary<Marker> = fc.record({
  owner: fc.constantFrom("default/shop", "other/a-1", "a/b"),
  key: fc.constantFrom("project", "app/web", "app/web@staging"),
  id: fc.option(fc.constantFrom("Abc-_123", "p0000001")),
  want,
  done: want,
  live: fc.option(hex12),
  bad: fc.option(hex12),
  keep: fc.boolean(),
  rev: fc.option(hex12),
});
/** A person's text: anything but a marker of its own. */
const text = fc.string({ unit: "binary" }).filter((given) => !given.includes("[capstan:"));

describe("a marker", () => {
  test("is read back as it was written, wherever people put text around it", () => {
    fc.assert(
      fc.property(marker, text, text, (given, before, after) => {
        expect(parseMarker(`${before}${formatMarker(given)}${after}`)).toEqual(given);
        expect(parseMarker(describeWith(before, given))).toEqual(given);
      }),
    );
  });

  test("leaves a person's text as it was", () => {
    fc.assert(
      fc.property(marker, text, (given, before) => {
        expect(withoutMarker(describeWith(before.trim(), given))).toBe(before.trim());
      }),
    );
    const inside = `A shop. ${formatMarker({ ...blank })} Ask Ann.`;
    expect(withoutMarker(inside)).toBe("A shop. Ask Ann.");
    expect(withoutMarker(null)).toBe("");
  });

  test("may have words that this version does not know, and lack some that it knows", () => {
    expect(parseMarker("[capstan:1 owner=default/shop key=app/web new=1]")).toEqual(blank);
    expect(parseMarker("[capstan:1  key=app/web\n owner=default/shop ]")).toEqual(blank);
  });

  test.each([
    null,
    "",
    "a shop",
    "[capstan:1]",
    "[capstan:1 owner=default/shop]",
    "[capstan:1 key=app/web]",
    "[capstan:2 owner=default/shop key=app/web]",
    "[capstan:1 owner=default/shop key=app/web",
    "[capstan:1 owner= key=app/web]",
    "[capstan:1 owner=none key=app/web]",
  ])("is not in %j", (description) => {
    expect(parseMarker(description)).toBeNull();
  });

  test("is looked for in linear time, whatever somebody typed", () => {
    const started = performance.now();
    for (const evil of [
      " ".repeat(300_000),
      "[capstan:1 ".repeat(30_000),
      "[capstan:1 a=".repeat(20_000),
      `[capstan:1${" a=b".repeat(100_000)}`,
    ]) {
      expect(parseMarker(evil)).toBeNull();
      withoutMarker(evil);
    }
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

const blank: Marker = {
  owner: "default/shop",
  key: "app/web",
  id: null,
  want: null,
  done: null,
  live: null,
  bad: null,
  keep: false,
  rev: null,
};

describe("whose marker it is", () => {
  test.each([
    ["default/shop", "shop"],
    ["default-2/shop", null],
    ["defaul/shop", null],
    ["shop", null],
    ["default/", null],
    ["default/shop/else", null],
  ])("owner %s is our stack %j", (owner, stack) => {
    expect(ownedStack("default", { ...blank, owner })).toBe(stack);
  });

  test("is what ownerName says", () => {
    expect(ownedStack("default", { ...blank, owner: ownerName("default", "shop") })).toBe("shop");
  });

  test("a copy carries another resource's id; an interrupted creation carries none", () => {
    expect(isCopy({ ...blank, id: "abcdefgh" }, "abcdefgh-and-more")).toBe(false);
    expect(isCopy({ ...blank, id: "abcdefgh" }, "zbcdefgh-and-more")).toBe(true);
    expect(isCopy(blank, "abcdefgh-and-more")).toBe(false);
  });
});

describe("a want", () => {
  test("is read back as it was written", () => {
    fc.assert(
      fc.property(want, (given) => {
        if (given !== null) expect(parseWant(formatWant(given))).toEqual(given);
      }),
    );
  });

  test.each([
    undefined,
    "",
    "none",
    "aaaaaaaaaaaa",
    "aaaaaaaaaaaa.",
    "aaaaaaaaaaa.1",
    "AAAAAAAAAAAA.1",
    "aaaaaaaaaaaa.-1",
    "aaaaaaaaaaaa.1.2",
    " aaaaaaaaaaaa.1",
  ])("is not %j", (given) => {
    expect(parseWant(given)).toBeNull();
  });

  test("two of them are the same with hash and attempt", () => {
    const one = { hash: "a", attempt: 1 };
    expect(sameWant(one, { ...one })).toBe(true);
    expect(sameWant(one, { ...one, attempt: 2 })).toBe(false);
    expect(sameWant(one, null)).toBe(false);
    expect(sameWant(null, null)).toBe(true);
  });
});
