// The log ingest over real HTTP, on a little Loki: what stacks send is there, and nobody else sends.
import { deflateSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PerMinute } from "../../../src/http/ingest/limits.ts";
import { ingestRoutes } from "../../../src/http/ingest/routes.ts";
import { listen } from "../../../src/http/listen.ts";
import type { Listening } from "../../../src/http/listen.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { httpClient } from "../../../src/lib/http.ts";
import { createLogger } from "../../../src/lib/logger.ts";
import { createRedactor } from "../../../src/lib/redact.ts";
import { createShipper } from "../../../src/loki/shipper.ts";
import type { LogSink } from "../../../src/ports-logs.ts";
import { startFakeLoki } from "../../support/fake-loki.ts";
import type { FakeLoki } from "../../support/fake-loki.ts";
import { until } from "../../support/until.ts";

const token = "ingest-token-0123456789";
let loki: FakeLoki;
let server: Listening;
let sink: LogSink;
let logged: string[];

async function start(
  options: { token?: string | null; perMinute?: Partial<PerMinute> } = {},
): Promise<void> {
  const redactor = createRedactor();
  redactor.register(token);
  logged = [];
  const logger = createLogger({
    level: "info",
    redactor,
    write: (line) => void logged.push(line),
  });
  sink = createShipper({
    url: loki.url,
    login: null,
    tenant: null,
    labels: {},
    http: httpClient,
    clock: systemClock,
    random: () => 0.5,
    redactor,
    logger,
    limits: { batchMs: 20 },
  });
  const routes = ingestRoutes({
    sink,
    token,
    clock: systemClock,
    logger,
    redact: (text) => redactor.redact(text),
    version: "1.2.3",
    perMinute: { requests: 100_000, bytes: 1e9 },
    ...options,
  });
  server = await listen(routes.fetch, { host: "127.0.0.1", port: 0 });
}

beforeEach(async () => {
  loki = await startFakeLoki();
  await start();
});
afterEach(async () => {
  await server.close();
  await sink.stop();
  await loki.close();
});

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly retryAfter: string | null;
  readonly body: Record<string, unknown>;
}

async function post(
  body: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = {},
  query = "",
): Promise<Answer> {
  const answer = await fetch(`${server.address}/ingest${query}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      ...headers,
    },
    body,
  });
  return {
    status: answer.status,
    type: answer.headers.get("content-type") ?? "",
    retryAfter: answer.headers.get("retry-after"),
    body: (await answer.json()) as Record<string, unknown>,
  };
}

async function get(path: string): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${server.address}${path}`);
  return { status: answer.status, text: await answer.text() };
}

async function arrived(count: number): Promise<void> {
  await until(`${count} lines are in Loki`, () => sink.counts().sent === count);
}

describe("events", () => {
  test("come as one object, an array or lines, and are in Loki under their stack", async () => {
    expect(await post('{"msg":"one","stack":"alice","level":"error"}')).toMatchObject({
      status: 202,
      body: { accepted: 1, refused: 0, problems: [] },
    });
    await post('[{"msg":"two","stack":"alice"},{"msg":"three","stack":"bob"}]');
    await post('{"msg":"four"}\n{"msg":"five"}\n', {
      "content-type": "application/x-ndjson",
      "x-stack-name": "carol",
    });
    await post("six", { "content-type": "text/plain" }, "?stack=dave");
    await arrived(6);
    const stacks = loki.lines.map(({ line, metadata, labels }) => [
      (JSON.parse(line) as { msg: string }).msg,
      metadata.stack,
      labels,
    ]);
    expect(stacks.sort()).toEqual([
      ["five", "carol", { service: "ai-stack", level: "info" }],
      ["four", "carol", { service: "ai-stack", level: "info" }],
      ["one", "alice", { service: "ai-stack", level: "error" }],
      ["six", "dave", { service: "ai-stack", level: "info" }],
      ["three", "bob", { service: "ai-stack", level: "info" }],
      ["two", "alice", { service: "ai-stack", level: "info" }],
    ]);
  });

  test("may be packed", async () => {
    await post(Uint8Array.from(gzipSync('{"msg":"one"}')), { "content-encoding": "gzip" });
    await post(Uint8Array.from(deflateSync('{"msg":"two"}')), { "content-encoding": "deflate" });
    await arrived(2);
  });

  test("that are wrong are named, and the others are taken", async () => {
    const answer = await post('[{"msg":"good"},5,{"msg":"bad","stack":"Not One"}]');
    expect(answer).toMatchObject({
      status: 202,
      body: {
        accepted: 1,
        refused: 2,
        problems: [
          { index: 1, detail: "an event is an object or a text" },
          { index: 2, detail: expect.stringContaining("not a stack's name") },
        ],
      },
    });
    await arrived(1);
  });

  test("that are all wrong are refused as a whole", async () => {
    const answer = await post("[5,6]");
    expect(answer).toMatchObject({
      status: 400,
      type: "application/problem+json",
      body: { detail: "no event was taken; event 0: an event is an object or a text" },
    });
  });

  test("with a secret that this process knows lose it", async () => {
    await post(JSON.stringify({ msg: `my header was ${token}`, kind: token, app: token }));
    await arrived(1);
    expect(JSON.stringify(loki.lines)).not.toContain(token);
    expect(loki.lines[0]?.metadata).toMatchObject({ kind: "(secret)", component: "(secret)" });
  });
});

