// What people are told: each thing once, and nothing that is nobody's failure.
import { afterEach, expect, test } from "vitest";
import { createScenario, simpleStack } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";

let scenario: Scenario;
afterEach(() => scenario.close());

const told = (kind: string) =>
  scenario
    .engine()
    .events()
    .filter((event) => event.kind === kind);

test("one push is one revision, also where poll and hook ask at the same time", async () => {
  scenario = await createScenario();
  await scenario.push({ "shop.yaml": simpleStack("shop") });
  const engine = scenario.engine();
  engine.poke("poll");
  engine.poke("hook");
  await engine.inventory();
  expect(told("revision")).toHaveLength(1);
});

test("stopping in the middle of a list is no failure of the server", async () => {
  const begun = Promise.withResolvers<undefined>();
  const stopped = Promise.withResolvers<undefined>();
  scenario = await createScenario({
    wrapPlatform: (platform) => ({
      ...platform,
      list: async () => {
        begun.resolve(undefined);
        await stopped.promise;
        await platform.close();
        return platform.list();
      },
    }),
  });
  await scenario.push({ "shop.yaml": simpleStack("shop") });
  const engine = scenario.engine();
  engine.start();
  await begun.promise;
  const ended = engine.stop();
  stopped.resolve(undefined);
  await ended;
  await expect(engine.inventory()).rejects.toMatchObject({ code: "cancelled" });
  expect(told("platform-error")).toEqual([]);
});

test("a stack that nobody knows is told with those that were probably meant", async () => {
  scenario = await createScenario();
  await scenario.push({ "shop.yaml": simpleStack("shop") });
  await expect(scenario.engine().plan({ stacks: ["shpo"] })).rejects.toMatchObject({
    message: "there is no stack shpo in Git or on the server",
    hint: "did you mean `shop`?",
  });
});
