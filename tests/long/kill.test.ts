// Law W4 at every request, on each of its sides: before it arrives, with its answer lost, and arriving late.
import { expect, test } from "vitest";
import { inParallel } from "../support/in-parallel.ts";
import { killCases } from "../support/kill-cases.ts";
import { expectAsUndisturbed } from "../support/kill-expect.ts";
import { momentsOf, openKillBench } from "../support/kill.ts";

for (const one of killCases) {
  test(`W4 killed at every request of ${one.title} and started again, it converges with no duplicate, no lost deploy and no needless deploy`, async () => {
    const bench = await openKillBench(one, 2);
    try {
      const { undisturbed } = bench;
      const failures: string[] = [];
      let killed = 0;
      const moments = momentsOf(undisturbed, Infinity);
      await inParallel(moments, 2, async (moment) => {
        const ending = await bench.run(moment);
        if (ending.wasKilled) killed += 1;
        try {
          expectAsUndisturbed(`killed ${moment.when} ${moment.at}`, ending, undisturbed, one.ends);
        } catch (error) {
          failures.push(String(error));
        }
      });
      process.stdout.write(`${one.title}: killed at ${killed} of ${moments.length} moments\n`);
      expect(failures).toEqual([]);
      expect(killed).toBeGreaterThan(10);
    } finally {
      await bench.close();
    }
  }, 600_000);
}
