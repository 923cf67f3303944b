import { expect, test } from "vitest";
import { openStore } from "../../src/store/store.ts";
import { useFolder } from "../support/folder.ts";

const folder = useFolder("capstan-store-");

test("H6 what a person suspended is suspended after a restart, until somebody resumes it", () => {
  const first = openStore(folder());
  first.saveSuspension({ stack: "shop", by: "ops", sinceMs: 1 });
  first.saveSuspension({ stack: "blog", by: "ops", sinceMs: 2 });
  first.saveSuspension({ stack: "shop", by: "eve", sinceMs: 3 });
  first.removeSuspension("blog");
  first.removeSuspension("unknown");
  first.close();
  const second = openStore(folder());
  expect(second.suspensions()).toEqual([{ stack: "shop", by: "eve", sinceMs: 3 }]);
  second.close();
});

test("P7 suspensions are bounded: the oldest go first", () => {
  const store = openStore(folder(), { maxRows: 2 });
  for (const [index, stack] of ["a", "b", "c"].entries()) {
    store.saveSuspension({ stack, by: "ops", sinceMs: index });
  }
  expect(store.suspensions().map(({ stack }) => stack)).toEqual(["b", "c"]);
  store.close();
});
