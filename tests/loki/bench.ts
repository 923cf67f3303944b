// A shipper on a little Loki, with a clock whose waits take a hundredth of their time.
import { afterEach, beforeEach } from "vitest";
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

export interface Bench {
  loki: FakeLoki;
  /** Milliseconds; tests may set it. */
  nowMs: number;
  /** What was said of Loki, as lines of JSON. */
  readonly said: string[];
  /** Pauses that were asked for. */
  readonly sleeps: number[];
  shipper(options?: Partial<ShipperOptions>): LogSink;
  entry(line: string, more?: Partial<LogEntry>): LogEntry;
  /** The lines that Loki took. */
  texts(): readonly string[];
  isSent(sink: LogSink, count: number): Promise<void>;
  /** Stops the Loki of now; the returned function starts another one on its port. */
  lose(): Promise<() => Promise<void>>;
}

/** To be called once a file: makes a new bench for each test, and ends it. */
export function useBench(): () => Bench {
  let bench: Bench | null = null;
  const sinks: LogSink[] = [];

  async function create(): Promise<Bench> {
    const sleeps: number[] = [];
    const said: string[] = [];
    const clock: Clock = {
      now: () => made.nowMs,
      sleep: (ms, signal) => {
        sleeps.push(ms);
        return systemClock.sleep(ms / 100, signal);
      },
      after: (ms, run) => systemClock.after(ms / 100, run),
    };
    const now = (): number => made.nowMs;
    const made: Bench = {
      loki: await startFakeLoki({ now }),
      nowMs: Date.parse("2026-06-01T12:00:00Z"),
      said,
      sleeps,
      shipper(options = {}) {
        const redactor = createRedactor();
        const sink = createShipper({
          url: made.loki.url,
          login: null,
          tenant: null,
          labels: { instance: "default" },
          http: httpClient,
          clock,
          random: () => 0.5,
          redactor,
          logger: createLogger({ level: "debug", redactor, write: (line) => void said.push(line) }),
          ...options,
          // Its end is a hundred times sooner here: too soon for a busy machine.
          limits: { stopMs: 500_000, ...options.limits },
        });
        sinks.push(sink);
        return sink;
      },
      entry: (line, more = {}) => ({
        atMs: made.nowMs,
        service: "capstan",
        level: "info",
        line,
        metadata: {},
        ...more,
      }),
      texts: () => made.loki.lines.map(({ line }) => line),
      isSent: async (sink, count) => {
        await until(`${count} lines are sent`, () => sink.counts().sent === count);
      },
      async lose() {
        const { port } = made.loki;
        await made.loki.close();
        return async () => {
          made.loki = await startFakeLoki({ now, port });
        };
      },
    };
    return made;
  }

  beforeEach(async () => {
    bench = await create();
  });
  afterEach(async () => {
    for (const sink of sinks.splice(0)) await sink.stop();
    await bench?.loki.close();
    bench = null;
  });
  return () => {
    if (bench === null) throw new Error("a bench exists within tests only");
    return bench;
  };
}