describe("refused with a problem:", () => {
  const packed = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(gzipSync(text));
  const bomb = Uint8Array.from(gzipSync(Buffer.alloc(50_000_000, "x")));
  const cases: readonly (readonly [
    what: string,
    body: string | Uint8Array<ArrayBuffer>,
    headers: Readonly<Record<string, string>>,
    status: number,
  ])[] = [
    ["no token", "{}", { authorization: "" }, 401],
    ["another token", "{}", { authorization: `Bearer ${token}x` }, 401],
    ["another scheme", "{}", { authorization: `Basic ${token}` }, 401],
    ["no JSON", "{", {}, 400],
    ["an empty body", "", {}, 400],
    ["a stack's name that is none", "{}", { "x-stack-name": "a b" }, 400],
    ["what is not packed", "{}", { "content-encoding": "gzip" }, 400],
    ["another packing", "{}", { "content-encoding": "br" }, 415],
    ["a body that unpacks to too much", bomb, { "content-encoding": "gzip" }, 413],
    ["a large body", JSON.stringify({ msg: "x".repeat(2_000_000) }), {}, 413],
    ["too many events", `[${"{},".repeat(1_000)}{}]`, {}, 413],
    ["too many lines", packed("{\n".repeat(2_000_000)), { "content-encoding": "gzip" }, 413],
    [
      "a long text for each event",
      packed(`{"events":[${"{},".repeat(999)}{}],"x":"${"y".repeat(3_900_000)}"}`),
      { "content-encoding": "gzip" },
      413,
    ],
    ["a large event", JSON.stringify({ msg: "x".repeat(300_000) }), {}, 400],
  ];
  test.each(cases)("%s", async (_what, body, headers, status) => {
    const answer = await post(body, headers);
    expect(answer).toMatchObject({ status, type: "application/problem+json", body: { status } });
    expect(sink.counts()).toMatchObject({ sent: 0, buffered: 0 });
  });

  test("another method, and another address", async () => {
    expect((await get("/ingest")).status).toBe(405);
    expect((await get("/elsewhere")).status).toBe(404);
  });

  test("a wrong token is logged once, without the token", async () => {
    await post("{}", { authorization: "Bearer canary-wrong-token" });
    await post("{}", { authorization: "Bearer canary-wrong-token" });
    expect(logged).toHaveLength(1);
    expect(logged.join("")).not.toContain("canary");
  });

  test.each([
    ["requests", 2],
    ["events", 2],
    ["bytes", 4],
  ])("an address that sends too many %s", async (what, most) => {
    await server.close();
    await start({ perMinute: { [what]: most } });
    const answers = [];
    for (let count = 0; count < 3; count++) answers.push(await post("{}"));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 429]);
    expect(answers[2]?.retryAfter).toMatch(/^[1-9]\d?$/);
    expect(answers[2]?.body.detail).toContain(what);
    await arrived(2);
    expect((await get("/metrics")).text).toContain('{outcome="too-many"} 1');
  });

  test("events in one request count one by one", async () => {
    await server.close();
    await start({ perMinute: { events: 3 } });
    expect((await post("[1,{}]")).status).toBe(202);
    expect((await post("[{},{}]")).status).toBe(429);
    expect((await post("[{}]")).status).toBe(202);
    await arrived(2);
  });
});

test("with LOG_INGEST_TOKEN=none everybody may send", async () => {
  await server.close();
  await start({ token: null });
  expect((await post("{}", { authorization: "" })).status).toBe(202);
});

test("health says whether Loki takes lines, always with 200", async () => {
  expect(JSON.parse((await get("/health")).text)).toMatchObject({
    status: "ok",
    service: "log-ingest",
    version: "1.2.3",
    lines: { sent: 0 },
    errors: {},
  });
  loki.faults.push({ kind: "answer", status: 503, text: "no" });
  await post("{}");
  const degraded = await until("it is degraded", async () => {
    const { status, text } = await get("/health");
    const health = JSON.parse(text) as { status: string; errors: { loki?: string } };
    expect(status).toBe(200);
    return health.status === "degraded" ? health : null;
  });
  expect(degraded.errors.loki).toContain("503");
  expect((await get("/healthz")).status).toBe(200);
  await arrived(1);
  expect(JSON.parse((await get("/health")).text)).toMatchObject({ status: "ok" });
});

test("metrics count requests, events and lines", async () => {
  await post('[{"msg":"a"},5]');
  await post("{}", { authorization: "" });
  await arrived(1);
  const { text } = await get("/metrics");
  expect(text).toContain('capstan_ingest_requests_total{outcome="partly"} 1');
  expect(text).toContain('capstan_ingest_requests_total{outcome="unauthorised"} 1');
  expect(text).toContain('capstan_ingest_events_total{outcome="accepted"} 1');
  expect(text).toContain('capstan_ingest_events_total{outcome="refused"} 1');
  expect(text).toContain('capstan_ingest_log_lines_total{outcome="sent"} 1');
  expect(text).toContain('capstan_ingest_log_lines_total{outcome="dropped"} 0');
  expect(text).toContain("capstan_ingest_log_buffer_lines 0");
});
