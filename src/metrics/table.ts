// Every metric of Capstan's own, as data: the registry, the documentation's table, the alert rules' test and dashboards'
// tests go by it. Stacks are counted and never named: a label has few values, known beforehand or fixed in code.
import { errorCodes } from "../lib/errors.ts";
import { forgeKinds } from "../model/forge.ts";
import type { Outcome } from "../model/status.ts";
import type { Ending, Signal } from "../ports-telemetry.ts";

export interface MetricRow {
  readonly name: `capstan_${string}`;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  /** By label: all values that it can have; null: those that the code or the version brings, still few. */
  readonly labels: Readonly<Record<string, readonly string[] | null>>;
  /** Of a histogram: upper bounds in seconds. */
  readonly buckets?: readonly number[];
}

/** The keys of an object that the compiler holds to be complete. */
function all<K extends string>(values: Readonly<Record<K, true>>): readonly K[] {
  return Object.keys(values) as K[];
}

type SignalOf<K extends Signal["kind"]> = Extract<Signal, { kind: K }>;

const outcomes = all<Outcome["kind"]>({
  converged: true,
  progressing: true,
  waiting: true,
  degraded: true,
  failed: true,
  terminal: true,
  removed: true,
});
const endings: readonly Ending[] = ["ok", ...errorCodes];
const fetchOutcomes = ["ok", "failed"] as const;
const deliveries = all<SignalOf<"delivery">["outcome"]>({
  accepted: true,
  ignored: true,
  refused: true,
});
const tellings = all<SignalOf<"check-told">["outcome"]>({
  told: true,
  failed: true,
  dropped: true,
});
const deploymentResults = all<SignalOf<"deployment-ended">["result"]>({
  completed: true,
  failed: true,
});
const buildResults = all<SignalOf<"build-ended">["result"]>({
  success: true,
  failure: true,
  cancelled: true,
  skipped: true,
});
export const rolloutResults = ["healthy", "retry", "failed"] as const;
export const stackConditions = [
  "Ready",
  "NotReady",
  "Synced",
  "NotSynced",
  "Healthy",
  "NotHealthy",
  "Suspended",
  "Failing",
  "Waiting",
] as const;
export const logOutcomes = ["sent", "dropped", "refused"] as const;

const runBuckets = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
const requestBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

export const metricRows = [
  {
    name: "capstan_reconciles_total",
    type: "counter",
    help: "Runs of stacks that ended, by outcome.",
    labels: { outcome: outcomes },
  },
  {
    name: "capstan_reconcile_duration_seconds",
    type: "histogram",
    help: "How long runs of stacks took, without the rollouts that they started.",
    labels: { outcome: outcomes },
    buckets: runBuckets,
  },
  {
    name: "capstan_queue_depth",
    type: "gauge",
    help: "Stacks whose run is due and has not begun.",
    labels: {},
  },
  {
    name: "capstan_queue_oldest_seconds",
    type: "gauge",
    help: "How long the stack that is due the longest has waited for its run.",
    labels: {},
  },
  {
    name: "capstan_dokploy_requests_total",
    type: "counter",
    help: "Requests to Dokploy, by procedure (a batch counts once, as its first procedure) and by how they ended.",
    labels: { procedure: null, outcome: endings },
  },
  {
    name: "capstan_dokploy_request_duration_seconds",
    type: "histogram",
    help: "How long Dokploy took to answer a request, by procedure.",
    labels: { procedure: null },
    buckets: requestBuckets,
  },
  {
    name: "capstan_drift_corrections_total",
    type: "counter",
    help: "Changes made on the server by somebody else that were set back.",
    labels: {},
  },
  {
    name: "capstan_stacks",
    type: "gauge",
    help: "Stacks for which a condition holds. A stack is Failing, Waiting or neither; Ready and NotReady together are all stacks of Git that have run.",
    labels: { condition: stackConditions },
  },
  {
    name: "capstan_rollouts_total",
    type: "counter",
    help: "Rollouts of services that ended: healthy, failed for good, or failed and tried again.",
    labels: { result: rolloutResults },
  },
  {
    name: "capstan_rollouts_in_progress",
    type: "gauge",
    help: "Rollouts that are followed now.",
    labels: {},
  },
  {
    name: "capstan_git_fetches_total",
    type: "counter",
    help: "Requests to the Git repository: looks for a new commit, and reads of one.",
    labels: { outcome: fetchOutcomes },
  },
  {
    name: "capstan_secret_reads_total",
    type: "counter",
    help: "Requests to secret managers for everything that is used of them.",
    labels: { source: ["bitwarden", "vault"], outcome: fetchOutcomes },
  },
  {
    name: "capstan_secret_sources_down",
    type: "gauge",
    help: "Sources of secrets that cannot be read now; what was read last stays in force.",
    labels: {},
  },
  {
    name: "capstan_webhook_deliveries_total",
    type: "counter",
    help: "Webhooks that came in: accepted, ignored (repeated, or of another repository) or refused.",
    labels: { forge: forgeKinds, outcome: deliveries },
  },
  {
    name: "capstan_checks_told_total",
    type: "counter",
    help: "Checks of commits: told to the Git host, failed (tried again) or dropped (the host will never take them).",
    labels: { outcome: tellings },
  },
  {
    name: "capstan_checks_owed",
    type: "gauge",
    help: "Checks of commits that the Git host has still to be told.",
    labels: {},
  },
  {
    name: "capstan_sse_clients",
    type: "gauge",
    help: "Open streams of events (pages, commands, programs).",
    labels: {},
  },
  {
    name: "capstan_portal_deployments_total",
    type: "counter",
    help: "Deployments started in the portal that ended.",
    labels: { result: deploymentResults },
  },
  {
    name: "capstan_portal_deployments_active",
    type: "gauge",
    help: "Deployments started in the portal that go on.",
    labels: {},
  },
  {
    name: "capstan_builds_total",
    type: "counter",
    help: "Runs of the workflows that build images, counted when they are first seen to have ended.",
    labels: { result: buildResults },
  },
  {
    name: "capstan_log_lines_total",
    type: "counter",
    help: "Log lines for Loki: sent, dropped (the buffer was full) or refused by Loki.",
    labels: { outcome: logOutcomes },
  },
  {
    name: "capstan_log_buffer_lines",
    type: "gauge",
    help: "Log lines that wait to be sent to Loki.",
    labels: {},
  },
  {
    name: "capstan_build_info",
    type: "gauge",
    help: "Always 1; the version of Capstan is its label.",
    labels: { version: null },
  },
] as const satisfies readonly MetricRow[];

export type MetricName = (typeof metricRows)[number]["name"];
