import { expect, test } from "vitest";
import type { HealthyRevision } from "../../src/ports-store.ts";
import { onEveryStore } from "./both.ts";

const shop: HealthyRevision = {
  stack: "shop",
  revision: "a".repeat(40),
  hash: "0123456789ab",
  left: { revision: "b".repeat(40), hash: "ba9876543210", reason: 'web: it\'s "down"' },
};

onEveryStore(({ open, end }) => {
  test("H4 the last healthy revision of a stack, and what a rollback left, are known after a restart", async () => {
    const first = await open();
    first.saveHealthyRevision({ ...shop, left: null });
    first.saveHealthyRevision({ ...shop, stack: "blog" });
    first.saveHealthyRevision({ ...shop, stack: "gone" });
    first.saveHealthyRevision(shop);
    first.removeHealthyRevision("gone");
    first.removeHealthyRevision("unknown");
    first.saveHealthyRevision({ ...shop, stack: "blog", left: null });
    await end(first);
    const second = await open();
    expect([...second.healthyRevisions()]).toEqual([
      ["blog", { ...shop, stack: "blog", left: null }],
      ["shop", shop],
    ]);
    await end(second);
  });

  test("P7 healthy revisions are bounded: the oldest go first", async () => {
    const store = await open({ maxRows: 2 });
    for (const stack of ["a", "b", "c"]) store.saveHealthyRevision({ ...shop, stack });
    expect([...store.healthyRevisions().keys()]).toEqual(["b", "c"]);
    await end(store);
  });
});
