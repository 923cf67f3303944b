// The shipper against a stand-in that refuses what Loki's documentation says that Loki refuses.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../src/lib/clock.ts";
import type { Clock } from "../../src/lib/clock.ts";
import { httpClient } from "../../src/lib/http.ts";
import { createLogger } from "../../src/lib/logger.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import { createShipper } from "../../src/loki/shipper.ts";
import type { ShipperOptions } from "../../src/loki/shipper.ts";
import type { LogEntry, LogSink } from "../../src/ports-logs.ts";
import { startFakeLoki } from "../support/fake-loki.ts";
import type { FakeLoki } from "../support/fake-loki.ts";
import { until } from "../support/until.ts";

let loki: FakeLoki;
let nowMs = Date.parse("2026-06-01T12:00:00Z");
const sinks: LogSink[] = [];
/** What was said of Loki, as lines of JSON. */
const said: string[] = [];

/** Sleeps a hundredth of what is asked for, and remembers what that was. */
const sleeps: number[] = [];
const clock: Clock = {
  now: () => nowMs,
  sleep: (ms, signal) => {
    sleeps.push(ms);
    return systemClock.sleep(ms / 100, signal);
  },
  after: (ms, run) => systemClock.after(ms / 100, run),
};

beforeEach(async () => {
  loki = await startFakeLoki({ now: () => nowMs });
});
afterEach(async () => {
  for (const sink of sinks.splice(0)) await sink.stop();
  await loki.close();
  said.length = 0;
  sleeps.length = 0;
});

function shipper(options: Partial<ShipperOptions> = {}): LogSink {
  const redactor = createRedactor();
  const sink = createShipper({
    url: loki.url,
    login: null,
    tenant: null,
    labels: { instance: "default" },
    http: httpClient,
    clock,
    random: () => 0.5,
    redactor,
    logger: createLogger({ level: "debug", redactor, write: (line) => void said.push(line) }),
    ...options,
  });
  sinks.push(sink);
  return sink;
}

function entry(line: string, more: Partial<LogEntry> = {}): LogEntry {
  return { atMs: nowMs, service: "capstan", level: "info", line, metadata: {}, ...more };
}

const texts = (): readonly string[] => loki.lines.map(({ line }) => line);

async function isSent(sink: LogSink, count: number): Promise<void> {
  await until(`${count} lines are sent`, () => sink.counts().sent === count);
}

describe("a batch", () => {
  test("goes when its first line has waited long enough, packed, with few labels", async () => {
    const sink = shipper();
    sink.add(entry("one", { metadata: { stack: "alice" } }));
    sink.add(entry("two", { level: "warn" }));
    sink.add(entry("three"));
    await isSent(sink, 3);
    expect(loki.pushes).toHaveLength(1);
    expect(loki.pushes[0]?.headers["content-encoding"]).toBe("gzip");
    expect(loki.lines).toEqual([
      {
        labels: { service: "capstan", level: "info", instance: "default" },
        time: `${nowMs}000000`,
        line: "one",
        metadata: { stack: "alice" },
      },
      {
        labels: { service: "capstan", level: "info", instance: "default" },
        time: `${nowMs}000002`,
        line: "three",
        metadata: {},
      },
      {
        labels: { service: "capstan", level: "warn", instance: "default" },
        time: `${nowMs}000001`,
        line: "two",
        metadata: {},
      },
    ]);
    expect(sink.counts()).toEqual({ sent: 3, dropped: 0, refused: 0, retried: 0, buffered: 0 });
  });

  test("goes at once when it has its number of lines, and the rest after it", async () => {
    const sink = shipper({ limits: { batchLines: 3, batchMs: 10_000_000 } });
    for (let line = 1; line <= 7; line++) sink.add(entry(`line ${line}`));
    await isSent(sink, 6);
    expect(loki.pushes).toHaveLength(2);
    await sink.stop();
    expect(texts()).toEqual([1, 2, 3, 4, 5, 6, 7].map((line) => `line ${line}`));
  });

  test("goes at once when it has its size", async () => {
    const sink = shipper({ limits: { batchBytes: 1_000, batchMs: 10_000_000 } });
    sink.add(entry("x".repeat(600)));
    sink.add(entry("y".repeat(600)));
    await until("something is sent", () => sink.counts().sent > 0);
    expect(loki.pushes.length).toBeGreaterThanOrEqual(1);
    expect(JSON.parse(loki.pushes[0]?.text ?? "{}")).toMatchObject({
      streams: [{ values: [[expect.any(String), "x".repeat(600)]] }],
    });
  });

  test("keeps two equal lines of one millisecond apart", async () => {
    const sink = shipper();
    sink.add(entry("same"));
    sink.add(entry("same"));
    await isSent(sink, 2);
    expect(texts()).toEqual(["same", "same"]);
  });

  test("carries a login and a tenant", async () => {
    const login = { username: "ops", password: "pass-word-1" };
    const basic = shipper({ login, tenant: "team-a" });
    basic.add(entry("one"));
    await isSent(basic, 1);
    const bearer = shipper({ login: { username: null, password: "token-1" } });
    bearer.add(entry("two"));
    await isSent(bearer, 1);
    expect(loki.pushes.map(({ headers }) => [headers.authorization, headers["x-scope-orgid"]])).toEqual(
      [
        [`Basic ${Buffer.from("ops:pass-word-1").toString("base64")}`, "team-a"],
        ["Bearer token-1", undefined],
      ],
    );
  });
});

