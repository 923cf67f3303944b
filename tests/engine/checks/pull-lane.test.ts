// Turns of pull requests: how many, in which order, and what a turn does that was asked for more than once.
import { beforeEach, expect, test } from "vitest";
import { createPullLane } from "../../../src/engine/checks/pull-lane.ts";
import type { PullLane } from "../../../src/engine/checks/pull-lane.ts";

const sometime = { again: false, urgent: false };
let done: string[];
let lane: PullLane;
/** Holds the first turn, so that all others have to wait. */
let release: () => void;

beforeEach(() => {
  done = [];
  const gate = Promise.withResolvers<undefined>();
  release = () => {
    gate.resolve(undefined);
  };
  lane = createPullLane(async (number, again) => {
    done.push(again ? `${number} again` : `${number}`);
    await gate.promise;
  });
  lane.ask(0, sometime);
});

async function order(): Promise<readonly string[]> {
  release();
  await lane.idle();
  return done.slice(1);
}

test("each has one turn however often it is asked for, and does what any of the asks wants", async () => {
  lane.ask(1, sometime);
  lane.ask(1, { again: true, urgent: false });
  lane.ask(1, sometime);
  expect(await order()).toEqual(["1 again"]);
});

test("what somebody looks at comes first, also when it waited already, and has no second turn", async () => {
  for (const number of [1, 2, 3]) lane.ask(number, sometime);
  lane.ask(3, { again: false, urgent: true });
  expect(await order()).toEqual(["3", "1", "2"]);
});

test("answers to people come before all, and very many are not taken", async () => {
  let answers = 0;
  lane.ask(1, { again: false, urgent: true });
  lane.answer(async () => void done.push("answer"));
  for (let count = 0; count < 600; count++)
    lane.answer(async () => {
      answers += 1;
    });
  expect(await order()).toEqual(["answer", "1"]);
  expect(answers).toBe(499);
  lane.answer(async () => {
    answers += 1;
  });
  await lane.idle();
  expect(answers).toBe(500);
});

test("one that is asked for during its turn has another", async () => {
  lane.ask(0, sometime);
  expect(await order()).toEqual(["0"]);
});

test("a stop waits for the turn under way and drops the rest", async () => {
  lane.ask(1, sometime);
  const stopping = lane.stop();
  release();
  await stopping;
  lane.ask(2, sometime);
  await lane.idle();
  expect(done).toEqual(["0"]);
});
