// Law R3 and P7 where an answer does not end: the short set, with a low limit. tests/long has the real
// one, and measures the memory.
import { test } from "vitest";
import { floodReads, floodStacks } from "./floods.ts";

const size = { bytes: 3_000_000, limit: 500_000 };

test("P7 an answer that does not end is a known error, however it is sent", async () => {
  await floodReads(size);
});

test("P7 an answer below the limit that is junk through and through is a known error", async () => {
  await floodReads({ bytes: 300_000, limit: 500_000 });
});

test("R3 while lists do not end nothing is written, and writes whose answers do not end happen once", async () => {
  await floodStacks(size);
});
