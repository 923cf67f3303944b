// `capstan notify`, with targets of its own behind it.
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFactories } from "../../src/app.ts";
import { notify } from "../../src/cli/notify.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import { startListener } from "../support/heard.ts";
import type { Listener } from "../support/heard.ts";
import { createStage } from "./support.ts";

let good: Listener;
let bad: Listener;
beforeEach(async () => {
  good = await startListener();
  bad = await startListener();
  bad.answer(404);
});
afterEach(async () => {
  await good.close();
  await bad.close();
});

function stage(environment: Readonly<Record<string, string>>) {
  const factories = createFactories({
    environment,
    folder: ".",
    clock: systemClock,
    random: Math.random,
    redactor: createRedactor(),
    version: "0",
  });
  return createStage({ factories: { notifications: () => factories.notifications() } });
}

test("--test sends a message to each and says how each went, without keys", async () => {
  const { context, terminal } = stage({
    NOTIFY_URLS: `slack+http://${good.host}/services/canary discord+http://${bad.host}/api/webhooks/1/canary`,
  });
  expect(await notify(context, { test: true })).toBe(1);
  const [first = "", second = ""] = terminal.out().split("\n");
  expect(first).toBe(`slack at ${good.host}: sent`);
  expect(second).toContain(`discord at ${bad.host}: `);
  expect(second).toContain("status 404");
  expect(second).toContain("the webhook was deleted");
  expect(terminal.out()).not.toContain("canary");
  expect(String(good.heard[0]?.json.text)).toContain("Test message");
});

test("it ends with 0 when all went well", async () => {
  const { context } = stage({ NOTIFY_URLS: `slack+http://${good.host}/services/canary` });
  expect(await notify(context, { test: true })).toBe(0);
});

test("without --test it says where notifications go, and sends nothing", async () => {
  const { context, terminal } = stage({
    NOTIFY_URLS: `ntfy+http://${good.host}/ops#kinds=failure&labels=team=sales&quiet=22:00-07:05`,
  });
  expect(await notify(context, {})).toBe(0);
  expect(terminal.out()).toBe(
    `ntfy at ${good.host}: failure; of stacks with team=sales; quiet from 22:00 to 07:05 (UTC)\n`,
  );
  expect(good.heard).toEqual([]);
});

test("without NOTIFY_URLS it says what to do", async () => {
  const { context } = stage({});
  await expect(notify(context, { test: true })).rejects.toMatchObject({
    code: "invalid",
    message: expect.stringContaining("NOTIFY_URLS"),
  });
});
