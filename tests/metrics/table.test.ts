// The table of metrics against what is made of it, the documentation and the alert rules.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createMetrics } from "../../src/metrics/metrics.ts";
import { processMetricNames } from "../../src/metrics/registry.ts";
import { metricRows } from "../../src/metrics/table.ts";
import type { MetricRow } from "../../src/metrics/table.ts";
import { knownMetrics } from "../support/known-metrics.ts";

const rows: readonly MetricRow[] = metricRows;
const section = readFileSync("src/http/public/docs/reference/metrics.md", "utf8");

/** `outcome: a, b` and `procedure`, as the documentation writes labels. */
function labelText({ labels }: MetricRow): string {
  return Object.entries(labels)
    .map(([label, values]) =>
      values === null ? `\`${label}\`` : `\`${label}\`: ${values.join(", ")}`,
    )
    .join("; ");
}

test("the documentation's table names every metric with its type, labels and meaning", () => {
  const told = section
    .split("\n")
    .filter((line) => line.startsWith("| `capstan_"))
    .map((line) =>
      line
        .split(" | ")
        .map((cell) => cell.replaceAll(/^\| | *\|$/g, "").trim())
        .join(" | "),
    );
  const expected = rows.map((row) =>
    [`\`${row.name}\``, row.type, labelText(row), row.help].join(" | "),
  );
  expect(told).toEqual(expected);
});

test("names follow Prometheus' rules: counters end in _total, times in _seconds", () => {
  for (const { name, type, help, labels, buckets } of rows) {
    expect(name).toMatch(/^capstan_[a-z]+(?:_[a-z]+)*$/);
    expect(name.endsWith("_total"), name).toBe(type === "counter");
    if (type === "histogram") expect(name).toMatch(/_seconds$/);
    expect(buckets !== undefined).toBe(type === "histogram");
    expect(help).toMatch(/^[A-Z].*[^.]\.$/);
    // Stacks, services, people, hosts and commits are without number.
    for (const label of Object.keys(labels)) {
      expect([
        "outcome",
        "procedure",
        "condition",
        "result",
        "forge",
        "version",
        "source",
      ]).toContain(label);
    }
  }
});

test("series whose labels are known beforehand are there from the start", async () => {
  const text = await createMetrics({ version: "1.2.3" }).text();
  expect(text).toContain('capstan_build_info{version="1.2.3"} 1');
  expect(text).toContain('capstan_webhook_deliveries_total{forge="gitlab",outcome="refused"} 0');
  expect(text).toContain('capstan_reconcile_duration_seconds_count{outcome="failed"} 0');
  expect(text).toContain("process_cpu_seconds_total");
  for (const { name } of rows) expect(text).toContain(`# TYPE ${name} `);
});

/** Names of metrics in a PromQL text: those that some program of this project gives. */
function metricsIn(text: string): readonly string[] {
  const found = text.match(/\b(?:capstan|process|nodejs|up)(?:_[a-z_]+)?\b(?!\s*=)/g) ?? [];
  return [...new Set(found)];
}

test("the alert rules ask only for metrics, labels and values that exist", () => {
  const text = readFileSync("stacks/platform/observability/alerts.rules.yaml", "utf8");
  // An expression ends where the next key of the rule begins.
  const expressions = [...text.matchAll(/expr: ([\s\S]*?)\n {8}(?:for|labels):/g)].map(
    ([, expression = ""]) => expression,
  );
  expect(expressions.length).toBe(text.match(/- alert:/g)?.length);
  const known = new Map(knownMetrics.map((row) => [row.name, row]));
  // Prometheus itself makes this one, for each target.
  const ofPrometheus = "up";
  for (const expression of expressions) {
    const asked = metricsIn(expression);
    expect(asked).not.toEqual([]);
    for (const name of asked) {
      const base = name.replace(/_(?:bucket|count|sum)$/, "");
      const isKnown = known.has(base) || processMetricNames().includes(name);
      expect(isKnown || name === ofPrometheus, name).toBe(true);
    }
    const selectors = expression.matchAll(/(capstan_\w+)\{([^}]*)\}/g);
    for (const [, name = "", inside = ""] of selectors) {
      const row = known.get(name.replace(/_(?:bucket|count|sum)$/, ""));
      for (const [, label = "", values = ""] of inside.matchAll(/(\w+)\s*[=!]~?\s*"([^"]*)"/g)) {
        expect(Object.keys(row?.labels ?? {}), name).toContain(label);
        const allowed = row?.labels[label] ?? null;
        if (allowed === null) continue;
        for (const value of values.split("|")) expect(allowed, name).toContain(value);
      }
    }
  }
});

test("an expression with an unknown metric would be noticed", () => {
  expect(metricsIn("rate(capstan_nonsense_total[5m]) > 0")).toEqual(["capstan_nonsense_total"]);
});
