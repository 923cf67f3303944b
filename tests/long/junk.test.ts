// Law R3 by chance with many more runs than the short set has.
import { test } from "vitest";
import {
  fuzzDeadLists,
  fuzzEverything,
  fuzzReads,
  fuzzSpoiltLists,
  openAdapterBench,
} from "../fuzz/junk.ts";

test("R3 whatever Dokploy answers, every read ends in a value or in a known error", async () => {
  const bench = await openAdapterBench();
  try {
    await fuzzReads(bench, 600);
  } finally {
    await bench.close();
  }
});

test("R3 while no list can be read nothing is written, and afterwards all is as Git says", async () => {
  await fuzzDeadLists(100);
});

test("R3 whatever one field of the lists says, nothing is made or removed because of it", async () => {
  await fuzzSpoiltLists(300);
});

test("R3 junk in any answer while a stack changes delays it, and no more", async () => {
  await Promise.all([1, 2, 3, 4].map(() => fuzzEverything(10)));
});
