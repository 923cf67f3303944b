// H6: a stack that is left alone says so once, and of everything else what was seen.
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Condition } from "../../src/model/status.ts";
import { createApiWorld } from "../http/api-support.ts";
import type { ApiWorld } from "../http/api-support.ts";
import { createOrderScenario, withHeader } from "../support/order.ts";
import type { OrderScenario } from "../support/order.ts";
import { simpleStack } from "../support/scenario.ts";
import { until } from "../support/until.ts";

let scenario: OrderScenario;
let world: ApiWorld;
beforeEach(async () => {
  scenario = await createOrderScenario();
  await scenario.run({ "shop.yaml": simpleStack("shop") });
  world = createApiWorld({ engine: scenario.engine() as never });
});
afterEach(async () => {
  world.close();
  await scenario.close();
});

const said = (): Readonly<Record<string, Condition>> =>
  Object.fromEntries((scenario.status("shop")?.conditions ?? []).map((one) => [one.type, one]));
const statuses = () =>
  Object.fromEntries(Object.entries(said()).map(([type, { status }]) => [type, status]));
const messages = () => Object.values(said()).map(({ message }) => message);
const summary = async () => {
  const { json } = await world.request("GET", "/api/v1/stacks/shop");
  return json as Record<string, unknown>;
};

async function suspend(): Promise<void> {
  scenario.engine().suspend("shop", "ops");
  await until("it is suspended", () => scenario.waits("shop", "suspended"));
}

test("H6 a suspended stack that is in order differs in nothing, is healthy, and says once why nothing is written", async () => {
  await suspend();
  const inOrder = { Ready: "True", Synced: "True", Healthy: "True", Suspended: "True" };
  expect(statuses()).toEqual(inOrder);
  expect(messages().filter((message) => message.includes("suspended by ops"))).toHaveLength(1);
  expect(new Set(messages()).size).toBe(4);
  expect(await summary()).toMatchObject({
    ready: true,
    state: "suspended",
    stateText: "Suspended",
    reason: "WaitingSuspended",
    message: expect.stringContaining("suspended by ops"),
  });
});

test("H6 one that Git suspends says the same of itself", async () => {
  await scenario.push({ "shop.yaml": withHeader(simpleStack("shop"), "suspend: true") });
  await until("it is suspended", () => scenario.waits("shop", "suspended"));
  expect(statuses()).toMatchObject({ Synced: "True", Healthy: "True", Suspended: "True" });
  expect((await summary()).message).toContain("suspended in Git");
});

test("H6 a change that waits until it is resumed is a difference, and what runs is judged as it was told to run", async () => {
  await suspend();
  const more = simpleStack("shop", { image: "ghcr.io/acme/web:2" });
  await scenario.push({
    "shop.yaml": more.replace("image:", "replicas: 3\n      image:"),
  });
  await until("the change is planned", () => said().Synced?.status === "False");
  expect(statuses()).toMatchObject({ Ready: "False", Healthy: "True", Suspended: "True" });
  expect(said().Synced?.message).toMatch(/^differs from Git: \d actions planned/);
  expect(new Set(messages()).size).toBe(4);
  expect(scenario.writes()).toEqual([]);
});

test("H6 what stops running while it is suspended is told", async () => {
  await suspend();
  const { swarmServices, applications } = scenario.simulator.state;
  for (const { appName } of applications.values()) swarmServices.delete(appName);
  scenario.engine().reconcile("shop", "ops");
  await until("it is not healthy", () => said().Healthy?.status === "False");
  expect(said().Healthy?.message).toContain("its swarm service is gone");
  expect(said().Ready?.status).toBe("False");
  const event = await until("it is told", () =>
    scenario
      .engine()
      .events()
      .find(
        ({ kind, message }) => kind === "outcome" && message.includes("its swarm service is gone"),
      ),
  );
  expect(event).toMatchObject({ level: "error", outcome: { reason: "suspended", ready: false } });
  expect(scenario.writes()).toEqual([]);
});

test("H6 of a stack that was suspended before it ever ran nothing is claimed to run", async () => {
  await scenario.push({ "new.yaml": withHeader(simpleStack("new"), "suspend: true") });
  await until("it is suspended", () => scenario.waits("new", "suspended"));
  const conditions = scenario.status("new")?.conditions.map(({ type, status }) => [type, status]);
  expect(Object.fromEntries(conditions ?? [])).toEqual({
    Ready: "False",
    Synced: "False",
    Healthy: "Unknown",
    Suspended: "True",
  });
});

test("H6 outside its sync windows too, what runs is known", async () => {
  const otherHour = (new Date().getUTCHours() + 12) % 24;
  const closed = `sync: { windows: [ { allow: "0 ${otherHour} * * *", for: 1h, timezone: UTC } ] }`;
  const next = simpleStack("shop", { image: "ghcr.io/acme/web:2" });
  await scenario.push({ "shop.yaml": withHeader(next, closed) });
  await until("it waits", () => scenario.waits("shop", "window"));
  expect(statuses()).toMatchObject({ Ready: "False", Synced: "False", Healthy: "True" });
});
