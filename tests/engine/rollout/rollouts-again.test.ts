// A run plans while a rollout goes on: what has ended by then is not begun again.
import { expect, test } from "vitest";
import { createAskedFor } from "../../../src/engine/rollout/asked-for.ts";
import { createGivenUp } from "../../../src/engine/rollout/given-up.ts";
import { createRollouts } from "../../../src/engine/rollout/rollouts.ts";
import { createIntents } from "../../../src/engine/memory/intents.ts";
import { noMemory } from "../../../src/engine/memory/memory.ts";
import { createStackRecords } from "../../../src/engine/memory/stack-records.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import type { Platform } from "../../../src/ports.ts";
import { memoryStore } from "../../support/memory.ts";
import { until } from "../../support/until.ts";
import { webStack } from "../../support/web-stack.ts";

test("Q3 a rollout that ended after the plan that asks for it was made is not told, nor followed, once more", async () => {
  const [web] = webStack().services;
  const desired = { ...web!, rollout: { ...web!.rollout, stableForMs: 0, http: null } };
  const want = { hash: "0123456789ab", attempt: 1 };
  const request = { stack: "shop", serviceId: "a1", appName: "shop-web", desired, want };
  const running = { id: "s1", appName: "shop-web", image: "nginx:1", running: 1, wanted: 1 };
  const told: string[] = [];
  const verdicts: string[] = [];
  const platform: Partial<Platform> = {
    observeRollouts: () => {
      const swarm = new Map([["shop-web", running]]);
      return Promise.resolve({ takenAtMs: Date.now(), queue: [], rows: new Map(), swarm });
    },
    liveServices: () =>
      Promise.resolve(new Map([["s1", { want: "0123456789ab.1", updateState: null }]])),
    tasks: () => Promise.resolve([]),
  };
  const records = createStackRecords();
  const rollouts = createRollouts({
    platform: platform as Platform,
    intents: createIntents(memoryStore(), systemClock, 0),
    clock: systemClock,
    random: () => 0.5,
    givenUp: createGivenUp(noMemory, records, (text) => text),
    askedFor: createAskedFor(noMemory, records),
    probe: () => Promise.resolve(null),
    tickMs: 1,
    looked: () => undefined,
    failed: () => undefined,
    mayDeploy: () => true,
    released: () => undefined,
    progress: ({ message }) => told.push(message),
    ended: (_, { kind }) => verdicts.push(kind),
  });
  const follow = (attempt: number) =>
    rollouts.follow({ ...request, want: { ...want, attempt }, reason: "new" });
  expect(follow(1)).toBe(true);
  expect(follow(1)).toBe(false);
  await until("it is healthy", () => verdicts.length === 1);
  const saidBefore = [...told];
  expect(follow(1)).toBe(false);
  expect(rollouts.active()).toEqual([]);
  expect(told).toEqual(saidBefore);
  expect(rollouts.verdict("a1")).toMatchObject({ kind: "healthy", want });
  expect(follow(2)).toBe(true);
  await rollouts.stop();
});
