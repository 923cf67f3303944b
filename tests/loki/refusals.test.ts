// What Loki refuses, as its documentation says: the same table for the stand-in and, where LOKI_TEST_URL (or
// LOKI_URL) names one, for a real Loki, from which what the shipper sent is read back too.
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../src/lib/clock.ts";
import { httpClient } from "../../src/lib/http.ts";
import { silentLogger } from "../../src/lib/logger.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import { createShipper } from "../../src/loki/shipper.ts";
import { startFakeLoki } from "../support/fake-loki.ts";
import type { FakeLoki } from "../support/fake-loki.ts";
import { until } from "../support/until.ts";

const realUrl = (process.env.LOKI_TEST_URL ?? process.env.LOKI_URL ?? "").replace(/\/+$/, "");
const run = randomBytes(4).toString("hex");

const hour = 3_600_000;
const nanos = (ms: number): string => `${Math.trunc(Date.now() + ms)}000000`;

interface Case {
  readonly what: string;
  readonly streams: () => unknown;
  readonly status: number;
  readonly says?: RegExp;
}

let number = 0;
/** A stream of its own for each push, so that nothing is too far behind by chance. */
function stream(
  values: readonly unknown[],
  labels: Readonly<Record<string, string>> = {},
): Readonly<Record<string, unknown>> {
  return { stream: { service: "capstan-test", run, n: String((number += 1)), ...labels }, values };
}

const cases: readonly Case[] = [
  { what: "a line", streams: () => [stream([[nanos(0), "x"]])], status: 204 },
  {
    what: "a line with structured metadata",
    streams: () => [stream([[nanos(0), "x", { stack: "alice" }]])],
    status: 204,
  },
  { what: "a time that is a number", streams: () => [stream([[Date.now(), "x"]])], status: 400 },
  { what: "a time that is a date", streams: () => [stream([["2026-06-01", "x"]])], status: 400 },
  {
    what: "a line older than seven days",
    streams: () => [stream([[nanos(-8 * 24 * hour), "x"]])],
    status: 400,
    says: /too old/,
  },
  {
    what: "a line an hour ahead",
    streams: () => [stream([[nanos(hour), "x"]])],
    status: 400,
    says: /too new/,
  },
  {
    what: "a line more than an hour behind its stream",
    streams: () => [
      stream([
        [nanos(0), "x"],
        [nanos(-2 * hour), "late"],
      ]),
    ],
    status: 400,
    says: /too far behind[^]*total ignored: 1 out of 2/,
  },
  {
    what: "a line over 256 KB",
    streams: () => [stream([[nanos(0), "x".repeat(256 * 1024 + 1)]])],
    status: 400,
    says: /max entry size/,
  },
  {
    what: "more than 15 labels",
    streams: () => [
      stream(
        [[nanos(0), "x"]],
        Object.fromEntries(Array.from({ length: 15 }, (_, n) => [`l${n}`, "v"])),
      ),
    ],
    status: 400,
    says: /label names; limit 15/,
  },
  {
    what: "a label with a `-` in its name",
    streams: () => [stream([[nanos(0), "x"]], { "my-label": "v" })],
    status: 400,
  },
  { what: "no label", streams: () => [{ stream: {}, values: [[nanos(0), "x"]] }], status: 400 },
  { what: "no stream", streams: () => [], status: 422 },
];

async function push(url: string, streams: unknown): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${url}/loki/api/v1/push`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ streams }),
  });
  return { status: answer.status, text: await answer.text() };
}

function refusals(url: () => string): void {
  test.each(cases)("$what is answered with $status", async ({ streams, status, says }) => {
    const answer = await push(url(), streams());
    expect(answer, answer.text).toMatchObject({ status });
    if (says !== undefined) expect(answer.text).toMatch(says);
  });
}

describe("the stand-in", () => {
  let loki: FakeLoki;
  beforeAll(async () => {
    loki = await startFakeLoki();
  });
  afterAll(() => loki.close());

  refusals(() => loki.url);

  test("takes what is good of a push that it refuses", async () => {
    loki.lines.length = 0;
    const values = [
      [nanos(0), "good"],
      [nanos(2 * hour), "bad"],
      [nanos(1_000), "good too"],
    ];
    expect(await push(loki.url, [stream(values)])).toMatchObject({ status: 400 });
    expect(loki.lines.map(({ line }) => line)).toEqual(["good", "good too"]);
  });
});

describe.skipIf(realUrl === "")("a real Loki", () => {
  refusals(() => realUrl);

  test("gives back what the shipper sent", async () => {
    const sink = createShipper({
      url: realUrl,
      login: null,
      tenant: null,
      labels: { run },
      http: httpClient,
      clock: systemClock,
      random: Math.random,
      redactor: createRedactor(),
      logger: silentLogger,
    });
    const atMs = Date.now();
    const entry = { atMs, service: "capstan-test", metadata: { stack: "alice" } } as const;
    sink.add({ ...entry, level: "info", line: "same" });
    sink.add({ ...entry, level: "info", line: "same" });
    sink.add({ ...entry, level: "error", line: "€".repeat(100_000), metadata: { stack: "bob" } });
    sink.add({ ...entry, level: "info", line: "old", atMs: atMs - 30 * 24 * hour });
    await sink.stop();
    expect(sink.counts()).toMatchObject({ sent: 4, refused: 0, dropped: 0 });
    const lines = async (query: string): Promise<readonly string[]> => {
      const parameters = new URLSearchParams({
        query,
        start: nanos(-hour),
        end: nanos(hour),
        direction: "forward",
      });
      const answer = await fetch(`${realUrl}/loki/api/v1/query_range?${parameters.toString()}`);
      const { data } = (await answer.json()) as {
        data: { result: { values: [string, string][] }[] };
      };
      return data.result.flatMap(({ values }) => values.map(([, line]) => line));
    };
    const own = `{service="capstan-test", run="${run}", level=~"info|error"}`;
    await until("all can be read", async () => (await lines(own)).length === 4);
    expect([...(await lines(`${own} | stack="alice"`))].sort()).toEqual(["old", "same", "same"]);
    expect((await lines(`${own} | stack="bob"`))[0]).toMatch(/\(cut: the line had 300000 bytes\)$/);
  });
});
