import { expect, test } from "vitest";
import { runSeed } from "../support/lease-seeds.ts";

test("W12 never two that write, whatever is late, lost, frozen, killed or edited: 200 seeds", async () => {
  let writes = 0;
  let changes = 0;
  for (let seed = 1; seed <= 200; seed++) {
    const result = await runSeed(seed);
    expect(result.broken, `seed ${seed}`).toEqual([]);
    writes += result.writes;
    changes += result.changes;
  }
  // The rule is also kept by processes that never write.
  expect(writes).toBeGreaterThan(10_000);
  expect(changes).toBeGreaterThan(1_000);
});
