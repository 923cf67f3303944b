// Law R3 by chance, at length; and answers of a hundred megabytes, which are given up.
import { expect, test } from "vitest";
import { floodReads, floodStacks } from "../fuzz/floods.ts";
import {
  fuzzDeadLists,
  fuzzEverything,
  fuzzReads,
  fuzzSpoiltLists,
  openAdapterBench,
} from "../fuzz/junk.ts";

const runs = Number(process.env.FUZZ_RUNS ?? "400");

test("R3 whatever Dokploy answers, every read ends in a value or in a known error", async () => {
  const bench = await openAdapterBench();
  try {
    await fuzzReads(bench, runs * 2);
  } finally {
    await bench.close();
  }
});

test("P7 answers of a hundred megabytes, streamed, packed or nested, are known errors in bounded memory", async () => {
  const peak = await floodReads({ bytes: 100_000_000, limit: null });
  process.stdout.write(`the most that was held: ${Math.round(peak / 1e6)} MB\n`);
  // Two of Capstan's limit, 64 MiB each: what is thrown away waits for the collector.
  expect(peak).toBeLessThan(3 * 64 * 1024 * 1024);
});

test("R3 lists of a hundred megabytes write nothing, and writes that are answered so happen once", async () => {
  await floodStacks({ bytes: 100_000_000, limit: null });
});

test("R3 while no list can be read nothing is written, and afterwards all is as Git says", async () => {
  await fuzzDeadLists(runs);
});

test("R3 whatever one field of the lists says, nothing is made or removed because of it", async () => {
  await fuzzSpoiltLists(runs);
});

test("R3 junk in any answer while a stack changes delays it, and no more", async () => {
  await fuzzEverything(Math.ceil(runs / 4));
});