describe("no line is refused for its form:", () => {
  const taken = async (one: LogEntry): Promise<void> => {
    const sink = shipper();
    sink.add(one);
    await until("it is sent or refused", () => {
      const { sent, refused } = sink.counts();
      return sent + refused === 1;
    });
    expect(sink.counts()).toMatchObject({ sent: 1, refused: 0 });
  };

  test("one older than seven days gets the time of its arrival and keeps its own beside it", async () => {
    await taken(entry("old", { atMs: nowMs - 8 * 24 * 3_600_000 }));
    expect(loki.lines[0]).toMatchObject({
      time: `${nowMs}000000`,
      metadata: { event_time: "2026-05-24T12:00:00.000Z" },
    });
  });

  test("one an hour ahead, and one without a real time, as well", async () => {
    await taken(entry("ahead", { atMs: nowMs + 3_600_001 }));
    await taken(entry("never", { atMs: Number.NaN }));
    await taken(entry("far", { atMs: 9e15 }));
    expect(loki.lines.map(({ metadata }) => metadata.event_time)).toEqual([
      "2026-06-01T13:00:00.001Z",
      "unknown",
      "unknown",
    ]);
  });

  test("one that comes an hour after others of its stream, as well", async () => {
    const sink = shipper();
    sink.add(entry("now"));
    sink.add(entry("late", { atMs: nowMs - 61 * 60_000 }));
    sink.add(entry("a little late", { atMs: nowMs - 30 * 60_000 }));
    await isSent(sink, 3);
    expect(loki.lines.map(({ time }) => Number(time.slice(0, -6)))).toEqual([
      nowMs,
      nowMs,
      nowMs - 30 * 60_000,
    ]);
  });

  test("one over 256 KB is cut between two characters, and says so", async () => {
    await taken(entry("€".repeat(100_000)));
    const [line] = texts();
    expect(Buffer.byteLength(line ?? "")).toBeLessThan(256 * 1024);
    expect(line).toMatch(/^€{83333}… \(cut: the line had 300000 bytes\)$/);
  });

  test("half characters, odd names and long values of its metadata are put right", async () => {
    await taken(
      entry("half \ud800 of it", {
        metadata: {
          "k8s.pod-name": "a\udfff",
          "9lives": "cat",
          __internal: "x",
          "---": "nothing",
          empty: "",
          long: "é".repeat(100_000),
        },
      }),
    );
    const { line, metadata } = loki.lines[0]!;
    expect(line).toBe("half \ufffd of it");
    expect(metadata).toMatchObject({ k8s_pod_name: "a\ufffd", _9lives: "cat", internal: "x" });
    expect(Object.keys(metadata).sort()).toEqual(["_9lives", "internal", "k8s_pod_name", "long"]);
    expect(Buffer.byteLength(metadata.long ?? "")).toBeLessThanOrEqual(1_024);
  });

  test("labels have their `-` replaced, and the sixteenth is left out", async () => {
    const labels = Object.fromEntries(
      Array.from({ length: 20 }, (_, index) => [`my-label.${index}`, "x"]),
    );
    const sink = shipper({ labels: { ...labels, "too-long": "v".repeat(5_000) } });
    sink.add(entry("labelled"));
    await isSent(sink, 1);
    const names = Object.keys(loki.lines[0]?.labels ?? {});
    expect(names).toHaveLength(15);
    expect(names).toContain("my_label_12");
  });

  test("metadata of too many names is cut", async () => {
    const metadata = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`n${n}`, "v"]));
    await taken(entry("many", { metadata }));
  });
});

