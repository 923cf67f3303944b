// The store in PostgreSQL while the database is away: nobody is harmed, and nothing is lost.
import { describe, expect, test } from "vitest";
import { commonDatabase, postgresPrograms } from "../support/postgres.ts";
import { until } from "../support/until.ts";
import { failure, quick, suspend, suspended, useSharedStores } from "./shared-stores.ts";

const { open, ownDatabase, cutOff, lines } = useSharedStores();

describe.skipIf(postgresPrograms === null)("W3 when the database is away", () => {
  const ways = { "refuses connections": "refuse", "answers nothing": "stall" } as const;
  for (const [name, cut] of Object.entries(ways)) {
    test(`as it ${name}: the process goes on, says so once, and all is written afterwards`, async () => {
      const proxy = await cutOff((await commonDatabase()).url);
      const store = await open({ url: proxy.url, times: quick });
      await store.lead();
      suspend(store, "before");
      await store.written();
      proxy[cut]();
      suspend(store, "meanwhile");
      store.removeSuspension("before");
      expect(suspended(store)).toEqual(["meanwhile"]);
      expect(await failure(store.written())).toMatchObject({ code: "unavailable" });
      expect(await failure(store.written())).toMatchObject({ code: "unavailable" });
      expect(store.trouble()).toMatch(/^the database t_\w+ on 127\.0\.0\.1:\d+ does not answer/);
      await until("it was tried again", () => lines().length > 0);
      proxy.mend();
      await until("it is written", () =>
        store.written().then(
          () => true,
          () => false,
        ),
      );
      await until("nothing is wrong", () => store.trouble() === null);
      expect(suspended(await open())).toEqual(["meanwhile"]);
      const ofWriting = lines().filter((line) => line.includes("writ"));
      expect(ofWriting).toEqual([
        "the store cannot be written, going on with what is known",
        "the store is written again",
      ]);
    });
  }

  test("one that reads sees what it missed, as soon as it is back", async () => {
    const proxy = await cutOff((await commonDatabase()).url);
    const holder = await open();
    await holder.lead();
    const other = await open({ url: proxy.url, times: quick });
    proxy.refuse();
    suspend(holder, "shop");
    await holder.written();
    await other.caughtUp();
    expect(suspended(other)).toEqual([]);
    proxy.mend();
    await until("it sees it", () => suspended(other).length > 0);
  });

  test("a lead cannot begin, and nobody's ends", async () => {
    const proxy = await cutOff((await commonDatabase()).url);
    const holder = await open();
    await holder.lead();
    const other = await open({ url: proxy.url, times: quick });
    proxy.refuse();
    expect(await failure(other.lead())).toMatchObject({ code: "unavailable" });
    suspend(holder, "shop");
    await holder.written();
    expect(suspended(await open())).toEqual(["shop"]);
  });

  test("a start waits for it, and fails with what to do", async () => {
    const proxy = await cutOff((await commonDatabase()).url);
    proxy.refuse();
    expect(await failure(open({ url: proxy.url, times: quick, openWithinMs: 0 }))).toMatchObject({
      code: "unavailable",
      hint: "look whether it runs, and whether this machine reaches it",
    });
    const opened = open({ url: proxy.url, times: quick, openWithinMs: 20_000 });
    await until("it says so", () => lines().includes("waiting for the database"));
    proxy.mend();
    expect(suspended(await opened)).toEqual([]);
  });

  test("a slow one delays what waits for it, and nothing is lost or twice", async () => {
    const proxy = await cutOff((await commonDatabase()).url);
    const store = await open({ url: proxy.url });
    await store.lead();
    proxy.slow(150);
    const names = Array.from({ length: 30 }, (_, n) => `s${String(n).padStart(2, "0")}`);
    await Promise.all(
      names.map(async (stack) => {
        suspend(store, stack);
        await store.written();
      }),
    );
    proxy.slow(0);
    expect(suspended(await open())).toEqual(names);
  });

  test("tables that somebody removed are made anew, and who wrote there begins again", async () => {
    const { url, query } = await ownDatabase();
    const store = await open({ url });
    const lost = new Promise<string>((resolve) => {
      store.onLost(resolve);
    });
    await store.lead();
    suspend(store, "shop");
    await store.written();
    await query("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    suspend(store, "blog");
    await failure(store.written());
    await lost;
    await store.lead();
    suspend(store, "blog");
    await store.written();
    expect(suspended(await open({ url }))).toEqual(["blog"]);
  });
});
