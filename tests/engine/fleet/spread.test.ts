// Several processes share several servers: whatever comes and goes, each leads its part after a while, and then nothing
// moves any more.
import fc from "fast-check";
import { expect, test } from "vitest";
import { createVirtualClock } from "../../support/virtual-clock.ts";
import { createBoard } from "./board.ts";

const serversOf = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, n) => `server-${n}`);

/** How many servers each of these leads. */
function parts(leaders: ReadonlyMap<string, string>, ids: readonly string[]): readonly number[] {
  return ids.map((id) => [...leaders.values()].filter((by) => by === id).length);
}

/** Long enough for all that moves by itself. */
const settleMs = 240_000;

test("W12 the first takes all at once, and leaves their parts to those that come later", async () => {
  const clock = createVirtualClock();
  const board = createBoard(serversOf(6), clock);
  board.begin("a");
  await clock.advance(100);
  expect(parts(board.leaders(), ["a"])).toEqual([6]);
  board.begin("b");
  board.begin("c");
  await clock.advance(settleMs);
  expect(parts(board.leaders(), ["a", "b", "c"])).toEqual([2, 2, 2]);
  expect(board.restarts()).toBe(1);
});

test("W12 those that begin together share at once, without anybody starting anew", async () => {
  const clock = createVirtualClock();
  const board = createBoard(serversOf(4), clock);
  for (const id of ["a", "b"]) board.begin(id);
  await clock.advance(settleMs);
  expect(parts(board.leaders(), ["a", "b"])).toEqual([2, 2]);
  expect(board.restarts()).toBe(0);
});

test("W12 what one leads that was killed, the others take when its leases are over", async () => {
  const clock = createVirtualClock();
  const board = createBoard(serversOf(6), clock);
  for (const id of ["a", "b", "c"]) board.begin(id);
  await clock.advance(settleMs);
  await board.end("a", true);
  await clock.advance(40_000);
  expect(parts(board.leaders(), ["a", "b", "c"])).toEqual([0, 3, 3]);
});

test("W12 one that cannot reach a server is given others, and keeps nobody from taking it", async () => {
  const clock = createVirtualClock();
  const servers = serversOf(3);
  const board = createBoard(servers, clock);
  board.begin("a", servers);
  board.begin("b");
  await clock.advance(60_000);
  expect(parts(board.leaders(), ["a", "b"])).toEqual([0, 3]);
  await clock.advance(settleMs);
  expect(board.restarts()).toBe(0);
});

test("W12 one that does not get what it is left has no other one start anew again and again", async () => {
  const clock = createVirtualClock();
  const servers = serversOf(4);
  const board = createBoard(servers, clock);
  // Both can have the first, which the one that starts anew takes before the two that are its alone.
  board.begin("a", servers.slice(3));
  board.begin("b", servers.slice(1, 3));
  await clock.advance(1_800_000);
  expect(board.leaders().size).toBe(4);
  expect(board.restarts()).toBeLessThanOrEqual(6);
});

interface Step {
  readonly what: "begin" | "end" | "kill";
  readonly id: string;
  readonly afterMs: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.constantFrom("begin" as const, "begin" as const, "end" as const, "kill" as const),
  id: fc.constantFrom("a", "b", "c", "d"),
  afterMs: fc.integer({ min: 0, max: 40_000 }),
});

test("W12 whatever comes and goes, all is led in equal parts, and then nothing moves any more", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 2, max: 7 }),
      fc.array(step, { minLength: 1, maxLength: 10 }),
      async (count, steps) => {
        const clock = createVirtualClock();
        const servers = serversOf(count);
        const board = createBoard(servers, clock);
        const alive = new Set(["a"]);
        board.begin("a");
        for (const { what, id, afterMs } of steps) {
          if (what === "begin" && !alive.has(id)) {
            board.begin(id);
            alive.add(id);
          } else if (what !== "begin" && alive.has(id) && alive.size > 1) {
            await board.end(id, what === "kill");
            alive.delete(id);
          }
          await clock.advance(afterMs);
        }
        await clock.advance(settleMs);
        const before = board.leaders();
        expect(before.size).toBe(servers.length);
        const each = parts(before, [...alive]);
        expect(Math.max(...each) - Math.min(...each)).toBeLessThanOrEqual(1);
        const restarts = board.restarts();
        await clock.advance(settleMs);
        expect(board.leaders()).toEqual(before);
        expect(board.restarts()).toBe(restarts);
      },
    ),
    { numRuns: 60 },
  );
});
