// Law W4 on a sample of the moments at which a controller can be killed; tests/long has all of them.
import { expect, test } from "vitest";
import { inParallel } from "../support/in-parallel.ts";
import { killCases } from "../support/kill-cases.ts";
import { expectAsUndisturbed } from "../support/kill-expect.ts";
import { momentsOf, openKillBench } from "../support/kill.ts";

/** Of each case. */
const samples = 3;

for (const one of killCases) {
  test(`W4 killed between any two requests of ${one.title} and started again, it converges with no duplicate, no lost deploy and no needless deploy`, async () => {
    const bench = await openKillBench(one, 2);
    try {
      const { undisturbed } = bench;
      expectAsUndisturbed("nothing", undisturbed, undisturbed, one.ends);
      const all = momentsOf(undisturbed);
      // Neighbours in the list are the sides of one request: no multiple of their number.
      const apart = Math.max(1, Math.floor(all.length / samples));
      const step = apart % 3 === 0 ? apart + 1 : apart;
      const moments = all.filter((_, index) => index % step === 0);
      expect(moments.length).toBeGreaterThan(2);
      await inParallel(moments, 2, async (moment) => {
        const ending = await bench.run(moment);
        expectAsUndisturbed(`killed ${moment.when} ${moment.at}`, ending, undisturbed, one.ends);
      });
    } finally {
      await bench.close();
    }
  });
}

test("W4 killed when half of the writes in one request are carried out, it makes none of them twice", async () => {
  const one = killCases.find(({ title }) => title.includes("shared requests"));
  const bench = await openKillBench(one!, 2);
  try {
    const { undisturbed } = bench;
    const halves = momentsOf(undisturbed).filter(({ when }) => when === "half");
    expect(halves.length).toBeGreaterThan(2);
    await inParallel(halves.slice(0, 4), 2, async (moment) => {
      const ending = await bench.run(moment);
      expect(ending.wasKilled).toBe(true);
      expectAsUndisturbed(`killed in the middle of ${moment.at}`, ending, undisturbed);
    });
  } finally {
    await bench.close();
  }
});
