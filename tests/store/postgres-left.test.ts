// What a process recorded and could not write before another one took over: no event is lost.
import { describe, expect, test } from "vitest";
import type { Event } from "../../src/model/status.ts";
import type { RunRecord } from "../../src/model/history.ts";
import { leftHistory } from "../../src/store/postgres/left-history.ts";
import { createLeftovers } from "../../src/store/postgres/leaving.ts";
import { commonDatabase, postgresPrograms } from "../support/postgres.ts";
import { until } from "../support/until.ts";
import { quick, useSharedStores } from "./shared-stores.ts";

const { open, cutOff, scope } = useSharedStores();

const event = (number: number): Event => ({
  ...{ id: `aaa-${number}`, atMs: number, kind: "note", level: "info", stack: "shop" },
  ...{ revision: null, message: `event ${number}` },
});

const run: RunRecord = {
  ...{
    stack: "shop",
    revision: "a".repeat(40),
    startedAtMs: 1,
    endedAtMs: 2,
    outcome: "converged",
  },
  ...{ message: "all well", reasons: ["poll"], actions: [] },
};

describe.skipIf(postgresPrograms === null)(
  "W12 what is left when another process takes over",
  () => {
    test("is handed on by one that finds out as it ends", async () => {
      const first = await open({ times: quick });
      await first.lead();
      const second = await open();
      await second.lead();
      first.recordEvent(event(1));
      await first.handOver();
      first.close();
      await until("the second has it", () => second.events(9).length === 1);
      expect(second.events(9)).toEqual([event(1)]);
    });

    test("is handed on when the database is back while it ends", async () => {
      const proxy = await cutOff((await commonDatabase()).url);
      const first = await open({ url: proxy.url, times: quick });
      await first.lead();
      proxy.refuse();
      first.recordEvent(event(1));
      const second = await open();
      await second.lead();
      // It tries, and fails, until the way is whole again.
      const failed = await first.written().then(
        () => false,
        () => true,
      );
      expect(failed).toBe(true);
      const ending = first.handOver();
      proxy.mend();
      await ending;
      first.close();
      await until("the second has it", () => second.events(9).length === 1);
      expect(second.events(9)).toEqual([event(1)]);
    });

    test("is handed on by the process when it starts anew, where the database was away until then", async () => {
      const leftovers = createLeftovers();
      const proxy = await cutOff((await commonDatabase()).url);
      const first = await open({ url: proxy.url, times: quick, leftovers, handOverWithinMs: 100 });
      await first.lead();
      first.recordEvent(event(1));
      await first.written();
      proxy.refuse();
      first.recordEvent(event(2));
      const second = await open();
      await second.lead();
      second.recordEvent(event(3));
      await first.handOver();
      first.close();
      proxy.mend();
      const anew = await open({ url: proxy.url, leftovers });
      await until("the second has it", () => second.events(9).length === 3);
      const ids = second.events(9).map(({ id }) => id);
      expect(ids.toSorted()).toEqual(["aaa-1", "aaa-2", "aaa-3"]);
      await until("the one that starts anew reads it too", () => anew.events(9).length === 3);
      // Nothing is left a second time.
      const third = await open({ leftovers });
      await third.lead();
      expect(third.events(9)).toHaveLength(3);
    });

    test("is told where the next one leads, also what was written while the database was away there", async () => {
      const proxy = await cutOff((await commonDatabase()).url);
      const first = await open();
      await first.lead();
      const second = await open({ url: proxy.url });
      const seen: string[] = [];
      second.onChanged(() => {
        seen.push(
          second
            .events(9)
            .map(({ message }) => message)
            .join(),
        );
      });
      proxy.refuse();
      first.recordEvent(event(1));
      await first.handOver();
      proxy.mend();
      await second.lead();
      expect(seen).toContain("event 1");
    });

    test("is taken once, also where it was left twice: its answer was lost, or the database was away", async () => {
      const leader = await open();
      await leader.lead();
      const texts = [[event(1)], [event(1), event(2)]].map((events) =>
        leftHistory([], { events, runs: [run] }),
      );
      for (const [index, text] of texts.entries()) {
        const leftovers = createLeftovers();
        leftovers.keep(scope(), [text ?? ""]);
        await open({ leftovers });
        await until("it is taken", () => leader.events(9).length > index);
      }
      expect(leader.events(9)).toEqual([event(2), event(1)]);
      expect(leader.runs("shop", 9)).toHaveLength(1);
    });
  },
);
