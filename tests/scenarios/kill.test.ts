// Law W4 on a sample of the moments at which a controller can be killed; tests/long has all of them.
import { expect, test } from "vitest";
import { expectAsUndisturbed } from "../support/kill-expect.ts";
import { inParallel, killCases, momentsOf, openKillBench } from "../support/kill.ts";

for (const one of killCases) {
  test(`W4 killed between any two requests of ${one.title} and started again, it converges with no duplicate, no lost deploy and no needless deploy`, async () => {
    const bench = await openKillBench(one, 2);
    try {
      const { undisturbed } = bench;
      expectAsUndisturbed("nothing", undisturbed, undisturbed, one.ends);
      // Neighbours in the list are the sides of one request: neither is a multiple of their number.
      const step = one.ends === "degraded" ? 13 : 5;
      const moments = momentsOf(undisturbed).filter((_, index) => index % step === 0);
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
