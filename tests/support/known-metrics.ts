// What the dashboard may ask for: the one list of metrics that Capstan and its log ingest give.
import { logLevels } from "../../src/ports-logs.ts";

export interface KnownMetric {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** By label: all of its values; null: those are many, or another program's. */
  readonly labels: Readonly<Record<string, readonly string[] | null>>;
}

const logOutcomes = ["sent", "dropped", "refused"] as const;
const outcomes = [
  "converged",
  "progressing",
  "waiting",
  "degraded",
  "failed",
  "terminal",
  "removed",
] as const;

const ofController: readonly KnownMetric[] = [
  { name: "capstan_reconciles_total", type: "counter", labels: { outcome: outcomes } },
  { name: "capstan_reconcile_duration_seconds", type: "histogram", labels: { outcome: outcomes } },
  { name: "capstan_queue_depth", type: "gauge", labels: {} },
  { name: "capstan_queue_oldest_seconds", type: "gauge", labels: {} },
  {
    name: "capstan_dokploy_requests_total",
    type: "counter",
    labels: { procedure: null, outcome: null },
  },
  {
    name: "capstan_dokploy_request_duration_seconds",
    type: "histogram",
    labels: { procedure: null },
  },
  { name: "capstan_drift_corrections_total", type: "counter", labels: {} },
  {
    name: "capstan_stacks",
    type: "gauge",
    labels: {
      condition: [
        "Ready",
        "NotReady",
        "Synced",
        "NotSynced",
        "Healthy",
        "NotHealthy",
        "Suspended",
        "Failing",
        "Waiting",
      ],
    },
  },
  {
    name: "capstan_rollouts_total",
    type: "counter",
    labels: { result: ["healthy", "retry", "failed"] },
  },
  { name: "capstan_rollouts_in_progress", type: "gauge", labels: {} },
  { name: "capstan_git_fetches_total", type: "counter", labels: { outcome: ["ok", "failed"] } },
  {
    name: "capstan_webhook_deliveries_total",
    type: "counter",
    labels: {
      forge: ["gitea", "forgejo", "github", "gitlab"],
      outcome: ["accepted", "ignored", "refused"],
    },
  },
  {
    name: "capstan_checks_told_total",
    type: "counter",
    labels: { outcome: ["told", "failed", "dropped"] },
  },
  { name: "capstan_checks_owed", type: "gauge", labels: {} },
  { name: "capstan_sse_clients", type: "gauge", labels: {} },
  {
    name: "capstan_portal_deployments_total",
    type: "counter",
    labels: { result: ["completed", "failed"] },
  },
  { name: "capstan_portal_deployments_active", type: "gauge", labels: {} },
  {
    name: "capstan_builds_total",
    type: "counter",
    labels: { result: ["success", "failure", "cancelled", "skipped"] },
  },
  { name: "capstan_log_lines_total", type: "counter", labels: { outcome: logOutcomes } },
  { name: "capstan_log_buffer_lines", type: "gauge", labels: {} },
];

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

export const knownMetrics: readonly KnownMetric[] = [...ofController, ...ofIngest];

/** Labels of lines in Loki, as the shipper sets them. */
export const logLabels: Readonly<Record<string, readonly string[] | null>> = {
  service: ["capstan", "log-ingest", "ai-stack"],
  level: logLevels,
  instance: null,
};

/** What else of a line can be asked for: structured metadata. */
export const logMetadata: readonly string[] = ["stack", "kind", "component", "event_time"];
