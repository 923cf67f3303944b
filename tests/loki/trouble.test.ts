// What the shipper does when Loki refuses lines, fails, is away, or when the process ends.
import { describe, expect, test } from "vitest";
import { silentLogger } from "../../src/lib/logger.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import { until } from "../support/until.ts";
import { useBench } from "./bench.ts";

const bench = useBench();

describe("a refusal", () => {
  test.each([
    ["timestamps that are no nanosecond strings", "Value looks like Number/Boolean/None", 2],
    ["labels", "entry for stream '{a=\"b\"}' has 16 label names; limit 15", 2],
    ["one line", "entry for stream '{a=\"b\"}' has timestamp too old: x", 1],
  ])("with 400 for %s is never tried again", async (_what, text, refused) => {
    bench().loki.faults.push({ kind: "answer", status: 400, text });
    const sink = bench().shipper();
    sink.add(bench().entry("one"));
    sink.add(bench().entry("two"));
    await until("it is refused", () => sink.counts().refused > 0);
    sink.add(bench().entry("three"));
    await until("the next one is sent", () => sink.counts().buffered === 0);
    expect(bench().texts()).toContain("three");
    expect(sink.counts()).toEqual({
      sent: 3 - refused,
      refused,
      dropped: 0,
      retried: 0,
      buffered: 0,
    });
    expect(bench().loki.pushes).toHaveLength(2);
  });

  test("with 400 that took some lines is not tried again, and its number is counted", async () => {
    const text =
      "entry with timestamp 2026-06-01 ignored, reason: 'entry too far behind',\n" +
      "user 'fake', total ignored: 2 out of 5 for stream: {a=\"b\"}";
    bench().loki.faults.push({ kind: "answer", status: 400, text });
    const sink = bench().shipper();
    for (let line = 0; line < 5; line++) sink.add(bench().entry(`line ${line}`));
    await until("it is counted", () => sink.counts().refused === 2);
    expect(sink.counts()).toMatchObject({ sent: 3, refused: 2, retried: 0 });
    expect(bench().loki.pushes).toHaveLength(1);
  });

  test("with 422 for empty streams is not tried again, and none is ever sent", async () => {
    bench().loki.faults.push({
      kind: "answer",
      status: 422,
      text: "error at least one valid stream",
    });
    const sink = bench().shipper();
    sink.add(bench().entry("one"));
    await until("it is counted", () => sink.counts().refused === 1);
    await sink.stop();
    expect(bench().loki.pushes).toHaveLength(1);
    expect(bench().loki.pushes[0]?.text).toContain('"values":[[');
  });

  test("with 413 halves the batch until it fits", async () => {
    bench().loki.maxBodyBytes = 2_000;
    const sink = bench().shipper();
    for (let line = 0; line < 16; line++) sink.add(bench().entry(`${line} ${"x".repeat(300)}`));
    await bench().isSent(sink, 16);
    expect(
      bench()
        .texts()
        .map((line) => Number(line.split(" ")[0])),
    ).toEqual(Array.from({ length: 16 }, (_, index) => index));
    sink.add(bench().entry("y".repeat(5_000)));
    await until("what never fits is refused", () => sink.counts().refused === 1);
  });

  test("is told once, in Loki's words without secrets, however often it comes", async () => {
    const redactor = createRedactor();
    redactor.register("canary-secret-1");
    const sink = bench().shipper({ redactor, limits: { batchLines: 1 } });
    for (let round = 1; round <= 4; round++) {
      bench().loki.faults.push({ kind: "answer", status: 400, text: "bad\n canary-secret-1 line" });
      sink.add(bench().entry(`line ${round}`));
      await until("it is refused", () => sink.counts().refused === round);
    }
    expect(bench().said).toHaveLength(1);
    expect(JSON.parse(bench().said[0] ?? "")).toMatchObject({
      level: "warn",
      lines: 1,
      reason: "bad (secret) line",
    });
  });

  test("with a long answer is judged by its status, and blocks no other line", async () => {
    bench().loki.faults.push({ kind: "answer", status: 400, text: "bad ".repeat(100_000) });
    const sink = bench().shipper();
    sink.add(bench().entry("one"));
    await until("it is refused", () => sink.counts().refused === 1);
    sink.add(bench().entry("two"));
    await bench().isSent(sink, 1);
    expect(sink.counts().retried).toBe(0);
  });

  test("of a whole batch is trouble, until Loki takes a line", async () => {
    // The notice of the refusal would be a line too.
    const sink = bench().shipper({ logger: silentLogger });
    bench().loki.faults.push({ kind: "answer", status: 400, text: "no label" });
    sink.add(bench().entry("one"));
    await until("it is refused", () => sink.counts().refused === 1);
    expect(sink.trouble()).toBe("Loki refused log lines with 400: no label");
    sink.add(bench().entry("two"));
    await bench().isSent(sink, 1);
    expect(sink.trouble()).toBeNull();
  });

  test("of some lines of a batch is no trouble: Loki takes lines", async () => {
    const sink = bench().shipper();
    const text = "1 errors like: entry for stream '{a=\"b\"}' has timestamp too old: x";
    bench().loki.faults.push({ kind: "answer", status: 400, text });
    sink.add(bench().entry("one"));
    sink.add(bench().entry("two"));
    await until("it is refused", () => sink.counts().refused === 1);
    expect(sink.trouble()).toBeNull();
  });

  test("of structured metadata is answered by sending without", async () => {
    bench().loki.allowsMetadata = false;
    const sink = bench().shipper();
    sink.add(bench().entry("one", { metadata: { stack: "alice" } }));
    sink.add(bench().entry("two"));
    await until("both are there", () => sink.counts().sent === 2);
    sink.add(bench().entry("three", { metadata: { stack: "bob" } }));
    await bench().isSent(sink, 3);
    expect([...bench().texts()].sort()).toEqual(["one", "three", "two"]);
    expect(sink.counts().refused).toBe(0);
    expect(bench().said).toHaveLength(1);
    expect(bench().said[0]).toContain("allow_structured_metadata");
  });
});

