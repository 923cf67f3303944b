// What lasts is told when it is news, and once a day.
import { expect, test } from "vitest";
import { createStackRecords } from "../../../src/engine/memory/stack-records.ts";
import { createToldOnce } from "../../../src/engine/events/told-once.ts";

const hourMs = 3_600_000;

test("a thing is told once, then when it changes", () => {
  const told = createToldOnce(createStackRecords(), "told");
  expect(told.isNews("shop", "outcome", ["waiting", "six go"], 0)).toBe(true);
  expect(told.isNews("shop", "outcome", ["waiting", "six go"], 30_000)).toBe(false);
  expect(told.isNews("shop", "outcome", ["waiting", "seven go"], 60_000)).toBe(true);
  expect(told.isNews("shop", "outcome", ["waiting", "six go"], 90_000)).toBe(true);
  expect(told.isNews("shop", "action", ["waiting", "six go"], 90_000)).toBe(true);
  expect(told.isNews("blog", "outcome", ["waiting", "six go"], 90_000)).toBe(true);
});

test("one that lasts is told once a day", () => {
  const told = createToldOnce(createStackRecords(), "told");
  const heard = Array.from({ length: 50 }, (_, hour) => hour).filter((hour) =>
    told.isNews("shop", "outcome", ["waiting"], hour * hourMs),
  );
  expect(heard).toEqual([0, 24, 48]);
});

test("what is forgotten is news when it comes again", () => {
  const told = createToldOnce(createStackRecords(), "told");
  told.isNews("shop", "outcome", ["waiting"], 0);
  told.isNews("shop", "action", ["failed"], 0);
  told.forget("shop", "action");
  expect(told.isNews("shop", "action", ["failed"], 1)).toBe(true);
  expect(told.isNews("shop", "outcome", ["waiting"], 1)).toBe(false);
  told.forget("shop");
  expect(told.isNews("shop", "outcome", ["waiting"], 2)).toBe(true);
});
