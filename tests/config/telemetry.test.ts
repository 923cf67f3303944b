// Metrics and traces in the environment.
import { expect, test } from "vitest";
import { noFile, reading } from "./reading.ts";

const { config, problems } = reading(noFile);

test("metrics and traces are told what is wrong with them", () => {
  const { telemetry } = config({
    METRICS_TOKEN: "0123456789abcdef",
    OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318/v1/traces/",
    OTEL_EXPORTER_OTLP_HEADERS: "Authorization=Bearer%20abc, x-tenant = one",
  });
  expect(telemetry).toEqual({
    metricsToken: "0123456789abcdef",
    traces: {
      endpoint: "http://collector:4318",
      headers: { authorization: "Bearer abc", "x-tenant": "one" },
      serviceName: "capstan",
    },
  });
  expect(config({}).telemetry).toEqual({ metricsToken: null, traces: null });
  for (const [name, value] of [
    ["METRICS_TOKEN", "short"],
    ["METRICS_TOKEN", "two words of a token"],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "http://user:canary@collector"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "canary"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "a=%zzcanary"],
  ] as const) {
    const told = problems({ [name]: value });
    expect(told).toEqual([expect.stringMatching(new RegExp(`^${name} `))]);
    expect(told.join()).not.toContain("canary");
  }
});
