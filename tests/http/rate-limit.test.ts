import { expect, test } from "vitest";
import { createRateLimit } from "../../src/http/rate-limit.ts";

test("as many as a minute allows may come at once, and then one each time that one is due", () => {
  const limit = createRateLimit(10);
  const at = (nowMs: number) => limit.take("a", nowMs);
  for (let count = 0; count < 10; count++) expect(at(0)).toBe(0);
  expect(at(0)).toBe(6_000);
  expect(at(5_999)).toBe(1);
  expect(at(6_000)).toBe(0);
  expect(at(6_000)).toBe(6_000);
  // After a minute of silence all of it is there again.
  for (let count = 0; count < 10; count++) expect(at(66_000)).toBe(0);
  expect(at(66_000)).toBeGreaterThan(0);
});

test("a refused request costs nothing: whoever goes on asking waits no longer", () => {
  const limit = createRateLimit(10);
  for (let count = 0; count < 1_000; count++) limit.take("a", 0);
  expect(limit.take("a", 6_000)).toBe(0);
});

test("a request may count for several", () => {
  const limit = createRateLimit(10);
  expect(limit.take("a", 0, 7)).toBe(0);
  expect(limit.take("a", 0, 4)).toBe(6_000);
  expect(limit.take("a", 0, 3)).toBe(0);
  expect(limit.take("a", 0)).toBe(6_000);
});

test("keys do not count for each other", () => {
  const limit = createRateLimit(1);
  expect(limit.take("a", 0)).toBe(0);
  expect(limit.take("b", 0)).toBe(0);
  expect(limit.take("a", 0)).toBe(60_000);
});

test("P7 what is remembered is bounded, whoever asks from however many addresses", () => {
  const limit = createRateLimit(600, 10_000);
  for (let count = 0; count < 100_000; count++) limit.take(`10.${count}`, 0);
  expect(limit.size()).toBe(10_000);
  limit.take("late", 60_001);
  expect(limit.size()).toBe(1);
});

test("a clock that goes back locks nobody out for longer than it went back", () => {
  const limit = createRateLimit(10);
  expect(limit.take("a", 1_000_000)).toBe(0);
  const waitMs = limit.take("a", 900_000);
  expect(waitMs).toBeLessThanOrEqual(100_000);
});