test("structured metadata is tried again an hour after Loki refused it", async () => {
  bench().loki.allowsMetadata = false;
  const sink = bench().shipper();
  const send = async (line: string, sent: number): Promise<void> => {
    sink.add(bench().entry(line, { atMs: bench().nowMs, metadata: { stack: "alice" } }));
    await bench().isSent(sink, sent);
  };
  await send("one", 1);
  bench().nowMs += 3_600_000;
  await send("still without", 2);
  expect(sink.counts()).toMatchObject({ retried: 2, refused: 0 });
  bench().loki.allowsMetadata = true;
  bench().nowMs += 3_599_999;
  await send("too soon", 3);
  bench().nowMs += 1;
  await send("with", 4);
  expect(bench().loki.lines.map(({ line, metadata }) => [line, metadata.stack])).toEqual([
    ["one", undefined],
    ["still without", undefined],
    ["too soon", undefined],
    ["with", "alice"],
  ]);
});

test("a Loki that refuses lines sent without metadata for their metadata loses them, and it is told", async () => {
  const text = "stream '{}' includes structured metadata, but this feature is disallowed";
  for (let answer = 0; answer < 2; answer++) {
    bench().loki.faults.push({ kind: "answer", status: 400, text });
  }
  const sink = bench().shipper();
  sink.add(bench().entry("one"));
  await until("it is refused", () => sink.counts().refused === 1);
  expect(bench().said.at(-1)).toContain("Loki refused log lines; they are lost");
  expect(sink.trouble()).toContain("disallowed");
});

