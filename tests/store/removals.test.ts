// What the store keeps of removals (O4) and of what outlives its manifest (O7).
import { rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { StackOrigin, Tombstone } from "../../src/ports-store.ts";
import { useStores } from "./stores.ts";
import { onEveryStore } from "./both.ts";

const { stateDir, open } = useStores();

const service: Tombstone = {
  id: "a1",
  stack: "shop",
  kind: "application",
  appName: "shop-web-x1y2z3",
  reason: "no longer in Git",
  sinceMs: 5,
};
const project: Tombstone = { ...service, id: "p1", kind: "project", appName: null };
const elsewhere: Tombstone = { ...service, id: "a2", serverId: "s1" };

onEveryStore(({ open, end }) => {
  test("O4 tombstones are there after a restart, each once, with its first date", async () => {
    const before = await open();
    before.saveTombstones([service, project, elsewhere]);
    before.saveTombstones([{ ...service, sinceMs: 9, reason: "again" }]);
    await end(before);
    const store = await open();
    expect(store.tombstones()).toEqual([service, elsewhere, project]);
    store.removeTombstones(["a1", "unknown"]);
    expect(store.tombstones()).toEqual([elsewhere, project]);
  });

  test("a tombstone follows its stack to another name", async () => {
    const store = await open();
    store.saveTombstones([service]);
    store.saveTombstones([{ ...service, stack: "store" }]);
    expect(store.tombstones()).toEqual([{ ...service, stack: "store" }]);
  });

  test("O7 where a manifest stands is kept, and may change", async () => {
    const store = await open();
    store.saveStackOrigin({ stack: "shop", project: "shop", file: "stacks/a.yaml" });
    store.saveStackOrigin({ stack: "shop", project: "shop", file: "stacks/b.yaml" });
    store.saveStackOrigin({ stack: "blog", project: "blog", file: "stacks/c.yaml" });
    store.removeStackOrigin("blog");
    expect([...store.stackOrigins().values()]).toEqual([
      { stack: "shop", project: "shop", file: "stacks/b.yaml" },
    ]);
  });

  test("O7 whose a stack is is kept: somebody's, nobody's, or not known", async () => {
    const store = await open();
    const origins: readonly StackOrigin[] = [
      { stack: "ada", project: "ada", file: "stacks/a.yaml", owner: "token:zoe", hasLeft: true },
      { stack: "blog", project: "blog", file: "stacks/b.yaml" },
      { stack: "shop", project: "shop", file: "stacks/c.yaml", owner: null },
    ];
    for (const origin of origins) store.saveStackOrigin({ ...origin, owner: "token:yan" });
    for (const origin of origins) store.saveStackOrigin(origin);
    await end(store);
    expect([...(await open()).stackOrigins().values()]).toEqual(origins);
  });

  test("P7 the oldest go when there are too many", async () => {
    const store = await open({ maxRows: 2 });
    store.saveTombstones(
      ["a", "b", "c"].map((id, index) => ({ ...service, id, sinceMs: index, appName: null })),
    );
    for (const stack of ["a", "b", "c"])
      store.saveStackOrigin({ stack, project: stack, file: "f" });
    expect(store.tombstones().map(({ id }) => id)).toEqual(["b", "c"]);
    expect([...store.stackOrigins().keys()]).toEqual(["b", "c"]);
  });
});

test("a store of the version before gets the new tables and keeps what it has", () => {
  const file = join(stateDir(), "store.sqlite");
  const old = new DatabaseSync(file);
  old.exec(`CREATE TABLE intents (resource TEXT PRIMARY KEY NOT NULL, at_ms INTEGER NOT NULL) STRICT;
    CREATE TABLE known_projects (stack TEXT PRIMARY KEY NOT NULL, project_id TEXT NOT NULL) STRICT;
    INSERT INTO known_projects VALUES ('shop', 'p1');
    PRAGMA user_version = 1`);
  old.close();
  const store = open();
  store.saveTombstones([service]);
  expect([[...store.knownProjects()], store.tombstones()]).toEqual([[["shop", "p1"]], [service]]);
});

test("tombstones survive the deletion of the open file", () => {
  const store = open();
  store.saveTombstones([service]);
  for (const end of ["", "-wal", "-shm"]) {
    rmSync(join(stateDir(), `store.sqlite${end}`), { force: true });
  }
  expect(store.tombstones()).toEqual([service]);
});
