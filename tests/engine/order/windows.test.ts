// When a stack with sync windows may be changed: cron in a time zone, through both switches of the clocks.
import fc from "fast-check";
import { createTask } from "node-cron";
import { describe, expect, test } from "vitest";
import { openingText, windowState } from "../../../src/engine/order/windows.ts";
import type { SyncWindow } from "../../../src/model/desired.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const amsterdam = (allow: string, forMs: number): SyncWindow => ({
  allow,
  forMs,
  timezone: "Europe/Amsterdam",
});
const utc = (allow: string, forMs: number): SyncWindow => ({ allow, forMs, timezone: "UTC" });

function at(text: string): number {
  return Date.parse(text);
}
function isOpen(windows: readonly SyncWindow[], text: string): boolean {
  return windowState(windows, at(text)).kind === "open";
}
/** When the next window opens, in UTC; `open` when one is. */
function next(windows: readonly SyncWindow[], text: string): string | null {
  const state = windowState(windows, at(text));
  if (state.kind === "open") return "open";
  return state.next === null ? null : new Date(state.next.atMs).toISOString();
}

test("H6 a stack without windows is always open", () => {
  expect(windowState([], at("2026-11-22T03:00:00Z"))).toEqual({ kind: "open" });
});

test("H6 a window is open from its first moment until just before its end", () => {
  const office = [amsterdam("0 6 * * 1-5", 16 * hour)];
  expect(isOpen(office, "2026-11-23T05:59:59.999+01:00")).toBe(false);
  expect(isOpen(office, "2026-11-23T06:00:00.000+01:00")).toBe(true);
  expect(isOpen(office, "2026-11-23T06:00:31.500+01:00")).toBe(true);
  expect(isOpen(office, "2026-11-23T21:59:59.999+01:00")).toBe(true);
  expect(isOpen(office, "2026-11-23T22:00:00.000+01:00")).toBe(false);
});

test("H6 what is closed on Saturday opens on Monday, and people read when in its own time zone", () => {
  const office = [amsterdam("0 6 * * 1-5", 16 * hour)];
  const state = windowState(office, at("2026-11-21T12:00:00+01:00"));
  if (state.kind !== "closed" || state.next === null) throw new Error("it should open again");
  expect(openingText(state.next)).toBe("2026-11-23 06:00 Europe/Amsterdam");
});

describe("H6 when the clocks go forward (2026-03-29, 02:00 becomes 03:00)", () => {
  test("a window opens at the same local time before and after", () => {
    const daily = [amsterdam("0 6 * * *", hour)];
    expect(next(daily, "2026-03-28T12:00:00Z")).toBe("2026-03-29T04:00:00.000Z");
    expect(next(daily, "2026-03-27T12:00:00Z")).toBe("2026-03-28T05:00:00.000Z");
  });

  test("one whose time is skipped opens when the clocks have jumped", () => {
    const nightly = [amsterdam("30 2 * * *", hour)];
    expect(next(nightly, "2026-03-28T12:00:00Z")).toBe("2026-03-29T01:00:00.000Z");
    expect(isOpen(nightly, "2026-03-29T00:59:59Z")).toBe(false);
    expect(isOpen(nightly, "2026-03-29T01:00:00Z")).toBe(true);
    expect(isOpen(nightly, "2026-03-29T01:59:59Z")).toBe(true);
    expect(isOpen(nightly, "2026-03-29T02:00:00Z")).toBe(false);
  });

  test("one that is open meanwhile stays open for its whole duration", () => {
    const night = [amsterdam("0 1 * * *", 3 * hour)];
    expect(isOpen(night, "2026-03-29T00:00:00Z")).toBe(true);
    expect(isOpen(night, "2026-03-29T02:59:59Z")).toBe(true);
    expect(isOpen(night, "2026-03-29T03:00:00Z")).toBe(false);
  });
});

describe("H6 when the clocks go back (2026-10-25, 03:00 becomes 02:00)", () => {
  test("a window opens at the same local time before and after", () => {
    const daily = [amsterdam("0 6 * * *", hour)];
    expect(next(daily, "2026-10-24T12:00:00Z")).toBe("2026-10-25T05:00:00.000Z");
    expect(next(daily, "2026-10-23T12:00:00Z")).toBe("2026-10-24T04:00:00.000Z");
  });

  test("one whose time comes twice opens both times", () => {
    const nightly = [amsterdam("30 2 * * *", 10 * minute)];
    expect(isOpen(nightly, "2026-10-25T00:35:00Z")).toBe(true);
    expect(isOpen(nightly, "2026-10-25T00:45:00Z")).toBe(false);
    expect(next(nightly, "2026-10-25T00:45:00Z")).toBe("2026-10-25T01:30:00.000Z");
    expect(isOpen(nightly, "2026-10-25T01:35:00Z")).toBe(true);
    expect(next(nightly, "2026-10-25T01:40:00Z")).toBe("2026-10-26T01:30:00.000Z");
  });
});

