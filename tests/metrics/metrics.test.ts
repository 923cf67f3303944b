// What signals, events and readings make of the metrics.
import { expect, test } from "vitest";
import { createMetrics } from "../../src/metrics/metrics.ts";
import type { Metrics } from "../../src/metrics/metrics.ts";
import type { Event } from "../../src/model/status.ts";
import type { Condition } from "../../src/model/status.ts";

async function value(metrics: Metrics, series: string): Promise<number | null> {
  const line = (await metrics.text()).split("\n").find((one) => one.startsWith(`${series} `));
  return line === undefined ? null : Number(line.slice(series.length + 1));
}

const event = (more: Partial<Event>): Event => ({
  atMs: 0,
  kind: "note",
  level: "info",
  stack: "shop",
  revision: null,
  message: "",
  ...more,
});

const fields = { kind: "drift", change: { what: "fields", fields: ["image"] } } as const;
const action = { service: "app/web", target: "service web", cause: fields } as const;

test("a run is counted by its outcome, with its duration in seconds", async () => {
  const metrics = createMetrics({ version: "0" });
  const run = { kind: "run-ended", stack: "shop", revision: "a", reason: null } as const;
  metrics.tell({ ...run, outcome: "failed", ready: false, startedAtMs: 1_000, endedAtMs: 3_500 });
  expect(await value(metrics, 'capstan_reconciles_total{outcome="failed"}')).toBe(1);
  expect(await value(metrics, 'capstan_reconciles_total{outcome="converged"}')).toBe(0);
  const sum = 'capstan_reconcile_duration_seconds_sum{outcome="failed"}';
  expect(await value(metrics, sum)).toBe(2.5);
});

test("requests to Dokploy are counted by procedure; a flood of unknown ones is one label", async () => {
  const metrics = createMetrics({ version: "0" });
  const request = {
    kind: "dokploy-request",
    calls: 1,
    isWrite: false,
    outcome: "ok",
    stack: null,
    service: null,
    startedAtMs: 0,
    endedAtMs: 20,
  } as const;
  for (let count = 0; count < 1_000; count += 1) {
    metrics.tell({ ...request, procedure: `made.up${count}` });
  }
  metrics.tell({ ...request, procedure: "made.up0", outcome: "rate-limited" });
  const lines = (await metrics.text())
    .split("\n")
    .filter((line) => line.startsWith("capstan_dokploy_requests_total{"));
  expect(lines.length).toBeLessThan(250);
  const limited = 'capstan_dokploy_requests_total{procedure="made.up0",outcome="rate-limited"}';
  expect(await value(metrics, limited)).toBe(1);
  const other = 'capstan_dokploy_requests_total{procedure="other",outcome="ok"}';
  expect(await value(metrics, other)).toBe(800);
});

test("a correction of drift counts once, its deploy and its marker not", async () => {
  const metrics = createMetrics({ version: "0" });
  for (const type of ["configure-service", "rollout", "mark"] as const) {
    metrics.onEvent(event({ kind: "drift", action: { ...action, type, status: "done" } }));
  }
  const failed = { ...action, type: "delete-child", status: "failed" } as const;
  metrics.onEvent(event({ kind: "drift", action: failed }));
  expect(await value(metrics, "capstan_drift_corrections_total")).toBe(1);
  const stopped = { kind: "drift", change: { what: "stopped" } } as const;
  const start = { ...action, cause: stopped, type: "rollout", status: "done" } as const;
  metrics.onEvent(event({ kind: "drift", action: start }));
  expect(await value(metrics, "capstan_drift_corrections_total")).toBe(2);
});

test("only ends of rollouts are counted", async () => {
  const metrics = createMetrics({ version: "0" });
  const rollout = { service: "app/web", attempt: 1, running: 1, wanted: 1, why: null, log: [] };
  for (const phase of ["waiting", "deploying", "settling", "retry", "healthy"] as const) {
    metrics.onEvent(event({ kind: "rollout", rollout: { ...rollout, phase } }));
  }
  expect(await value(metrics, 'capstan_rollouts_total{result="healthy"}')).toBe(1);
  expect(await value(metrics, 'capstan_rollouts_total{result="retry"}')).toBe(1);
  expect(await value(metrics, 'capstan_rollouts_total{result="failed"}')).toBe(0);
});

test("a request that Capstan gave up itself says nothing of Git", async () => {
  const metrics = createMetrics({ version: "0" });
  const look = { kind: "git-fetch", revision: null, startedAtMs: 0, endedAtMs: 1 } as const;
  for (const outcome of ["ok", "unavailable", "not-found", "cancelled"] as const) {
    metrics.tell({ ...look, outcome });
  }
  expect(await value(metrics, 'capstan_git_fetches_total{outcome="ok"}')).toBe(1);
  expect(await value(metrics, 'capstan_git_fetches_total{outcome="failed"}')).toBe(2);
});

test("what has a value at every moment is asked for when somebody reads", async () => {
  const metrics = createMetrics({ version: "0" });
  let sent = 5;
  const condition = (type: Condition["type"], status: Condition["status"]) => ({ type, status });
  metrics.read({
    queue: () => ({ depth: 3, oldestMs: 1_500 }),
    logs: () => ({ sent, dropped: 1, refused: 0, buffered: 7 }),
    ...{ rollouts: () => 11, secretOutages: () => 12, checksOwed: () => 13, sseClients: () => 14 },
    deploymentsActive: () => 15,
    stacks: () => [
      { conditions: [condition("Ready", "True"), condition("Synced", "True")], trouble: null },
      {
        conditions: [condition("Ready", "False"), condition("Healthy", "Unknown")],
        trouble: "failing",
      },
    ],
  });
  expect(await value(metrics, "capstan_queue_depth")).toBe(3);
  expect(await value(metrics, "capstan_queue_oldest_seconds")).toBe(1.5);
  expect(await value(metrics, 'capstan_stacks{condition="Ready"}')).toBe(1);
  expect(await value(metrics, 'capstan_stacks{condition="NotReady"}')).toBe(1);
  expect(await value(metrics, 'capstan_stacks{condition="NotHealthy"}')).toBe(2);
  expect(await value(metrics, 'capstan_stacks{condition="Failing"}')).toBe(1);
  expect(await value(metrics, 'capstan_log_lines_total{outcome="sent"}')).toBe(5);
  sent = 9;
  expect(await value(metrics, 'capstan_log_lines_total{outcome="sent"}')).toBe(9);
  expect(await value(metrics, "capstan_log_buffer_lines")).toBe(7);
  expect(await value(metrics, "capstan_rollouts_in_progress")).toBe(11);
  expect(await value(metrics, "capstan_secret_sources_down")).toBe(12);
  expect(await value(metrics, "capstan_checks_owed")).toBe(13);
  expect(await value(metrics, "capstan_sse_clients")).toBe(14);
  expect(await value(metrics, "capstan_portal_deployments_active")).toBe(15);
});

test("a reading that fails hides none of the others", async () => {
  const metrics = createMetrics({ version: "0" });
  metrics.read({
    stacks: () => {
      throw new Error("no stacks");
    },
    checksOwed: () => {
      throw new Error("the store is gone");
    },
    sseClients: () => 4,
  });
  expect(await value(metrics, "capstan_sse_clients")).toBe(4);
  expect(await value(metrics, "capstan_checks_owed")).toBe(0);
});
