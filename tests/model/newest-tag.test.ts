// Which tag an image policy chooses.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareTags, fitsPattern, newestTag } from "../../src/model/newest-tag.ts";
import { compareVersions, readRange, readVersion } from "../../src/model/version-range.ts";

const isIn = (range: string, version: string): boolean => readRange(range)!(readVersion(version)!);

test.each([
  ["~1.4", "1.4.0 1.4.9", "1.3.9 1.5.0 2.0.0 1.4.9-rc.1 1.5.0-rc.1"],
  ["~1.4.2", "1.4.2 1.4.10", "1.4.1 1.5.0"],
  ["~1", "1.0.0 1.9.9", "0.9.9 2.0.0"],
  ["^1.4", "1.4.0 1.99.0", "1.3.0 2.0.0 2.0.0-rc.1"],
  ["^0.3.1", "0.3.1 0.3.9", "0.3.0 0.4.0"],
  ["^0.0.3", "0.0.3", "0.0.4 0.1.0"],
  ["^0", "0.0.1 0.9.0", "1.0.0"],
  ["1.x", "1.0.0 1.9.0", "2.0.0 0.9.0"],
  ["1.4", "1.4.0 1.4.7", "1.5.0"],
  ["1.4.2", "1.4.2", "1.4.3 1.4.1"],
  ["*", "0.0.1 99.0.0", "1.0.0-rc.1"],
  [">=1.2 <2", "1.2.0 1.99.99", "1.1.9 2.0.0 2.0.0-rc.1"],
  [">= 1.2.3", "1.2.3 3.0.0", "1.2.2"],
  [">1.2.3", "1.2.4 2.0.0", "1.2.3"],
  [">1.2", "1.3.0", "1.2.9"],
  ["<=1.2", "1.2.9 0.1.0", "1.3.0"],
  ["<=1.2.3", "1.2.3", "1.2.4"],
  ["<1.2.3", "1.2.2", "1.2.3"],
  ["1.x || 3.x", "1.5.0 3.1.0", "2.0.0"],
  ["~2.0.0-rc.1", "2.0.0-rc.2 2.0.0 2.0.5", "2.0.0-alpha 2.0.5-rc.1 2.1.0"],
])("%s holds %s and not %s", (range, inside, outside) => {
  for (const version of inside.split(" ")) expect(isIn(range, version), version).toBe(true);
  for (const version of outside.split(" ")) expect(isIn(range, version), version).toBe(false);
});

test.each(["", " ", "newest", "1.2.3.4", "~", ">x", "1.4 -", "^^1", "01.2", "x".repeat(300)])(
  "%j is no range",
  (text) => {
    expect(readRange(text)).toBeNull();
  },
);

test("versions are sorted as they follow each other", () => {
  const sorted = [
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0",
    "1.0.10",
  ];
  const mixed = [...sorted].reverse();
  const read = (text: string) => readVersion(text)!;
  expect(mixed.sort((a, b) => compareVersions(read(a), read(b)))).toEqual(sorted);
});

describe("the newest tag", () => {
  const semver = { follow: "semver", range: "~1.4" } as const;

  test("is newer than the present one, in the range, and a whole version", () => {
    const tags = ["1.4.3", "1.4.10", "1.5.0", "1.4", "latest", "1.4.11-rc.1", "v1.4.10"];
    expect(newestTag(semver, "1.4.2", tags)).toBe("1.4.10");
    expect(newestTag(semver, "v1.4.2", tags)).toBe("v1.4.10");
    expect(newestTag(semver, "1.4.10", tags)).toBeNull();
    expect(newestTag(semver, "2.0.0", tags)).toBeNull();
    expect(newestTag(semver, "latest", tags)).toBe("1.4.10");
    expect(newestTag(semver, "1.4.2", [])).toBeNull();
  });

  test("of a pattern has the greatest numbers", () => {
    const pattern = { follow: "pattern", pattern: "main-*" } as const;
    const tags = ["main-9", "main-10", "dev-11", "main"];
    expect(newestTag(pattern, "main-2", tags)).toBe("main-10");
    expect(newestTag(pattern, "main-10", tags)).toBeNull();
    expect(newestTag(pattern, "main-11", tags)).toBeNull();
    expect(newestTag(pattern, "latest", tags)).toBe("main-10");
    expect(
      newestTag({ follow: "pattern", pattern: "*-alpine" }, "1.9-alpine", ["1.10-alpine", "1.11"]),
    ).toBe("1.10-alpine");
  });
});

test("a pattern fits as a regular expression would, in linear time", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "-", "."), maxLength: 12 });
  const pattern = fc.string({ unit: fc.constantFrom("a", "b", "-", "*"), maxLength: 8 });
  fc.assert(
    fc.property(pattern, text, (shape, tag) => {
      const expected = new RegExp(`^${shape.replaceAll("*", ".*")}$`).test(tag);
      expect(fitsPattern(shape, tag)).toBe(expected);
    }),
  );
  expect(fitsPattern("*a".repeat(60), "b".repeat(128))).toBe(false);
});

test("tags are sorted the same way from both sides", () => {
  const tag = fc.stringMatching(/^[a-z0-9.-]{0,12}$/);
  fc.assert(
    fc.property(tag, tag, (one, other) => {
      expect(Math.sign(compareTags(one, other))).toBe(-Math.sign(compareTags(other, one)) || 0);
    }),
  );
});
