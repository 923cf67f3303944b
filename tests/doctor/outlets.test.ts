// Whether the places that Capstan sends things to take them, asked without sending anything.
import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { collectorOf, lokiOf, targetsOf } from "../../src/app-outlets.ts";
import { requireConfig } from "../../src/config.ts";
import { lookAtAll } from "../../src/doctor/check.ts";
import type { Check } from "../../src/doctor/check.ts";
import { notificationsCheck, tracesCheck } from "../../src/doctor/outlets.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { httpClient } from "../../src/lib/http.ts";
import { startCollector } from "../support/collector.ts";
import type { Collector } from "../support/collector.ts";
import { freePort } from "../support/free-port.ts";

async function found(check: Check) {
  const [one] = await lookAtAll([check], { clock: systemClock, redact: (text) => text });
  if (one === undefined) throw new Error("one check has one finding");
  return { ...one, next: one.next ?? "" };
}
const configOf = (environment: Readonly<Record<string, string>>) =>
  requireConfig(environment, () => "");

describe("traces", () => {
  let collector: Collector;
  beforeEach(async () => {
    collector = await startCollector();
  });
  afterEach(() => collector.close());

  const look = () =>
    found(
      tracesCheck(
        collectorOf(configOf({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }), httpClient),
      ),
    );

  test("a collector passes, and gets no span", async () => {
    expect(await look()).toMatchObject({
      status: "pass",
      message: `${collector.url} takes traces`,
    });
    expect(collector.spans).toEqual([]);
    expect(collector.bodies).toHaveLength(1);
  });

  test.each([
    [401, "OTEL_EXPORTER_OTLP_HEADERS"],
    [404, "/v1/traces"],
    [503, "/v1/traces"],
  ])("an answer with %i fails, with what to do", async (status, next) => {
    collector.answer(status);
    const finding = await look();
    expect(finding).toMatchObject({
      status: "fail",
      message: `${collector.url} answers ${status}`,
    });
    expect(finding.next).toContain(next);
  });
});

describe("notifications", () => {
  let server: Server;
  let port: number;
  let connections: number;
  beforeEach(async () => {
    connections = 0;
    server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    ({ port } = server.address() as AddressInfo);
  });
  afterEach(() => server.close());

  test("hosts that answer pass; one that does not is named, without its keys", async () => {
    const open = `smtp://me:canary@127.0.0.1:${port}#from=a@b.c&to=a@b.c`;
    const good = await found(notificationsCheck(targetsOf(configOf({ NOTIFY_URLS: open }))));
    expect(good).toMatchObject({ status: "pass" });
    expect(good.message).toContain("capstan notify --test");
    expect(connections).toBe(1);

    const closed = await freePort();
    const bad = `webhook+https://127.0.0.1:${closed}/canary`;
    const finding = await found(
      notificationsCheck(targetsOf(configOf({ NOTIFY_URLS: `${open} ${bad}` }))),
    );
    expect(finding.status).toBe("fail");
    expect(finding.message).toContain(`127.0.0.1:${closed} cannot be reached: ECONNREFUSED`);
    expect(finding.next).toContain("NOTIFY_URLS");
    expect(JSON.stringify([good, finding])).not.toContain("canary");
  });
});

test("what is not set up is skipped", async () => {
  const config = configOf({});
  expect(lokiOf(config, httpClient)).toBeNull();
  for (const check of [
    tracesCheck(collectorOf(config, httpClient)),
    notificationsCheck(targetsOf(config)),
  ]) {
    expect((await found(check)).status).toBe("skip");
  }
});