test("H6 a switch at midnight and one of half an hour are survived too", () => {
  const cairo = [{ allow: "15 0 * * *", forMs: minute, timezone: "Africa/Cairo" }];
  expect(next(cairo, "2026-04-23T12:00:00Z")).toBe("2026-04-23T22:00:00.000Z");
  const lordHowe = [{ allow: "45 1 * * *", forMs: minute, timezone: "Australia/Lord_Howe" }];
  expect(next(lordHowe, "2026-04-04T14:44:00Z")).toBe("2026-04-04T14:45:00.000Z");
  expect(next(lordHowe, "2026-04-04T14:46:00Z")).toBe("2026-04-04T15:15:00.000Z");
});

test("H6 of several windows any one that is open is enough, and the nearest is the next", () => {
  const windows = [utc("0 6 * * *", hour), amsterdam("0 20 * * *", 2 * hour)];
  expect(isOpen(windows, "2026-07-01T06:30:00Z")).toBe(true);
  expect(isOpen(windows, "2026-07-01T19:00:00Z")).toBe(true);
  expect(next(windows, "2026-07-01T07:00:00Z")).toBe("2026-07-01T18:00:00.000Z");
  expect(next(windows, "2026-07-01T20:00:00Z")).toBe("2026-07-02T06:00:00.000Z");
});

test("H6 a window that is longer than its period never closes", () => {
  const windows = [amsterdam("0 0 * * *", 30 * hour)];
  for (let ms = at("2026-03-28T00:00:00Z"); ms < at("2026-03-31T00:00:00Z"); ms += 7 * minute) {
    expect(windowState(windows, ms).kind).toBe("open");
  }
});

test("H6 a window of seven days is open until its last moment, over a switch of the clocks too", () => {
  const windows = [amsterdam("0 12 26 3 *", 7 * day)];
  const opens = at("2026-03-26T12:00:00+01:00");
  expect(windowState(windows, opens - 1).kind).toBe("closed");
  expect(windowState(windows, opens).kind).toBe("open");
  expect(windowState(windows, opens + 7 * day - 1).kind).toBe("open");
  expect(windowState(windows, opens + 7 * day).kind).toBe("closed");
});

test("H6 a day must match both day fields, and rare days are found", () => {
  expect(next([utc("0 6 1 * 1", hour)], "2026-11-22T00:00:00Z")).toBe("2027-02-01T06:00:00.000Z");
  expect(next([utc("0 6 29 2 *", hour)], "2026-11-22T00:00:00Z")).toBe("2028-02-29T06:00:00.000Z");
  expect(next([utc("0 6 29 2 1", hour)], "2072-11-22T00:00:00Z")).toBe("2112-02-29T06:00:00.000Z");
});

test("H6 names, ranges over the week's end, steps and 7 for Sunday are understood", () => {
  const windows = [utc("*/20 22 * jan,NOV fri-mon", minute)];
  expect(next(windows, "2026-11-20T22:21:00Z")).toBe("2026-11-20T22:40:00.000Z");
  expect(next(windows, "2026-11-23T23:00:00Z")).toBe("2026-11-27T22:00:00.000Z");
  expect(next([utc("0 0 * * 7", minute)], "2026-11-20T00:00:00Z")).toBe("2026-11-22T00:00:00.000Z");
});

test("H6 windows open when node-cron would run, except where the clocks skip a time", () => {
  const expressions = ["30 2 * * *", "*/15 * * * *", "0 6 * * 1-5", "5,50 0-3 1-15 * *"];
  const zones = ["Europe/Amsterdam", "UTC", "America/New_York", "Asia/Kathmandu"];
  const from = at("2026-01-01T00:00:00Z") / minute;
  const to = at("2027-01-01T00:00:00Z") / minute;
  for (const allow of expressions) {
    for (const timezone of zones) {
      const task = createTask(allow, () => undefined, { timezone });
      fc.assert(
        fc.property(fc.integer({ min: from, max: to }), (minutes) => {
          const now = minutes * minute;
          const state = windowState([{ allow, forMs: minute, timezone }], now);
          // At the switch itself a skipped window opens, which node-cron passes over.
          if (task.match(new Date(now))) expect(state.kind).toBe("open");
          else if (state.kind === "open") expect(new Date(now).getUTCMinutes()).toBe(0);
        }),
        { numRuns: 60 },
      );
      void task.destroy();
    }
  }
});
