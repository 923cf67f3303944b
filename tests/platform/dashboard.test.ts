// The dashboard asks only for metrics, labels and values that exist: a panel that does not would stay empty, and
// nobody would know why.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { describe, expect, test } from "vitest";
import { createIngestMetrics } from "../../src/http/ingest/metrics.ts";
import { knownMetrics, logLabels, logMetadata, ofIngest } from "../support/known-metrics.ts";
import type { KnownMetric } from "../support/known-metrics.ts";
import { askedOf, matchersIn } from "../support/query-words.ts";

interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly datasource: { readonly type: string; readonly uid: string };
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets?: readonly Target[];
}

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly query: string;
  readonly current: { readonly value: string };
}

const dashboard = JSON.parse(
  readFileSync("stacks/platform/observability/grafana/ai-stack-overview.json", "utf8"),
) as {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
};

const targets = dashboard.panels.flatMap(({ title, targets: list = [] }) =>
  list.map((target) => ({ ...target, title: `${title} ${target.refId}` })),
);
const ofType = (type: string) => targets.filter(({ datasource }) => datasource.type === type);
const variables = new Set(dashboard.templating.list.map((variable) => variable.name));

/** A metric of the list, also under the names that a histogram has. */
function known(name: string): KnownMetric | null {
  const plain = knownMetrics.find((metric) => metric.name === name);
  if (plain !== undefined) return plain.type === "histogram" ? null : plain;
  const base = name.replace(/_(?:bucket|sum|count)$/, "");
  const found = knownMetrics.find((metric) => metric.name === base && metric.type === "histogram");
  if (found === undefined) return null;
  const labels = name.endsWith("_bucket") ? { ...found.labels, le: null } : found.labels;
  return { ...found, labels };
}

/** What Prometheus itself puts on each series. */
const everySeries = ["job", "instance"];

function promqlProblems(expr: string): readonly string[] {
  const { metrics, grouped } = askedOf(expr);
  const problems: string[] = metrics.length === 0 ? ["it asks for no metric"] : [];
  for (const { name, matchers } of metrics) {
    const metric = known(name);
    if (metric === null) {
      problems.push(`there is no metric ${name}`);
      continue;
    }
    const labels = [...Object.keys(metric.labels), ...everySeries];
    for (const label of [...grouped, ...matchers.map((matcher) => matcher.label)]) {
      if (!labels.includes(label)) problems.push(`${name} has no label ${label}`);
    }
    for (const { label, values } of matchers) {
      const allowed = metric.labels[label] ?? null;
      for (const value of values) {
        if (allowed?.includes(value) === false) problems.push(`${name} has no ${label} ${value}`);
      }
    }
  }
  return problems;
}

function logqlProblems(expr: string): readonly string[] {
  const problems: string[] = [];
  const selectors = [...expr.matchAll(/\{([^}]*)\}/g)].map(([, inside = ""]) => inside);
  if (selectors.length !== 1) problems.push("it has no one selector");
  for (const { label, values } of selectors.flatMap(matchersIn)) {
    if (!(label in logLabels)) problems.push(`lines have no label ${label}`);
    const allowed = logLabels[label] ?? null;
    for (const value of values) {
      if (!value.startsWith("$") && allowed?.includes(value) === false) {
        problems.push(`no line has ${label} ${value}`);
      }
    }
  }
  const fields = [...Object.keys(logLabels), ...logMetadata];
  const pipeline = expr.replaceAll(/\{[^}]*\}/g, " ");
  const asked = [...matchersIn(pipeline).map(({ label }) => label), ...askedOf(pipeline).grouped];
  for (const field of asked) {
    if (!fields.includes(field)) problems.push(`lines have no ${field}`);
  }
  return problems;
}

test.each(ofType("prometheus"))("$title asks for metrics and labels that exist", ({ expr }) => {
  expect(promqlProblems(expr)).toEqual([]);
});

test.each(ofType("loki"))("$title asks for labels and metadata that lines have", ({ expr }) => {
  expect(logqlProblems(expr)).toEqual([]);
});

