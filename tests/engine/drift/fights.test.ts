// Law H3 in virtual time: how long a correction waits, what is told, and when all is forgotten.
import { describe, expect, test } from "vitest";
import { corrected, foughtOver, noFights, waitMs } from "../../../src/engine/drift/fights.ts";
import type { Fights } from "../../../src/engine/drift/fights.ts";
import { createVirtualClock } from "../../support/virtual-clock.ts";

const image = "image of app/web";
const minute = 60_000;

/** Sets the field back as soon as it was corrected; how long each correction had to wait. */
async function fight(times: number): Promise<{ waits: number[]; fights: Fights; nowMs: number }> {
  const clock = createVirtualClock();
  let fights = noFights;
  const waits: number[] = [];
  for (let n = 0; n < times; n++) {
    const wait = waitMs(fights, [image], clock.now());
    waits.push(wait);
    await clock.advance(wait);
    expect(waitMs(fights, [image], clock.now())).toBe(0);
    fights = corrected(fights, [image], clock.now());
  }
  return { waits, fights, nowMs: clock.now() };
}

describe("H3 a field that is set back again and again", () => {
  test("is corrected at once the first time, then from 2 s to 5 min, doubling", async () => {
    const { waits } = await fight(12);
    const seconds = waits.map((ms) => ms / 1_000);
    expect(seconds).toEqual([0, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
  });

  test("is told from the third time on, with how often and in what time", async () => {
    const two = await fight(2);
    expect(foughtOver(two.fights, two.nowMs)).toBeNull();
    const five = await fight(5);
    expect(foughtOver(five.fights, five.nowMs)).toBe(
      "repeated drift: image of app/web, 5 times in 30s",
    );
    // The words change with corrections, not with time.
    expect(foughtOver(five.fights, five.nowMs + 30 * minute)).toBe(
      foughtOver(five.fights, five.nowMs),
    );
  });

  test("waits no more once that time has passed, however often it was corrected", async () => {
    const { fights, nowMs } = await fight(12);
    expect(waitMs(fights, [image], nowMs + 5 * minute)).toBe(0);
  });

  test("is forgotten after a quiet hour", async () => {
    const { fights, nowMs } = await fight(6);
    const later = nowMs + 60 * minute;
    expect(foughtOver(fights, later)).toBeNull();
    expect(waitMs(corrected(fights, [image], later), [image], later)).toBe(2_000);
  });

  test("delays no other field", async () => {
    const { fights, nowMs } = await fight(6);
    expect(waitMs(fights, ["replicas of app/web"], nowMs)).toBe(0);
    expect(waitMs(fights, ["replicas of app/web", image], nowMs)).toBeGreaterThan(0);
  });

  test("waits no longer than it would when the clock is set back", async () => {
    const { fights, nowMs } = await fight(4);
    expect(waitMs(fights, [image], nowMs - 30 * minute)).toBe(16_000);
    expect(waitMs(fights, [image], nowMs - 600 * minute)).toBe(0);
  });
});

test("P7 the fields of a stack that are followed are bounded; the oldest go", () => {
  let fights = corrected(noFights, [image], 0);
  for (let n = 0; n < 200; n++) fights = corrected(fights, [`env.N${n} of app/web`], n);
  expect(fights.size).toBe(100);
  expect(fights.has(image)).toBe(false);
});