describe("a refusal", () => {
  test.each([
    ["timestamps that are no nanosecond strings", "Value looks like Number/Boolean/None", 2],
    ["labels", "entry for stream '{a=\"b\"}' has 16 label names; limit 15", 2],
    ["one line", "entry for stream '{a=\"b\"}' has timestamp too old: x", 1],
  ])("with 400 for %s is never tried again", async (_what, text, refused) => {
    loki.faults.push({ kind: "answer", status: 400, text });
    const sink = shipper();
    sink.add(entry("one"));
    sink.add(entry("two"));
    await until("it is refused", () => sink.counts().refused > 0);
    sink.add(entry("three"));
    await until("the next one is sent", () => texts().includes("three"));
    expect(sink.counts()).toEqual({
      sent: 3 - refused,
      refused,
      dropped: 0,
      retried: 0,
      buffered: 0,
    });
    expect(loki.pushes).toHaveLength(2);
  });

  test("with 400 that took some lines is not tried again, and its number is counted", async () => {
    const text =
      "entry with timestamp 2026-06-01 ignored, reason: 'entry too far behind',\n" +
      "user 'fake', total ignored: 2 out of 5 for stream: {a=\"b\"}";
    loki.faults.push({ kind: "answer", status: 400, text });
    const sink = shipper();
    for (let line = 0; line < 5; line++) sink.add(entry(`line ${line}`));
    await until("it is counted", () => sink.counts().refused === 2);
    expect(sink.counts()).toMatchObject({ sent: 3, refused: 2, retried: 0 });
    expect(loki.pushes).toHaveLength(1);
  });

  test("with 422 for empty streams is not tried again, and none is ever sent", async () => {
    loki.faults.push({ kind: "answer", status: 422, text: "error at least one valid stream" });
    const sink = shipper();
    sink.add(entry("one"));
    await until("it is counted", () => sink.counts().refused === 1);
    await sink.stop();
    expect(loki.pushes).toHaveLength(1);
    expect(loki.pushes[0]?.text).toContain('"values":[[');
  });

  test("with 413 halves the batch until it fits", async () => {
    loki.maxBodyBytes = 2_000;
    const sink = shipper();
    for (let line = 0; line < 16; line++) sink.add(entry(`${line} ${"x".repeat(300)}`));
    await isSent(sink, 16);
    expect(texts().map((line) => Number(line.split(" ")[0]))).toEqual(
      Array.from({ length: 16 }, (_, index) => index),
    );
    sink.add(entry("y".repeat(5_000)));
    await until("what never fits is refused", () => sink.counts().refused === 1);
  });

  test("is told once, in Loki's words without secrets, however often it comes", async () => {
    const redactor = createRedactor();
    redactor.register("canary-secret-1");
    const sink = shipper({ redactor, limits: { batchLines: 1 } });
    for (let round = 1; round <= 4; round++) {
      loki.faults.push({ kind: "answer", status: 400, text: "bad\n canary-secret-1 line" });
      sink.add(entry(`line ${round}`));
      await until("it is refused", () => sink.counts().refused === round);
    }
    expect(said).toHaveLength(1);
    expect(JSON.parse(said[0] ?? "")).toMatchObject({
      level: "warn",
      lines: 1,
      reason: "bad (secret) line",
    });
  });

  test("of structured metadata is answered by sending without", async () => {
    loki.allowsMetadata = false;
    const sink = shipper();
    sink.add(entry("one", { metadata: { stack: "alice" } }));
    sink.add(entry("two"));
    await until("both are there", () => sink.counts().sent === 2);
    sink.add(entry("three", { metadata: { stack: "bob" } }));
    await isSent(sink, 3);
    expect([...texts()].sort()).toEqual(["one", "three", "two"]);
    expect(sink.counts().refused).toBe(0);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain("allow_structured_metadata");
  });
});

