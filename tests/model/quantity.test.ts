// Amounts as people write them and as Dokploy counts them.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatCpus,
  formatMemory,
  formatNs,
  parseMemoryBytes,
  parseNanoCpus,
} from "../../src/model/quantity.ts";

describe("memory", () => {
  test.each([
    ["512Mi", 512 * 1024 ** 2],
    ["2Gi", 2 * 1024 ** 3],
    ["1.5G", 1_500_000_000],
    ["1000000", 1_000_000],
    ["0.5Gi", 512 * 1024 ** 2],
    ["64K", 64_000],
    ["1T", 1e12],
    // Compose's words, as docker reads them.
    ["512m", 512 * 1024 ** 2],
    ["512mb", 512 * 1024 ** 2],
    ["2g", 2 * 1024 ** 3],
    ["64k", 65_536],
    [" 512 Mi ", 512 * 1024 ** 2],
  ])("%s is %d bytes", (text, bytes) => {
    expect(parseMemoryBytes(text)).toBe(bytes);
  });

  test.each([
    "",
    "0",
    "0Mi",
    "-1",
    "1e9",
    "Mi",
    "1.5",
    "1.0001Ki",
    "512MiB",
    "1 2",
    "½Gi",
    "9999999999Ti",
    "1.Gi",
  ])("%j is no amount", (text) => {
    expect(parseMemoryBytes(text)).toBeNull();
  });

  test("W11 decimals mean what they say, to the byte", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 9_999 }),
        fc.integer({ min: 0, max: 999 }),
        fc.constantFrom<[string, bigint][]>(
          ["M", 1_000_000n],
          ["G", 1_000_000_000n],
          ["K", 1_000n],
        ),
        (whole, thousandths, [unit, size]) => {
          const text = `${whole}.${String(thousandths).padStart(3, "0")}${unit}`;
          const exact = (BigInt(whole) * 1000n + BigInt(thousandths)) * (size / 1000n);
          expect(parseMemoryBytes(text)).toBe(exact === 0n ? null : Number(exact));
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("is shown as it is read back", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (bytes) => {
        expect(parseMemoryBytes(formatMemory(bytes))).toBe(bytes);
      }),
    );
  });
});

describe("CPUs", () => {
  test.each([
    ["0.5", 500_000_000],
    ["2", 2_000_000_000],
    ["250m", 250_000_000],
    ["0.1", 100_000_000],
    ["0.000000001", 1],
    ["1.5m", 1_500_000],
  ])("%s is %d nano-CPUs", (text, nano) => {
    expect(parseNanoCpus(text)).toBe(nano);
  });

  test.each(["", "0", "0m", "-1", "1e3", "half", "1.0000000001", "1 m", "0.0000001m"])(
    "%j is no amount",
    (text) => {
      expect(parseNanoCpus(text)).toBeNull();
    },
  );

  test("are shown so that two amounts never look alike", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e12 }), (nano) => {
        expect(formatCpus(nano)).not.toBe(formatCpus(nano + 1));
        expect(Number(formatCpus(nano)) * 1e9).toBeCloseTo(nano, 0);
      }),
    );
  });
});

test("durations are shown so that two never look alike", () => {
  expect(formatNs(1_500_000_000)).toBe("1500ms");
  expect(formatNs(10_000_000_000)).toBe("10s");
  expect(formatNs(0)).toBe("0s");
  fc.assert(
    fc.property(fc.nat(2 ** 31), fc.nat(2 ** 31), (one, other) => {
      if (one !== other) expect(formatNs(one)).not.toBe(formatNs(other));
    }),
  );
});
