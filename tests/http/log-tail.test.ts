import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { logLine, newLines } from "../../src/http/api/log-lines.ts";
import { createLogTails, type TailNews } from "../../src/http/api/log-tail.ts";
import { CapstanError } from "../../src/lib/errors.ts";
import { createFakeEngine, status } from "../cli/support.ts";
import { createVirtualClock } from "../support/virtual-clock.ts";
import { createApiWorld, type ApiWorld } from "./api-support.ts";
import { watching } from "./sse-support.ts";

describe("new lines", () => {
  test("are those after what was seen", () => {
    expect(newLines([], ["a", "b"])).toEqual(["a", "b"]);
    expect(newLines(["a"], ["a", "b"])).toEqual(["b"]);
    expect(newLines(["a", "b", "c"], ["b", "c", "d"])).toEqual(["d"]);
    expect(newLines(["a", "b"], ["a", "b"])).toEqual([]);
    expect(newLines(["a", "b"], ["x", "y"])).toEqual(["x", "y"]);
    expect(newLines(["a"], [])).toEqual([]);
  });

  test("of any log that grows are never lost and never told twice, as long as lines differ", () => {
    const growth = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 20 });
    fc.assert(
      fc.property(growth, (steps) => {
        const window = 40;
        const told: string[] = [];
        const log: string[] = [];
        let seen: readonly string[] = [];
        for (const step of steps) {
          for (let index = 0; index < step; index += 1) log.push(`line ${log.length}`);
          const now = log.slice(-window);
          told.push(...newLines(seen, now));
          seen = now;
        }
        expect(told).toEqual(log);
      }),
    );
  });

  test("a line's own time is told apart", () => {
    expect(logLine("2026-03-29T06:00:00.123456789Z hello  you")).toEqual({
      at: "2026-03-29T06:00:00.123Z",
      text: "hello  you",
    });
    for (const line of ["hello", "2026-99-99T99:00:00Z x", ""]) {
      expect(logLine(line)).toEqual({ at: null, text: line });
    }
  });
});

describe("tails", () => {
  function make() {
    const clock = createVirtualClock();
    let lines: readonly string[] = ["one", "two", "three"];
    let error: CapstanError | null = null;
    let looks = 0;
    const source = {
      async logs() {
        looks += 1;
        if (error !== null) throw error;
        return [{ service: "app/web", lines }];
      },
    };
    const tails = createLogTails(source, clock);
    const heard: string[][] = [];
    const watch = (count = 2) => {
      const own: string[] = [];
      heard.push(own);
      return tails.follow("shop", null, count, (news: TailNews) => {
        if (news.kind === "lines") own.push(...news.logs.flatMap((log) => log.lines));
        else own.push(`${news.kind}: ${news.message}`);
      });
    };
    return {
      clock,
      tails,
      watch,
      heard,
      looks: () => looks,
      print: (...more: readonly string[]) => (lines = [...lines, ...more]),
      fail: (next: CapstanError | null) => (error = next),
    };
  }

  test("watchers of the same service share one look, and each gets its last lines and all new ones", async () => {
    const { clock, watch, heard, looks, print } = make();
    watch();
    await clock.advance(0);
    watch(1);
    print("four");
    await clock.advance(2_000);
    expect(heard).toEqual([
      ["two", "three", "four"],
      ["three", "four"],
    ]);
    expect(looks()).toBe(2);
  });

  test("nothing is read while nobody watches", async () => {
    const { clock, watch, looks } = make();
    const leave = watch()!;
    await clock.advance(0);
    leave();
    await clock.advance(60_000);
    expect(looks()).toBe(1);
    expect(clock.pending()).toBe(0);
  });

  test("an outage is told, slows the looks down, and loses nothing", async () => {
    const { clock, watch, heard, looks, print, fail } = make();
    watch();
    await clock.advance(0);
    fail(new CapstanError("unavailable", "no answer"));
    await clock.advance(60_000);
    expect(looks()).toBeLessThan(8);
    expect(heard[0]).toContain("problem: no answer");
    fail(null);
    print("four");
    await clock.advance(30_000);
    expect(heard[0]?.at(-1)).toBe("four");
    expect(heard[0]?.filter((line) => line === "three")).toHaveLength(1);
  });

  test("the end of the stack ends it", async () => {
    const { clock, watch, heard, fail } = make();
    watch();
    await clock.advance(0);
    fail(new CapstanError("not-found", "there is no stack shop"));
    await clock.advance(2_000);
    expect(heard[0]?.at(-1)).toBe("end: there is no stack shop");
    expect(clock.pending()).toBe(0);
  });

  test("P7 so many logs are followed and no more", () => {
    const { tails } = make();
    const follow = (index: number) => tails.follow(`s${index}`, null, 1, () => undefined);
    const all = Array.from({ length: 40 }, (_, index) => follow(index));
    expect(all.filter((leave) => leave !== null)).toHaveLength(32);
    all[0]!();
    expect(follow(50)).not.toBeNull();
  });
});

describe("GET /stacks/:name/logs as a stream", () => {
  const worlds: ApiWorld[] = [];
  afterEach(() => {
    for (const world of worlds.splice(0)) world.close();
  });

  test("tells lines with their times, without secrets", async () => {
    const engine = createFakeEngine();
    engine.setStacks([status("shop", { kind: "converged" })]);
    Object.assign(engine, {
      logs: async () => [{ service: "app/web", lines: ["2026-03-29T06:00:00Z canary", "plain"] }],
    });
    const redact = (text: string) => text.replaceAll("canary", "(secret)");
    const world = createApiWorld({ engine, redact });
    worlds.push(world);
    const accept = { accept: "text/event-stream" };
    const answer = await world.raw("/api/v1/stacks/shop/logs?lines=5", accept);
    const stream = watching(answer);
    expect(await stream.next(({ event }) => event === "lines")).toMatchObject({
      data: {
        service: "app/web",
        name: "web",
        lines: [
          { at: "2026-03-29T06:00:00.000Z", text: "(secret)" },
          { at: null, text: "plain" },
        ],
      },
    });
    await stream.leave();
    expect((await world.raw("/api/v1/stacks/none/logs", accept)).status).toBe(404);
  });
});