describe("what fails in passing", () => {
  test.each([429, 500, 502, 503, 504, 408, 401, 404])("with %i is tried again", async (status) => {
    loki.faults.push({ kind: "answer", status, text: "not now" });
    const sink = shipper();
    sink.add(entry("one"));
    await isSent(sink, 1);
    expect(texts()).toEqual(["one"]);
    expect(sink.counts()).toMatchObject({ sent: 1, retried: 1, refused: 0 });
  });

  test("backs off ever longer, and as long as Retry-After says", async () => {
    loki.faults.push(
      { kind: "answer", status: 500 },
      { kind: "answer", status: 500 },
      { kind: "answer", status: 429, headers: { "retry-after": "20" } },
      { kind: "answer", status: 500 },
    );
    const sink = shipper();
    sink.add(entry("one"));
    await isSent(sink, 1);
    expect(sleeps).toEqual([850, 1_700, 20_000, 6_800]);
  });

  test("a broken connection is tried again, and a lost answer doubles no line", async () => {
    loki.faults.push({ kind: "broken" }, { kind: "lost-answer" });
    const sink = shipper();
    sink.add(entry("one"));
    sink.add(entry("two"));
    await isSent(sink, 2);
    expect(loki.pushes).toHaveLength(3);
    expect(texts()).toEqual(["one", "two"]);
  });

  test("keeps the newest lines, drops the oldest and counts them", async () => {
    const sink = shipper({ limits: { bufferLines: 5, batchLines: 2 } });
    const { port } = loki;
    await loki.close();
    for (let line = 1; line <= 12; line++) sink.add(entry(`line ${line}`));
    await until("the first tries failed", () => sink.counts().retried >= 2);
    for (let line = 13; line <= 20; line++) sink.add(entry(`line ${line}`));
    expect(sink.counts().buffered).toBeLessThanOrEqual(7);
    expect(sink.trouble()).toContain("cannot be reached");
    loki = await startFakeLoki({ now: () => nowMs, port });
    await until("all is there", () => sink.counts().buffered === 0);
    expect(texts()).toEqual([16, 17, 18, 19, 20].map((line) => `line ${line}`));
    expect(sink.counts()).toMatchObject({ sent: 5, dropped: 15 });
    expect(sink.trouble()).toBeNull();
  });

  test("is bounded in bytes too", async () => {
    await loki.close();
    const sink = shipper({ limits: { bufferBytes: 10_000 } });
    for (let line = 0; line < 100; line++) sink.add(entry("z".repeat(1_000)));
    expect(sink.counts()).toMatchObject({ buffered: 9, dropped: 91 });
    loki = await startFakeLoki();
  });

  test("is told once an outage, and what was lost at its end", async () => {
    const sink = shipper({ limits: { bufferLines: 2 } });
    for (let fault = 0; fault < 5; fault++) loki.faults.push({ kind: "answer", status: 503 });
    for (let line = 1; line <= 6; line++) sink.add(entry(`line ${line}`));
    await isSent(sink, 2);
    expect(said.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { level: "warn", error: expect.stringContaining("503") },
      { level: "warn", lines: 4 },
    ]);
  });

  test("what waited a week is dropped, as Loki would refuse it", async () => {
    loki.faults.push({ kind: "answer", status: 500 });
    const sink = shipper();
    sink.add(entry("old news"));
    await until("it failed once", () => sink.counts().retried === 1);
    nowMs += 7 * 24 * 3_600_000;
    await until("it is dropped", () => sink.counts().dropped === 1);
    sink.add(entry("news"));
    await isSent(sink, 1);
    expect(texts()).toEqual(["news"]);
  });
});

describe("the end", () => {
  test("sends what is left, and takes nothing more", async () => {
    const sink = shipper({ limits: { batchMs: 10_000_000, batchLines: 3 } });
    for (let line = 0; line < 10; line++) sink.add(entry(`line ${line}`));
    await sink.stop();
    expect(texts()).toHaveLength(10);
    sink.add(entry("too late"));
    await sink.stop();
    expect(sink.counts()).toEqual({ sent: 10, dropped: 1, refused: 0, retried: 0, buffered: 0 });
  });

  test("does not wait for a Loki that is down", async () => {
    await loki.close();
    const sink = shipper();
    sink.add(entry("one"));
    await until("it failed", () => sink.counts().retried > 0);
    await sink.stop();
    expect(sink.counts()).toMatchObject({ sent: 0, dropped: 1, buffered: 0 });
    loki = await startFakeLoki();
  });

  test("does not wait for a Loki that does not answer", async () => {
    loki.faults.push({ kind: "hang" });
    const sink = shipper();
    sink.add(entry("one"));
    await until("it is asked", () => loki.pushes.length === 1);
    const began = performance.now();
    await sink.stop();
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(sink.counts()).toMatchObject({ sent: 0, dropped: 1, buffered: 0 });
  });
});
