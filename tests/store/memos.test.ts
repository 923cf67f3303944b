import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import type { Memo } from "../../src/ports-store.ts";
import { migrate } from "../../src/store/schema.ts";
import { openStore } from "../../src/store/store.ts";
import { writeSuspension } from "../../src/store/suspensions.ts";
import { useFolder } from "../support/folder.ts";
import { onEveryStore } from "./both.ts";

const folder = useFolder("capstan-store-");

const memo = (key: string, atMs: number, text = "{}"): Memo => ({
  kind: "redeploy",
  stack: "shop",
  key,
  text,
  atMs,
});

onEveryStore(({ open, end }) => {
  test("what is remembered outlives a restart; the same key is replaced, and removed by its name", async () => {
    const first = await open();
    first.saveMemo(memo("app/web", 1));
    first.saveMemo(memo("app/api", 2));
    first.saveMemo(memo("app/web", 3, '{"by":"eve"}'));
    first.saveMemo({ ...memo("app/api", 4), kind: "cause" });
    first.removeMemo("redeploy", "shop", "app/api");
    first.removeMemo("redeploy", "shop", "unknown");
    await end(first);
    const second = await open();
    expect(second.memos()).toEqual([
      memo("app/web", 3, '{"by":"eve"}'),
      { ...memo("app/api", 4), kind: "cause" },
    ]);
    await end(second);
  });

  test("P7 memos are bounded: the oldest go first, and one that is too long is none", async () => {
    const store = await open({ maxRows: 2 });
    for (const [index, key] of ["a", "b", "c"].entries()) store.saveMemo(memo(key, index));
    store.saveMemo(memo("d", 9, "x".repeat(100_000)));
    expect(store.memos().map(({ key }) => key)).toEqual(["b", "c"]);
    await end(store);
  });

  test("they never throw, also when the store is closed", async () => {
    const store = await open();
    await end(store);
    store.saveMemo(memo("app/web", 1));
    store.removeMemo("redeploy", "shop", "app/web");
    expect(store.memos()).toEqual([]);
  });
});

test("a store of before memos gets them, and keeps what it had", () => {
  const db = new DatabaseSync(join(folder(), "store.sqlite"));
  // The fifth step was the last before memos.
  migrate(db, 5);
  writeSuspension(db, { stack: "shop", by: "ops", sinceMs: 1 });
  db.close();
  const after = openStore(folder());
  after.saveMemo(memo("app/web", 1));
  expect([after.memos(), after.suspensions()]).toEqual([
    [memo("app/web", 1)],
    [{ stack: "shop", by: "ops", sinceMs: 1 }],
  ]);
  after.close();
});
