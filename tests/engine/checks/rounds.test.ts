// When a round of work begins: when asked for, when due, after a failure, and not after the end.
import { beforeEach, expect, test } from "vitest";
import { createRounds } from "../../../src/engine/checks/rounds.ts";
import type { Rounds } from "../../../src/engine/checks/rounds.ts";
import { createVirtualClock } from "../../support/virtual-clock.ts";
import type { VirtualClock } from "../../support/virtual-clock.ts";

let clock: VirtualClock;
let begunAtMs: number[];
let work: () => Promise<number | null>;
let rounds: Rounds;

beforeEach(() => {
  clock = createVirtualClock();
  begunAtMs = [];
  work = async () => null;
  const startMs = clock.now();
  rounds = createRounds({
    clock,
    round: () => {
      begunAtMs.push(clock.now() - startMs);
      return work();
    },
    failed: () => 5_000,
  });
});

test("a round that is asked for twice before it begins is one; one asked for meanwhile follows it", async () => {
  rounds.begin();
  rounds.begin();
  await clock.advance(0);
  expect(begunAtMs).toEqual([0]);
  const meanwhile = Promise.withResolvers<null>();
  work = () => meanwhile.promise;
  rounds.begin();
  await clock.advance(0);
  rounds.begin();
  rounds.begin();
  work = async () => null;
  meanwhile.resolve(null);
  await clock.advance(60_000);
  expect(begunAtMs).toEqual([0, 0, 0]);
});

test("the next one begins when it is due, or before when somebody asks", async () => {
  const dueAtMs = clock.now() + 60_000;
  work = async () => (clock.now() < dueAtMs ? dueAtMs : null);
  rounds.begin();
  await clock.advance(0);
  expect(rounds.isTimed()).toBe(true);
  await clock.advance(10_000);
  rounds.begin();
  await clock.advance(60_000);
  expect(begunAtMs).toEqual([0, 10_000, 60_000]);
  expect(rounds.isTimed()).toBe(false);
});

test("a round that throws is followed by another one after its pause", async () => {
  work = async () => {
    work = async () => null;
    throw new Error("the disk is full");
  };
  rounds.begin();
  await clock.advance(60_000);
  expect(begunAtMs).toEqual([0, 5_000]);
});

test("a stop waits for the round under way, and none begins after it", async () => {
  const under = Promise.withResolvers<number>();
  work = () => under.promise;
  rounds.begin();
  await clock.advance(0);
  let ended = false;
  const stopping = rounds.stop().then(() => (ended = true));
  await clock.advance(0);
  expect([ended, rounds.isStopping()]).toEqual([false, true]);
  under.resolve(clock.now() + 1_000);
  await stopping;
  rounds.begin();
  await clock.advance(60_000);
  expect(begunAtMs).toEqual([0]);
});

test("stopping during a round that names a later time leaves no timer", async () => {
  const meanwhile = Promise.withResolvers<number>();
  work = () => meanwhile.promise;
  rounds.begin();
  await clock.advance(0);
  const stopped = rounds.stop();
  meanwhile.resolve(clock.now() + 300_000);
  await stopped;
  expect(clock.pending()).toBe(0);
});