describe("what does not exist would be noticed:", () => {
  test.each([
    ["sum(capstan_nonsense_total)", "there is no metric capstan_nonsense_total"],
    ["sum by (stack) (capstan_stacks)", "capstan_stacks has no label stack"],
    ['capstan_stacks{stack="a"}', "capstan_stacks has no label stack"],
    ['capstan_stacks{condition="Great"}', "capstan_stacks has no condition Great"],
    [
      "rate(capstan_reconcile_duration_seconds[5m])",
      "there is no metric capstan_reconcile_duration_seconds",
    ],
    ["rate(capstan_queue_depth_bucket[5m])", "there is no metric capstan_queue_depth_bucket"],
    ["sum by (le) (capstan_queue_depth)", "capstan_queue_depth has no label le"],
    ["1 + 1", "it asks for no metric"],
  ])("%s", (expr, problem) => {
    expect(promqlProblems(expr)).toEqual([problem]);
  });

  test.each([
    ['{app="x"}', "lines have no label app"],
    ['{service="other"}', "no line has service other"],
    ['sum by (pod) (count_over_time({service="capstan"}[1m]))', "lines have no pod"],
    ['{service="capstan"} | user="x"', "lines have no user"],
  ])("%s", (expr, problem) => {
    expect(logqlProblems(expr)).toEqual([problem]);
  });
});

const promtool = (process.env.PATH ?? "")
  .split(delimiter)
  .map((folder) => join(folder, "promtool"))
  .find((path) => existsSync(path));

test.skipIf(promtool === undefined)("Prometheus' own tool can read all of its expressions", () => {
  const folder = mkdtempSync(join(tmpdir(), "capstan-dashboard-"));
  try {
    const rules = ofType("prometheus").map(({ expr }, index) => ({
      record: `dashboard:${index}`,
      expr: expr.replaceAll("$__rate_interval", "5m"),
    }));
    const file = join(folder, "rules.json");
    // JSON is YAML.
    writeFileSync(file, JSON.stringify({ groups: [{ name: "dashboard", rules }] }));
    const said = execFileSync(promtool ?? "", ["check", "rules", file], { encoding: "utf8" });
    expect(said).toContain(`SUCCESS: ${rules.length} rules found`);
    const scrape = "stacks/platform/observability/prometheus.yaml";
    const settings = execFileSync(promtool ?? "", ["check", "config", "--syntax-only", scrape], {
      encoding: "utf8",
    });
    expect(settings).toContain("SUCCESS");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("it uses the metrics of all that it shows, and names each panel once", () => {
  const asked = new Set(
    ofType("prometheus").flatMap(({ expr }) => askedOf(expr).metrics.map(({ name }) => name)),
  );
  // Every metric has its place on it, but for those that only name a version.
  const unused = knownMetrics
    .filter(({ name }) => !name.endsWith("_info"))
    .map(({ name, type }) => (type === "histogram" ? `${name}_bucket` : name))
    .filter((name) => !asked.has(name));
  expect(unused).toEqual([]);
  const titles = dashboard.panels.map(({ title }) => title);
  expect(new Set(titles).size).toBe(titles.length);
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  for (const { type, description = "" } of dashboard.panels) {
    if (type !== "row") expect(description).toMatch(/\.$/);
  }
});

test("its data sources are variables, whose defaults are those of observability.yaml", () => {
  expect(dashboard.uid).toBe("ai-stack-overview");
  for (const { datasource } of targets) {
    expect(datasource.uid).toBe(`\${${datasource.type}}`);
  }
  const sources = dashboard.templating.list.filter(({ type }) => type === "datasource");
  expect(sources.map(({ name, query, current }) => [name, query, current.value])).toEqual([
    ["prometheus", "prometheus", "cf9r1fmfw9xxcf"],
    ["loki", "loki", "af9a823s6iku8b"],
  ]);
  for (const { expr } of targets) {
    for (const [, name = ""] of expr.matchAll(/\$(?!__)(\w+)/g)) expect(variables).toContain(name);
  }
});

test("panels lie beside each other, none over another", () => {
  const taken = new Map<string, string>();
  for (const { title, gridPos } of dashboard.panels) {
    expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect(taken.get(`${x} ${y}`), title).toBeUndefined();
        taken.set(`${x} ${y}`, title);
      }
    }
  }
});

test("the list of the log ingest's metrics is what it gives", async () => {
  const counts = { sent: 0, dropped: 0, refused: 0, retried: 0, buffered: 0 };
  const metrics = createIngestMetrics({
    add: () => undefined,
    counts: () => counts,
    trouble: () => null,
    stop: async () => undefined,
  });
  const text = await metrics.text();
  const given = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]);
  expect(given.sort()).toEqual(ofIngest.map(({ name, type }) => [name, type]).sort());
});
