import { describe, expect, test } from "vitest";
import { parseQuietHours, quietForMs } from "../../src/notify/quiet.ts";

const hour = 3_600_000;
const at = (iso: string): number => Date.parse(iso);

describe("quiet hours over midnight", () => {
  const quiet = parseQuietHours("22:00-07:00", "UTC");
  test.each([
    ["2026-03-02T21:59:59Z", 0],
    ["2026-03-02T22:00:00Z", 9 * hour],
    ["2026-03-03T06:59:30Z", 30_000],
    ["2026-03-03T07:00:00Z", 0],
    ["2026-03-03T12:00:00Z", 0],
  ])("at %s they last for %i ms more", (time, ms) => {
    expect(quietForMs(quiet, at(time))).toBe(ms);
  });
});

test("quiet hours within a day, in a time zone of their own", () => {
  const quiet = parseQuietHours("12:00-13:30", "Europe/Amsterdam");
  expect(quietForMs(quiet, at("2026-01-05T11:30:00Z"))).toBe(hour);
  expect(quietForMs(quiet, at("2026-01-05T12:30:00Z"))).toBe(0);
  // In summer the same hours come an hour earlier.
  expect(quietForMs(quiet, at("2026-07-05T10:30:00Z"))).toBe(hour);
});

test("what is no time of the day is none", () => {
  for (const text of ["", "22", "22:00", "22:60-07:00", "24:01-07:00", "1:00-2:00-3:00", "a-b"]) {
    expect(parseQuietHours(text, "UTC")).toBeNull();
  }
  expect(parseQuietHours("22:00-24:00", "UTC")).toMatchObject({ toMinute: 0 });
});
