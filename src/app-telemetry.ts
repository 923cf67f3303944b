// Metrics and traces of a running controller: where what engine and adapters report goes.
import type { Config } from "./config.ts";
import type { Engine } from "./engine/engine.ts";
import type { MetricsDeps } from "./http/metrics.ts";
import type { Redactor } from "./lib/redact.ts";
import { createMetrics } from "./metrics/metrics.ts";
import type { Metrics, StackReading } from "./metrics/metrics.ts";
import type { StackStatus } from "./model/status.ts";
import { stackState } from "./plan/state-words.ts";
import type { CheckStore } from "./ports-forge.ts";
import type { DeploymentStore } from "./ports-portal.ts";
import type { Tell } from "./ports-telemetry.ts";

export interface Telemetry {
  readonly tell: Tell;
  readonly metrics: Metrics;
  /** Follows its events, and asks it for what it has at every moment. Call it once. */
  follow(engine: Engine, store: CheckStore & DeploymentStore): void;
}

/** Scanning more rows for one number would cost more than the number is worth. */
const mostOwed = 10_000;

/** Empty for one that has left Git. */
function readingOf(status: StackStatus, engine: Engine): readonly StackReading[] {
  const suspendedSinceMs = engine.suspension(status.name)?.sinceMs ?? null;
  const { state } = stackState({ status, suspendedSinceMs, busy: false });
  if (state === "removed") return [];
  const trouble = state === "failing" || state === "waiting" ? state : null;
  return [{ conditions: status.conditions, trouble }];
}

export function createTelemetry(options: { readonly version: string }): Telemetry {
  const metrics = createMetrics(options);
  return {
    tell: metrics.tell,
    metrics,
    follow(engine, store) {
      engine.onEvent(metrics.heard);
      metrics.read({
        queue: () => {
          const { count, oldestMs } = engine.state().due;
          return { depth: count, oldestMs };
        },
        stacks: () => engine.stacks().flatMap((status) => readingOf(status, engine)),
        rollouts: () => engine.state().activeDeployments,
        checksOwed: () => store.owedChecks(mostOwed).length,
        deploymentsActive: () => store.openDeployments().length,
      });
    },
  };
}

export function metricsOf(
  { metrics }: Telemetry,
  parts: { readonly config: Config; readonly redactor: Redactor },
): MetricsDeps {
  const { metricsToken: token } = parts.config.telemetry;
  if (token !== null) parts.redactor.register(token);
  return { contentType: metrics.contentType, text: () => metrics.text(), token };
}
