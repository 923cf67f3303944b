// Which rollouts are looked into: only where the lists leave a doubt, so many in one tick, each in its turn.
import { expect, test } from "vitest";
import { hasTasks, nextToInspect } from "../../../src/engine/rollout/inspection.ts";
import { newItem } from "../../../src/engine/rollout/rollout-item.ts";
import type { Inspected } from "../../../src/engine/rollout/rollout-item.ts";
import { isInDoubt } from "../../../src/engine/rollout/rollout-judge.ts";
import type { RolloutState } from "../../../src/engine/rollout/rollout-state.ts";
import { webStack } from "../../support/web-stack.ts";
import { begun, issued, row, service, view, want } from "./state-fixture.ts";

const [desired] = webStack().services;

function inDoubt(name: string, state: RolloutState, inspectedAtMs = 0): Inspected {
  const item = newItem({
    stack: name,
    serviceId: name,
    appName: name,
    desired: desired!,
    want,
    reason: "a test",
  });
  item.state = state;
  item.inspectedAtMs = inspectedAtMs;
  return { item, service: service() };
}

const namesOf = (inspected: readonly Inspected[]) =>
  inspected.map(({ item }) => item.request.stack);
const many = (count: number, state: RolloutState, atMs: (index: number) => number) =>
  Array.from({ length: count }, (_, index) => inDoubt(`s${index}`, state, atMs(index)));

test("of many in doubt twenty are looked into, and in some ticks all of them", () => {
  const all = many(100, issued, (index) => 1 + index);
  const room = { queue: 4, direct: true };
  const seen = new Set<string>();
  for (let tick = 1; tick <= 5; tick++) {
    const { now, later } = nextToInspect(all, room);
    expect([now.length, later]).toEqual([20, []]);
    for (const { item } of now) item.inspectedAtMs = 1_000 * tick;
    for (const name of namesOf(now)) seen.add(name);
  }
  expect(seen.size).toBe(100);
});

test("those that wait for their turn are looked into once, and again when there is room for them", () => {
  const fresh = many(6, begun, () => 0);
  expect(namesOf(nextToInspect(fresh, { queue: 0, direct: true }).now)).toHaveLength(6);
  const known = many(6, begun, () => 5);
  const { now, later } = nextToInspect(known, { queue: 2, direct: true });
  expect([namesOf(now), namesOf(later)]).toEqual([
    ["s0", "s1"],
    ["s2", "s3", "s4", "s5"],
  ]);
});

test("tasks are read of what may run already", () => {
  const waiting = inDoubt("waiting", begun);
  const deployed = inDoubt("deployed", issued);
  deployed.item.rows = [row("done")];
  const running = inDoubt("running", { ...issued, beganAtMs: 1 });
  expect([waiting, deployed, running].map(hasTasks)).toEqual([false, true, true]);
});

test("what was found right is in doubt when its time is over, or another number of containers runs", () => {
  const right: RolloutState = {
    ...issued,
    phase: "settling",
    rightSinceMs: 1_000,
    running: 1,
    wanted: 1,
  };
  const seen = (nowMs: number, running = 1, wanted = 1) =>
    isInDoubt(right, view({ nowMs, service: service(running, wanted) }));
  expect([seen(1_000), seen(10_999)]).toEqual([false, false]);
  expect([seen(11_000), seen(2_000, 0), seen(2_000, 1, 2)]).toEqual([true, true, true]);
  expect(isInDoubt(issued, view({ service: service() }))).toBe(true);
});
