import { expect, test } from "vitest";
import { onEveryStore } from "./both.ts";

onEveryStore(({ open, end }) => {
  test("H6 what a person suspended is suspended after a restart, until somebody resumes it", async () => {
    const first = await open();
    first.saveSuspension({ stack: "shop", by: "ops", sinceMs: 1 });
    first.saveSuspension({ stack: "blog", by: "ops", sinceMs: 2 });
    first.saveSuspension({ stack: "shop", by: "eve", sinceMs: 3 });
    first.removeSuspension("blog");
    first.removeSuspension("unknown");
    await end(first);
    const second = await open();
    expect(second.suspensions()).toEqual([{ stack: "shop", by: "eve", sinceMs: 3 }]);
    await end(second);
  });

  test("P7 suspensions are bounded: the oldest go first", async () => {
    const store = await open({ maxRows: 2 });
    for (const [index, stack] of ["a", "b", "c"].entries()) {
      store.saveSuspension({ stack, by: "ops", sinceMs: index });
    }
    expect(store.suspensions().map(({ stack }) => stack)).toEqual(["b", "c"]);
    await end(store);
  });
});
