// What processes that share a store say of themselves, and hear of each other.
import { describe, expect, test } from "vitest";
import type { WholeStore } from "../../src/store/store.ts";
import { commonDatabase, postgresPrograms } from "../support/postgres.ts";
import { useSharedStores } from "./shared-stores.ts";

const { open, scope } = useSharedStores();

/** By the database's clock. */
async function since(id: string): Promise<number> {
  const sql = "SELECT since FROM capstan_replicas WHERE scope = $1 AND id = $2";
  const [row] = await (await commonDatabase()).query(sql, [scope(), id]);
  return (row?.since as Date).getTime();
}

async function replicas(id: string, holder: string) {
  const store: WholeStore = await open({ holder });
  const found = store.replicas(id);
  if (found === null) throw new Error("a shared store has replicas");
  return found;
}

describe.skipIf(postgresPrograms === null)("W12 processes with one store", () => {
  test("hear what the others said last, and nothing of those that left", async () => {
    const one = await replicas("one", "capstan run on host-a");
    const two = await replicas("two", "capstan run on host-b");
    expect(await one.exchange({ leads: ["north"], waits: [] })).toEqual([]);
    expect(await two.exchange({ leads: [], waits: ["north", "süd"] })).toMatchObject([
      { id: "one", title: "capstan run on host-a", leads: ["north"], waits: [] },
    ]);
    await one.exchange({ leads: [], waits: ["north"] });
    const [heard] = await two.exchange({ leads: ["north"], waits: [] });
    expect(heard).toMatchObject({ leads: [], waits: ["north"] });
    expect(await one.exchange({ leads: [], waits: [] })).toMatchObject([{ leads: ["north"] }]);
    await two.leave();
    expect(await one.exchange({ leads: [], waits: [] })).toEqual([]);
  });

  test("count their age from when they began, or began anew", async () => {
    const one = await replicas("one", "a");
    const two = await replicas("two", "b");
    const nothing = { leads: [], waits: [] };
    await one.exchange(nothing, true);
    const ages: number[] = [];
    for (let n = 0; n < 3; n++) {
      await one.exchange(nothing);
      ages.push((await two.exchange(nothing))[0]?.ageMs ?? -1);
    }
    expect(ages).toEqual(ages.toSorted((a, b) => a - b));
    const began = await since("one");
    await one.exchange(nothing);
    expect(await since("one")).toBe(began);
    await one.exchange(nothing, true);
    expect(await since("one")).toBeGreaterThan(began);
  });
});
