import { expect, test } from "vitest";
import { runSeed } from "../support/lease-seeds.ts";

test("W12 never two that write, whatever is late, lost, frozen, killed or edited: 3,000 more seeds", async () => {
  for (let seed = 1_001; seed <= 4_000; seed++) {
    const { broken } = await runSeed(seed);
    expect(broken, `seed ${seed}`).toEqual([]);
  }
});
