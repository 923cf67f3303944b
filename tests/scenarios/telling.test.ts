// What people are told: each thing once, and nothing that is nobody's failure.
import { afterEach, expect, test } from "vitest";
import { createScenario, simpleStack } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";

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

test("a commit is news of the stacks that it changes, not of all the others", async () => {
  scenario = await createScenario();
  const engine = scenario.engine();
  const pushed = async (files: Record<string, string>): Promise<string> => {
    const commit = await scenario.push(files);
    engine.poke("test");
    await until("all stacks are as the commit says", () => {
      const stacks = engine.stacks();
      return (
        stacks.length === 2 &&
        stacks.every(({ revision, outcome }) => revision === commit && outcome.kind === "converged")
      );
    });
    return commit;
  };
  engine.start();
  await pushed({ "shop.yaml": simpleStack("shop"), "blog.yaml": simpleStack("blog") });
  const commit = await pushed({ "shop.yaml": simpleStack("shop", { host: "new.example.com" }) });
  const about = told("outcome").filter(({ revision }) => revision === commit);
  expect(new Set(about.map(({ stack }) => stack))).toEqual(new Set(["shop"]));
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
