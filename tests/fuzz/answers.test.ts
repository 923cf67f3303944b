// Law R3 by chance: junk in place of answers, at any place of any of them. The short set. All of them wait
// for pauses most of the time, so they go side by side.
import { expect, test } from "vitest";
import {
  fuzzDeadLists,
  fuzzEverything,
  fuzzReads,
  fuzzSpoiltLists,
  openAdapterBench,
  reads,
} from "./junk.ts";

test.concurrent(
  "R3 whatever Dokploy answers, every read ends in a value or in a known error",
  async () => {
    const bench = await openAdapterBench();
    try {
      await fuzzReads(bench, 15);
      expect(bench.proxy.spoilt()).toBeGreaterThan(15 * reads.length);
    } finally {
      await bench.close();
    }
  },
);

test.concurrent(
  "R3 five megabytes in place of an answer are a known error or are read",
  async () => {
    const bench = await openAdapterBench();
    try {
      for (const valid of [true, false]) {
        bench.proxy.spoilWith(() => ({ kind: "huge", bytes: 5_000_000, valid }));
        const list = bench.platform.list();
        if (valid) expect((await list).projects).toHaveLength(1);
        else await expect(list).rejects.toMatchObject({ code: "unavailable" });
      }
    } finally {
      await bench.close();
    }
  },
);

test.concurrent(
  "R3 while no list can be read nothing is written, and afterwards all is as Git says",
  async () => {
    await fuzzDeadLists(8);
  },
);

test.concurrent(
  "R3 whatever one field of the lists says, nothing is made or removed because of it",
  async () => {
    await fuzzSpoiltLists(15);
  },
);

test.concurrent("R3 junk in any answer while a stack changes delays it, and no more", async () => {
  await Promise.all([1, 2, 3].map(() => fuzzEverything(2)));
});
