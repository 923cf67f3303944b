// A collector that is down.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { systemClock } from "../../src/lib/clock.ts";
import { silentLogger } from "../../src/lib/logger.ts";
import { createOtlp } from "../../src/traces/otlp.ts";
import { startCollector } from "../support/collector.ts";
import { until } from "../support/until.ts";

test("is reported once, and again when it works; nothing waits for it", async () => {
  const collector = await startCollector();
  collector.answer(400);
  const said: string[] = [];
  const otlp = createOtlp({
    endpoint: collector.url,
    headers: { authorization: "Bearer canary" },
    serviceName: "capstan",
    version: "0",
    instance: "default",
    clock: systemClock,
    logger: {
      ...silentLogger,
      warn: (fields, message) => void said.push(`${message} ${JSON.stringify(fields)}`),
      info: (_, message) => void said.push(message),
    },
  });
  const span = (name: string) => {
    const made = { name, parent: null, kind: "internal", attributes: {} } as const;
    otlp.start({ ...made, atMs: Date.now() }).end(Date.now(), "ok");
  };
  span("first");
  await until("it was refused", () => said.length === 1);
  span("second");
  await until("it was asked again", () => collector.headers.length >= 2);
  expect(said[0]).toContain("traces cannot be sent");
  expect(said.join()).not.toContain("canary");
  collector.answer(200);
  span("third");
  await until("it works", () => collector.spans.some(({ name }) => name === "third"));
  await otlp.close();
  expect(said).toHaveLength(2);
  expect(said[1]).toBe("traces are sent again");
  await collector.close();
});

test("closing gives up after five seconds when nobody answers", async () => {
  const server = createServer(() => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const slept: number[] = [];
  const otlp = createOtlp({
    endpoint: `http://127.0.0.1:${port}`,
    headers: {},
    serviceName: "capstan",
    version: "0",
    instance: "default",
    clock: { ...systemClock, sleep: async (ms) => void slept.push(ms) },
    logger: silentLogger,
  });
  const made = { name: "lost", parent: null, kind: "internal", attributes: {} } as const;
  otlp.start({ ...made, atMs: 0 }).end(1, "ok");
  await otlp.close();
  expect(slept).toEqual([5_000]);
  server.close();
  server.closeAllConnections();
});
