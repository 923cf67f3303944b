// What the dashboard may ask for: the one list of metrics that Capstan and its log ingest give.
import { metricRows } from "../../src/metrics/table.ts";
import { logLevels } from "../../src/ports-logs.ts";

export interface KnownMetric {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** By label: all of its values; null: those are many, or another program's. */
  readonly labels: Readonly<Record<string, readonly string[] | null>>;
}

const logOutcomes = ["sent", "dropped", "refused"] as const;

/** Of `capstan log-ingest`; a test compares them with what it really gives. */
export const ofIngest: readonly KnownMetric[] = [
  {
    name: "capstan_ingest_requests_total",
    type: "counter",
    labels: {
      outcome: ["accepted", "partly", "refused", "unauthorised", "too-large", "too-many"],
    },
  },
  {
    name: "capstan_ingest_events_total",
    type: "counter",
    labels: { outcome: ["accepted", "refused"] },
  },
  { name: "capstan_ingest_log_lines_total", type: "counter", labels: { outcome: logOutcomes } },
  { name: "capstan_ingest_log_buffer_lines", type: "gauge", labels: {} },
];

export const knownMetrics: readonly KnownMetric[] = [...metricRows, ...ofIngest];

/** Labels of lines in Loki, as the shipper sets them. */
export const logLabels: Readonly<Record<string, readonly string[] | null>> = {
  service: ["capstan", "log-ingest", "ai-stack"],
  level: logLevels,
  instance: null,
};

/** What else of a line can be asked for: structured metadata. */
export const logMetadata: readonly string[] = ["stack", "kind", "component", "event_time"];
