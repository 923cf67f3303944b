// Makes the table's metrics with prom-client. Series whose labels are known beforehand exist from the start, so
// that a rate sees their first increase.
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";
import { metricRows } from "./table.ts";
import type { MetricName, MetricRow } from "./table.ts";

export type Labels = Readonly<Record<string, string>>;

export interface Instruments {
  readonly add: (name: MetricName, labels: Labels, by?: number) => void;
  readonly observe: (name: MetricName, labels: Labels, seconds: number) => void;
  readonly set: (name: MetricName, labels: Labels, value: number) => void;
  /** A counter whose sum somebody else keeps. */
  readonly total: (name: MetricName, labels: Labels, value: number) => void;
  text(): Promise<string>;
  readonly contentType: string;
}

/** Gauges that are named like counters; the sums of the same metrics without `_total` say the same. */
const misnamed = [
  "nodejs_active_handles_total",
  "nodejs_active_requests_total",
  "nodejs_active_resources_total",
];

/** Of the process, which is one however many controllers are in it: made once. */
let processRegistry: Registry | null = null;

function ofProcess(): Registry {
  if (processRegistry !== null) return processRegistry;
  processRegistry = new Registry();
  collectDefaultMetrics({ register: processRegistry });
  for (const name of misnamed) processRegistry.removeSingleMetric(name);
  return processRegistry;
}

/** All combinations of the labels' values; none where a label is open. */
function combinations(labels: MetricRow["labels"]): readonly Labels[] {
  let all: readonly Labels[] = [{}];
  for (const [label, values] of Object.entries(labels)) {
    if (values === null) return [];
    all = all.flatMap((known) => values.map((value) => ({ ...known, [label]: value })));
  }
  return all;
}

export function createInstruments(): Instruments {
  const registry = new Registry();
  const counters = new Map<MetricName, Counter>();
  const gauges = new Map<MetricName, Gauge>();
  const histograms = new Map<MetricName, Histogram>();
  for (const row of metricRows as readonly (MetricRow & { readonly name: MetricName })[]) {
    const { name, help, type } = row;
    const made = { name, help, labelNames: Object.keys(row.labels), registers: [registry] };
    const known = combinations(row.labels);
    if (type === "counter") {
      const counter = new Counter(made);
      for (const labels of known) counter.inc(labels, 0);
      counters.set(name, counter);
    } else if (type === "gauge") {
      const gauge = new Gauge(made);
      for (const labels of known) gauge.set(labels, 0);
      gauges.set(name, gauge);
    } else {
      const histogram = new Histogram({ ...made, buckets: [...(row.buckets ?? [])] });
      for (const labels of known) histogram.zero(labels);
      histograms.set(name, histogram);
    }
  }

  function of<T>(all: ReadonlyMap<MetricName, T>, name: MetricName): T {
    const found = all.get(name);
    if (found === undefined) throw new Error(`${name} is of another type`);
    return found;
  }

  return {
    add(name, labels, by = 1) {
      of(counters, name).inc(labels, by);
    },
    observe(name, labels, seconds) {
      of(histograms, name).observe(labels, seconds);
    },
    set(name, labels, value) {
      of(gauges, name).set(labels, value);
    },
    total(name, labels, value) {
      const counter = of(counters, name);
      counter.remove(labels);
      counter.inc(labels, value);
    },
    text: () => Registry.merge([registry, ofProcess()]).metrics(),
    contentType: registry.contentType,
  };
}

/** Names of the metrics of the process, without Capstan's own. */
export function processMetricNames(): readonly string[] {
  return ofProcess()
    .getMetricsAsArray()
    .map(({ name }) => name)
    .sort();
}
