// Metrics and traces of a running controller: where what engine and adapters report goes.
import type { Config } from "./config.ts";
import type { Engine } from "./engine/engine.ts";
import type { MetricsDeps } from "./http/metrics.ts";
import type { Clock } from "./lib/clock.ts";
import type { Logger } from "./lib/logger.ts";
import type { Redactor } from "./lib/redact.ts";
import { createMetrics } from "./metrics/metrics.ts";
import type { Metrics, StackReading } from "./metrics/metrics.ts";
import type { Event, StackStatus } from "./model/status.ts";
import { stackState } from "./plan/state-words.ts";
import type { CheckStore } from "./ports-forge.ts";
import type { LogSink } from "./ports-logs.ts";
import type { DeploymentStore } from "./ports-portal.ts";
import type { Tell } from "./ports-telemetry.ts";
import { createTraces } from "./traces/follow.ts";
import type { Traces } from "./traces/follow.ts";

/** What is counted of the store. */
type Counted = Pick<CheckStore, "owedCount"> & Pick<DeploymentStore, "openDeployments">;

export interface Telemetry {
  readonly tell: Tell;
  readonly metrics: Metrics;
  /** Follows its events, and asks for what there is at every moment. Call it once. `sink`: null without one. */
  follow(engine: Engine, store: Counted, sink: LogSink | null): void;
  /** Sends what is left of traces. */
  close(): Promise<void>;
}

export interface TelemetryParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly redactor: Redactor;
  readonly version: string;
  /** Whether what happens is traced where the configuration says so. */
  readonly isTraced: boolean;
}

/** Empty for one that has left Git. */
function readingOf(status: StackStatus, engine: Engine): readonly StackReading[] {
  const suspendedSinceMs = engine.suspension(status.name)?.sinceMs ?? null;
  const { state } = stackState({ status, suspendedSinceMs, busy: false });
  if (state === "removed") return [];
  const trouble = state === "failing" || state === "waiting" ? state : null;
  return [{ conditions: status.conditions, trouble }];
}

/** Null without an endpoint: the packages are not even loaded then. */
async function openTraces(
  parts: TelemetryParts,
): Promise<(Traces & { close(): Promise<void> }) | null> {
  const { config, clock, logger, redactor, version } = parts;
  const { traces: wanted } = config.telemetry;
  if (wanted === null || !parts.isTraced) return null;
  for (const value of Object.values(wanted.headers)) redactor.register(value);
  const { createOtlp } = await import("./traces/otlp.ts");
  const otlp = createOtlp({ ...wanted, version, instance: config.instance, clock, logger });
  const traces = createTraces(otlp);
  return {
    ...traces,
    async close() {
      traces.end(clock.now());
      await otlp.close();
    },
  };
}

export async function openTelemetry(parts: TelemetryParts): Promise<Telemetry> {
  const { version, logger } = parts;
  const metrics = createMetrics({ version });
  const traces = await openTraces(parts);

  /** A mistake in here must not stop what it watches. */
  function guarded<T>(all: readonly ((what: T) => void)[]): (what: T) => void {
    return (what) => {
      for (const one of all) {
        try {
          one(what);
        } catch (error) {
          logger.error({ error: String(error) }, "metrics or traces failed");
        }
      }
    };
  }

  const onEvent = guarded<Event>([metrics.onEvent, ...(traces === null ? [] : [traces.onEvent])]);
  return {
    tell: guarded([metrics.tell, ...(traces === null ? [] : [traces.tell])]),
    metrics,
    follow(engine, store, sink) {
      engine.onEvent(onEvent);
      metrics.read({
        queue: () => {
          const { count, oldestMs } = engine.state().due;
          return { depth: count, oldestMs };
        },
        stacks: () => engine.stacks().flatMap((status) => readingOf(status, engine)),
        rollouts: () => engine.state().activeDeployments,
        secretOutages: () => engine.state().secretErrors.length,
        checksOwed: () => store.owedCount(),
        deploymentsActive: () => store.openDeployments().length,
        ...(sink === null ? {} : { logs: () => sink.counts() }),
      });
    },
    close: async () => traces?.close(),
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
