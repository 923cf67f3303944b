import { expect, test } from "vitest";
import { jumpClock } from "./jump-clock.ts";

const startsAt = "2026-11-23T05:50:00Z";

test("a jump fires what is due by then, in its order, and leaves the rest armed", async () => {
  const clock = jumpClock(startsAt);
  const fired: string[] = [];
  const last = Promise.withResolvers<undefined>();
  clock.after(600_000, () => {
    fired.push("second");
    last.resolve(undefined);
  });
  clock.after(300_000, () => void fired.push("first"));
  const cancelLater = clock.after(3_600_000, () => void fired.push("later"));
  clock.after(60_000, () => void fired.push("cancelled"))();
  const slept = clock.sleep(540_000);

  clock.jumpTo("2026-11-23T06:00:00Z");
  await Promise.all([slept, last.promise]);
  expect(fired).toEqual(["first", "second"]);
  expect(clock.now()).toBeGreaterThanOrEqual(Date.parse("2026-11-23T06:00:00Z"));
  expect(() => {
    clock.jumpTo(startsAt);
  }).toThrow("not ahead");

  const later = Promise.withResolvers<undefined>();
  cancelLater();
  clock.after(1, () => {
    later.resolve(undefined);
  });
  await later.promise;
  expect(fired).toEqual(["first", "second"]);
});

test("its sleep ends when it is aborted", async () => {
  const clock = jumpClock(startsAt);
  const abort = new AbortController();
  const slept = clock.sleep(600_000, abort.signal);
  abort.abort();
  await slept;
  await clock.sleep(600_000, abort.signal);
  expect(clock.now()).toBeLessThan(Date.parse("2026-11-23T06:00:00Z"));
});
