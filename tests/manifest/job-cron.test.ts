// What was found out with the very reader of cron expressions that Dokploy v0.30.2 uses.
import { expect, test } from "vitest";
import { cronRefusal } from "../../src/manifest/job-cron.ts";

test.each([
  "0 2 * * *",
  " 0  2 * * * ",
  "*/5 * * * * *",
  "0-30/5 1 * * *",
  "5/15 * * * *",
  "*/100 * * * *",
  "0 0 29 2 *",
  "0 0 L * *",
  "0 0 1,L * *",
  "0 0 ? * 1L",
  "0 0 * * 1#2",
  "0 0 1 JAN MON",
  "0 0 * * 7",
  "0 0 * * sun-tue",
  "0 0 30 1,2 *",
  "0 0 31 4,6 1",
  "@hourly",
  "@daily",
])("runs at some time: %s", (text) => {
  expect(cronRefusal(text)).toBeNull();
});

test.each([
  ["not cron", "five fields"],
  ["", "five fields"],
  ["* * * *", "five fields"],
  ["@reboot", "five fields"],
  ["2026-12-01T00:00:00Z", "five fields"],
  ["60 0 * * *", "minutes cannot be read"],
  ["0 24 * * *", "hours cannot be read"],
  ["0 0 0 * *", "days of the month cannot be read"],
  ["0 0 15W * *", "days of the month cannot be read"],
  ["0 0 5-3 * *", "days of the month cannot be read"],
  ["0 0 * * 5-1", "days of the week cannot be read"],
  ["*/0 * * * *", "minutes cannot be read"],
  ["0,,1 0 * * *", "minutes cannot be read"],
  ["? 0 * * *", "minutes cannot be read"],
  ["H 0 * * *", "minutes cannot be read"],
  ["0 0 30 2 *", "never comes true"],
  ["0 0 30 feb *", "never comes true"],
  ["0 0 30 2 1", "never comes true"],
  ["0 0 31 2,4 *", "never comes true"],
  ["0 0 31 4,6,9,11 *", "never comes true"],
])("is refused, as Dokploy would take it and never run it: %s", (text, why) => {
  expect(cronRefusal(text)).toContain(why);
});
