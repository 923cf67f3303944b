// Turns signals and events into metrics. What has a value at every moment is asked for when somebody reads them.
import { isCorrection } from "../model/event-data.ts";
import type { Condition, Event } from "../model/status.ts";
import type { LogCounts } from "../ports-logs.ts";
import type { Signal, Tell } from "../ports-telemetry.ts";
import { createInstruments } from "./registry.ts";
import { logOutcomes, rolloutResults, stackConditions } from "./table.ts";
import type { MetricName } from "./table.ts";

export interface StackReading {
  readonly conditions: readonly Pick<Condition, "type" | "status">[];
  /** In one word, where it is one of these; null otherwise. */
  readonly trouble: "failing" | "waiting" | null;
}

/** What can be asked for at any moment. Each must be quick; one that throws leaves its metrics as they were. */
export interface Readings {
  readonly queue: () => { readonly depth: number; readonly oldestMs: number };
  /** Those of Git. */
  readonly stacks: () => readonly StackReading[];
  readonly rollouts: () => number;
  /** Sources of secrets that cannot be read now. */
  readonly secretOutages: () => number;
  readonly checksOwed: () => number;
  readonly sseClients: () => number;
  readonly deploymentsActive: () => number;
  readonly logs: () => Omit<LogCounts, "retried">;
}

export interface Metrics {
  readonly tell: Tell;
  /** To be called with each event of the engine. */
  readonly onEvent: (event: Event) => void;
  /** From now on these are asked too. */
  read(readings: Partial<Readings>): void;
  /** In Prometheus' text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** Readings that are one number: each is a gauge. */
type OneNumber = {
  [Key in keyof Readings]: Readings[Key] extends () => number ? Key : never;
}[keyof Readings];

const gauges = {
  rollouts: "capstan_rollouts_in_progress",
  secretOutages: "capstan_secret_sources_down",
  checksOwed: "capstan_checks_owed",
  sseClients: "capstan_sse_clients",
  deploymentsActive: "capstan_portal_deployments_active",
} as const satisfies Readonly<Record<OneNumber, MetricName>>;
const gaugesOf = Object.entries(gauges) as [OneNumber, MetricName][];

/** Far more than there are; whatever comes beyond is counted as `other`. */
const mostProcedures = 200;

type ConditionValue = (typeof stackConditions)[number];

function countConditions(
  stacks: readonly StackReading[],
): Readonly<Record<ConditionValue, number>> {
  const holds = (type: Condition["type"]): number =>
    stacks.filter(({ conditions }) =>
      conditions.some((one) => one.type === type && one.status === "True"),
    ).length;
  const [ready, synced, healthy] = [holds("Ready"), holds("Synced"), holds("Healthy")];
  return {
    Ready: ready,
    NotReady: stacks.length - ready,
    Synced: synced,
    NotSynced: stacks.length - synced,
    Healthy: healthy,
    NotHealthy: stacks.length - healthy,
    Suspended: holds("Suspended"),
    Failing: stacks.filter(({ trouble }) => trouble === "failing").length,
    Waiting: stacks.filter(({ trouble }) => trouble === "waiting").length,
  };
}

export function createMetrics(options: { readonly version: string }): Metrics {
  const instruments = createInstruments();
  const { add, observe, set, total } = instruments;
  const procedures = new Set<string>();
  let readings: Partial<Readings> = {};
  set("capstan_build_info", { version: options.version }, 1);

  function bounded(procedure: string): string {
    if (procedures.size < mostProcedures) procedures.add(procedure);
    return procedures.has(procedure) ? procedure : "other";
  }

  function tell(signal: Signal): void {
    switch (signal.kind) {
      case "run-ended": {
        const { outcome, startedAtMs, endedAtMs } = signal;
        const seconds = (endedAtMs - startedAtMs) / 1_000;
        add("capstan_reconciles_total", { outcome });
        observe("capstan_reconcile_duration_seconds", { outcome }, seconds);
        return;
      }
      case "dokploy-request": {
        const { outcome, startedAtMs, endedAtMs } = signal;
        const procedure = bounded(signal.procedure);
        const seconds = (endedAtMs - startedAtMs) / 1_000;
        add("capstan_dokploy_requests_total", { procedure, outcome });
        observe("capstan_dokploy_request_duration_seconds", { procedure }, seconds);
        return;
      }
      case "git-fetch":
        // Those that Capstan ended itself say nothing of Git.
        if (signal.outcome === "cancelled") return;
        add("capstan_git_fetches_total", { outcome: signal.outcome === "ok" ? "ok" : "failed" });
        return;
      case "secrets-read": {
        const outcome = signal.outcome === "ok" ? "ok" : "failed";
        add("capstan_secret_reads_total", { source: signal.source, outcome });
        return;
      }
      case "delivery":
        add("capstan_webhook_deliveries_total", { forge: signal.forge, outcome: signal.outcome });
        return;
      case "check-told":
        add("capstan_checks_told_total", { outcome: signal.outcome });
        return;
      case "deployment-ended":
        add("capstan_portal_deployments_total", { result: signal.result });
        return;
      case "build-ended":
        add("capstan_builds_total", { result: signal.result });
        return;
      case "commit-seen":
      case "commit-loaded":
      case "run-began":
      case "action-began":
      case "action-ended":
        return;
    }
  }

  function onEvent({ kind, rollout, action }: Event): void {
    if (kind === "drift" && action !== undefined && isCorrection(action)) {
      add("capstan_drift_corrections_total", {});
    }
    const result = rolloutResults.find((phase) => phase === rollout?.phase);
    if (result !== undefined) add("capstan_rollouts_total", { result });
  }

  function readQueue({ queue }: Partial<Readings>): void {
    if (queue === undefined) return;
    const { depth, oldestMs } = queue();
    set("capstan_queue_depth", {}, depth);
    set("capstan_queue_oldest_seconds", {}, oldestMs / 1_000);
  }

  function readStacks({ stacks }: Partial<Readings>): void {
    if (stacks === undefined) return;
    const counts = countConditions(stacks());
    for (const condition of stackConditions)
      set("capstan_stacks", { condition }, counts[condition]);
  }

  function readLogs({ logs }: Partial<Readings>): void {
    if (logs === undefined) return;
    const counts = logs();
    for (const outcome of logOutcomes)
      total("capstan_log_lines_total", { outcome }, counts[outcome]);
    set("capstan_log_buffer_lines", {}, counts.buffered);
  }

  function refresh(): void {
    const parts = [
      readQueue,
      readStacks,
      readLogs,
      ...gaugesOf.map(([reading, name]) => (all: Partial<Readings>) => {
        const value = all[reading]?.();
        if (value !== undefined) set(name, {}, value);
      }),
    ];
    for (const part of parts) {
      try {
        part(readings);
      } catch {
        // A store that cannot be read now must not hide the metrics that tell why.
      }
    }
  }

  return {
    tell,
    onEvent,
    read(more) {
      readings = { ...readings, ...more };
    },
    text() {
      refresh();
      return instruments.text();
    },
    contentType: instruments.contentType,
  };
}