describe("what fails in passing", () => {
  test.each([429, 500, 502, 503, 504, 408, 401, 404])("with %i is tried again", async (status) => {
    bench().loki.faults.push({ kind: "answer", status, text: "not now" });
    const sink = bench().shipper();
    sink.add(bench().entry("one"));
    await bench().isSent(sink, 1);
    expect(bench().texts()).toEqual(["one"]);
    expect(sink.counts()).toMatchObject({ sent: 1, retried: 1, refused: 0 });
  });

  test("backs off ever longer, and as long as Retry-After says", async () => {
    bench().loki.faults.push(
      { kind: "answer", status: 500 },
      { kind: "answer", status: 500 },
      { kind: "answer", status: 429, headers: { "retry-after": "20" } },
      { kind: "answer", status: 500 },
    );
    const sink = bench().shipper();
    sink.add(bench().entry("one"));
    await bench().isSent(sink, 1);
    expect(bench().sleeps).toEqual([850, 1_700, 20_000, 6_800]);
  });

  test("a broken connection is tried again, and a lost answer doubles no line", async () => {
    bench().loki.faults.push({ kind: "broken" }, { kind: "lost-answer" });
    const sink = bench().shipper();
    sink.add(bench().entry("one"));
    sink.add(bench().entry("two"));
    await bench().isSent(sink, 2);
    expect(bench().loki.pushes).toHaveLength(3);
    expect(bench().texts()).toEqual(["one", "two"]);
  });

  test("keeps the newest lines, drops the oldest and counts them", async () => {
    const sink = bench().shipper({ limits: { bufferLines: 5, batchLines: 2 } });
    const comeBack = await bench().lose();
    for (let line = 1; line <= 12; line++) sink.add(bench().entry(`line ${line}`));
    await until("the first tries failed", () => sink.counts().retried >= 2);
    for (let line = 13; line <= 20; line++) sink.add(bench().entry(`line ${line}`));
    expect(sink.counts().buffered).toBeLessThanOrEqual(7);
    expect(sink.trouble()).toContain("cannot be reached");
    await comeBack();
    await until("all is there", () => sink.counts().buffered === 0);
    expect(bench().texts()).toEqual([16, 17, 18, 19, 20].map((line) => `line ${line}`));
    expect(sink.counts()).toMatchObject({ sent: 5, dropped: 15 });
    expect(sink.trouble()).toBeNull();
  });

  test("is bounded in bytes too", async () => {
    await bench().lose();
    const sink = bench().shipper({ limits: { bufferBytes: 10_000 } });
    for (let line = 0; line < 100; line++) sink.add(bench().entry("z".repeat(1_000)));
    expect(sink.counts()).toMatchObject({ buffered: 9, dropped: 91 });
  });

  test("is told once an outage, and what was lost at its end", async () => {
    const sink = bench().shipper({ limits: { bufferLines: 2 } });
    for (let fault = 0; fault < 5; fault++)
      bench().loki.faults.push({ kind: "answer", status: 503 });
    for (let line = 1; line <= 6; line++) sink.add(bench().entry(`line ${line}`));
    await bench().isSent(sink, 2);
    expect(bench().said.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { level: "warn", error: expect.stringContaining("503") },
      { level: "warn", lines: 4 },
    ]);
  });

  test("counts lines that Loki refused among the lost ones, at its end", async () => {
    const sink = bench().shipper();
    bench().loki.faults.push(
      { kind: "answer", status: 503 },
      { kind: "answer", status: 400, text: "no label" },
    );
    sink.add(bench().entry("one"));
    sink.add(bench().entry("two"));
    await until("both are refused", () => sink.counts().refused === 2);
    const messages = (): readonly unknown[] =>
      bench().said.map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect(messages()).not.toContainEqual(expect.stringContaining("takes log lines again"));
    sink.add(bench().entry("three"));
    await bench().isSent(sink, 1);
    expect(JSON.parse(bench().said.at(-1) ?? "")).toMatchObject({
      level: "warn",
      msg: "Loki takes log lines again; some were lost",
      lines: 2,
    });
  });

  test("what waited a week is dropped, as Loki would refuse it", async () => {
    const { faults } = bench().loki;
    // As many tries as may happen before the week is over.
    for (let tries = 0; tries < 1_000; tries++) faults.push({ kind: "answer", status: 500 });
    const sink = bench().shipper();
    sink.add(bench().entry("old news"));
    await until("it failed once", () => sink.counts().retried >= 1);
    bench().nowMs += 7 * 24 * 3_600_000;
    await until("it is dropped", () => sink.counts().dropped === 1);
    faults.splice(0);
    sink.add(bench().entry("news"));
    await bench().isSent(sink, 1);
    expect(bench().texts()).toEqual(["news"]);
  });
});

describe("the end", () => {
  test("sends what is left, and takes nothing more", async () => {
    const sink = bench().shipper({ limits: { batchMs: 10_000_000, batchLines: 3 } });
    for (let line = 0; line < 10; line++) sink.add(bench().entry(`line ${line}`));
    await sink.stop();
    expect(bench().texts()).toHaveLength(10);
    sink.add(bench().entry("too late"));
    await sink.stop();
    expect(sink.counts()).toEqual({ sent: 10, dropped: 1, refused: 0, retried: 0, buffered: 0 });
  });

  test("does not wait for a Loki that is down", async () => {
    await bench().lose();
    const sink = bench().shipper();
    sink.add(bench().entry("one"));
    await until("it failed", () => sink.counts().retried > 0);
    await sink.stop();
    expect(sink.counts()).toMatchObject({ sent: 0, dropped: 1, buffered: 0 });
  });

  test("does not wait for a Loki that does not answer", async () => {
    bench().loki.faults.push({ kind: "hang" });
    const sink = bench().shipper({ limits: { stopMs: 5_000 } });
    sink.add(bench().entry("one"));
    await until("it is asked", () => bench().loki.pushes.length === 1);
    const began = performance.now();
    await sink.stop();
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(sink.counts()).toMatchObject({ sent: 0, dropped: 1, buffered: 0 });
  });
});
