// What a process that stands by hands to the one that leads.
import { describe, expect, test } from "vitest";
import { commonDatabase, postgresPrograms } from "../support/postgres.ts";
import { until } from "../support/until.ts";
import { failure, quick, useSharedStores } from "./shared-stores.ts";

const { scope, open, cutOff } = useSharedStores();

async function left(): Promise<number> {
  const { query } = await commonDatabase();
  return (await query("SELECT 1 FROM capstan_orders WHERE scope = $1", [scope()])).length;
}

describe.skipIf(postgresPrograms === null)("W12 orders", () => {
  test("are carried out once, by the one that leads, and answered; nothing of them stays", async () => {
    const [holder, one, two] = [await open(), await open(), await open()];
    const done: string[] = [];
    for (const [name, store] of Object.entries({ holder, one, two })) {
      store.serve(async (kind, body) => {
        done.push(`${name} ${kind} ${body}`);
        return `${body}!`;
      });
    }
    await holder.lead();
    const asked = Array.from({ length: 30 }, (_, n) =>
      (n % 2 === 0 ? one : two).hand("api", `${n}`),
    );
    expect(await Promise.all(asked)).toEqual(Array.from({ length: 30 }, (_, n) => `${n}!`));
    expect(done.toSorted()).toEqual(
      Array.from({ length: 30 }, (_, n) => `holder api ${n}`).toSorted(),
    );
    expect(await left()).toBe(0);
  });

  test("that nobody took are withdrawn, and that is said", async () => {
    const other = await open();
    expect(await failure(other.hand("api", "x"))).toMatchObject({ code: "unavailable" });
    expect(await left()).toBe(0);
    const holder = await open();
    holder.serve(async () => "done");
    await holder.lead();
    expect(await other.hand("api", "y")).toBe("done");
  });

  test("that were taken by one that ended are told as uncertain, and never done twice", async () => {
    const [holder, other] = [await open(), await open()];
    const taken: string[] = [];
    holder.serve((_, body) => {
      taken.push(body);
      return new Promise(() => undefined);
    });
    await holder.lead();
    const asked = failure(other.hand("api", "x"));
    await until("it is taken", () => taken.length > 0);
    const next = await open();
    const again: string[] = [];
    next.serve(async (_, body) => {
      again.push(body);
      return "done";
    });
    await next.lead();
    expect(await asked).toMatchObject({ code: "uncertain" });
    expect([taken, again]).toEqual([["x"], []]);
  });

  test("of webhooks wait for whoever leads next, also when the one that took them died", async () => {
    const other = await open();
    await other.leave("delivery", "push");
    const holder = await open();
    const taken: string[] = [];
    holder.serve((kind, body) => {
      taken.push(`${kind} ${body}`);
      return new Promise(() => undefined);
    });
    await holder.lead();
    await until("it is taken", () => taken.length > 0);
    const next = await open();
    const again: string[] = [];
    next.serve(async (kind, body) => {
      again.push(`${kind} ${body}`);
      return "";
    });
    await next.lead();
    await until("it is done", async () => (await left()) === 0);
    expect([taken, again]).toEqual([["delivery push"], ["delivery push"]]);
  });

  test("are not taken by one that another took over from, also when it has not heard of that", async () => {
    const proxy = await cutOff((await commonDatabase()).url);
    const old = await open({ url: proxy.url, times: quick });
    const done: string[] = [];
    old.serve(async () => {
      done.push("old");
      return "";
    });
    await old.lead();
    proxy.stall();
    const next = await open();
    next.serve(async () => {
      done.push("next");
      return "";
    });
    await next.lead();
    proxy.mend();
    const other = await open();
    await Promise.all(Array.from({ length: 5 }, () => other.hand("api", "x")));
    expect(new Set(done)).toEqual(new Set(["next"]));
  });
});
