// What the shipper sends: batches, and lines put into the form that Loki takes.
import { describe, expect, test } from "vitest";
import type { LogEntry } from "../../src/ports-logs.ts";
import { until } from "../support/until.ts";
import { useBench } from "./bench.ts";

const bench = useBench();

describe("a batch", () => {
  test("goes when its first line has waited long enough, packed, with few labels", async () => {
    const sink = bench().shipper();
    sink.add(bench().entry("one", { metadata: { stack: "alice" } }));
    sink.add(bench().entry("two", { level: "warn" }));
    sink.add(bench().entry("three"));
    await bench().isSent(sink, 3);
    expect(bench().loki.pushes).toHaveLength(1);
    expect(bench().loki.pushes[0]?.headers["content-encoding"]).toBe("gzip");
    expect(bench().loki.lines).toEqual([
      {
        labels: { service: "capstan", level: "info", instance: "default" },
        time: `${bench().nowMs}000000`,
        line: "one",
        metadata: { stack: "alice" },
      },
      {
        labels: { service: "capstan", level: "info", instance: "default" },
        time: `${bench().nowMs}000002`,
        line: "three",
        metadata: {},
      },
      {
        labels: { service: "capstan", level: "warn", instance: "default" },
        time: `${bench().nowMs}000001`,
        line: "two",
        metadata: {},
      },
    ]);
    expect(sink.counts()).toEqual({ sent: 3, dropped: 0, refused: 0, retried: 0, buffered: 0 });
  });

  test("goes at once when it has its number of lines, and the rest after it", async () => {
    const sink = bench().shipper({ limits: { batchLines: 3, batchMs: 10_000_000 } });
    for (let line = 1; line <= 7; line++) sink.add(bench().entry(`line ${line}`));
    await bench().isSent(sink, 6);
    expect(bench().loki.pushes).toHaveLength(2);
    await sink.stop();
    expect(bench().texts()).toEqual([1, 2, 3, 4, 5, 6, 7].map((line) => `line ${line}`));
  });

  test("goes at once when it has its size", async () => {
    const sink = bench().shipper({ limits: { batchBytes: 1_000, batchMs: 10_000_000 } });
    sink.add(bench().entry("x".repeat(600)));
    sink.add(bench().entry("y".repeat(600)));
    await until("something is sent", () => sink.counts().sent > 0);
    expect(bench().loki.pushes.length).toBeGreaterThanOrEqual(1);
    expect(JSON.parse(bench().loki.pushes[0]?.text ?? "{}")).toMatchObject({
      streams: [{ values: [[expect.any(String), "x".repeat(600)]] }],
    });
  });

  test("keeps two equal lines of one millisecond apart", async () => {
    const sink = bench().shipper();
    sink.add(bench().entry("same"));
    sink.add(bench().entry("same"));
    await bench().isSent(sink, 2);
    expect(bench().texts()).toEqual(["same", "same"]);
  });

  test("carries a login and a tenant", async () => {
    const login = { username: "ops", password: "pass-word-1" };
    const basic = bench().shipper({ login, tenant: "team-a" });
    basic.add(bench().entry("one"));
    await bench().isSent(basic, 1);
    const bearer = bench().shipper({ login: { username: null, password: "token-1" } });
    bearer.add(bench().entry("two"));
    await bench().isSent(bearer, 1);
    expect(
      bench().loki.pushes.map(({ headers }) => [headers.authorization, headers["x-scope-orgid"]]),
    ).toEqual([
      [`Basic ${Buffer.from("ops:pass-word-1").toString("base64")}`, "team-a"],
      ["Bearer token-1", undefined],
    ]);
  });
});

describe("no line is refused for its form:", () => {
  const taken = async (one: LogEntry): Promise<void> => {
    const sink = bench().shipper();
    sink.add(one);
    await until("it is sent or refused", () => {
      const { sent, refused } = sink.counts();
      return sent + refused === 1;
    });
    expect(sink.counts()).toMatchObject({ sent: 1, refused: 0 });
  };

  test("one older than seven days gets the time of its arrival and keeps its own beside it", async () => {
    await taken(bench().entry("old", { atMs: bench().nowMs - 8 * 24 * 3_600_000 }));
    expect(bench().loki.lines[0]).toMatchObject({
      time: `${bench().nowMs}000000`,
      metadata: { event_time: "2026-05-24T12:00:00.000Z" },
    });
  });

  test("one an hour ahead, and one without a real time, as well", async () => {
    await taken(bench().entry("ahead", { atMs: bench().nowMs + 3_600_001 }));
    await taken(bench().entry("never", { atMs: Number.NaN }));
    await taken(bench().entry("far", { atMs: 9e15 }));
    expect(bench().loki.lines.map(({ metadata }) => metadata.event_time)).toEqual([
      "2026-06-01T13:00:00.001Z",
      "unknown",
      "unknown",
    ]);
  });

  test("one that comes an hour after others of its stream, as well", async () => {
    const sink = bench().shipper();
    sink.add(bench().entry("now"));
    sink.add(bench().entry("late", { atMs: bench().nowMs - 61 * 60_000 }));
    sink.add(bench().entry("a little late", { atMs: bench().nowMs - 30 * 60_000 }));
    await bench().isSent(sink, 3);
    expect(bench().loki.lines.map(({ time }) => Number(time.slice(0, -6)))).toEqual([
      bench().nowMs,
      bench().nowMs,
      bench().nowMs - 30 * 60_000,
    ]);
  });

  test("one over 256 KB is cut between two characters, and says so", async () => {
    await taken(bench().entry("€".repeat(100_000)));
    const [line] = bench().texts();
    expect(Buffer.byteLength(line ?? "")).toBeLessThan(256 * 1024);
    expect(line).toMatch(/^€{83333}… \(cut: the line had 300000 bytes\)$/);
  });

  test("half characters, odd names and long values of its metadata are put right", async () => {
    await taken(
      bench().entry("half \ud800 of it", {
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
    const { line, metadata } = bench().loki.lines[0]!;
    expect(line).toBe("half \ufffd of it");
    expect(metadata).toMatchObject({ k8s_pod_name: "a\ufffd", _9lives: "cat", internal: "x" });
    expect(Object.keys(metadata).sort()).toEqual(["_9lives", "internal", "k8s_pod_name", "long"]);
    expect(Buffer.byteLength(metadata.long ?? "")).toBeLessThanOrEqual(1_024);
  });

  test("labels have their `-` replaced, and the sixteenth is left out", async () => {
    const labels = Object.fromEntries(
      Array.from({ length: 20 }, (_, index) => [`my-label.${index}`, "x"]),
    );
    const sink = bench().shipper({ labels: { ...labels, "too-long": "v".repeat(5_000) } });
    sink.add(bench().entry("labelled"));
    await bench().isSent(sink, 1);
    const names = Object.keys(bench().loki.lines[0]?.labels ?? {});
    expect(names).toHaveLength(15);
    expect(names).toContain("my_label_12");
  });

  test("metadata of too many names is cut", async () => {
    const metadata = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`n${n}`, "v"]));
    await taken(bench().entry("many", { metadata }));
  });
});
