// Sends spans to an OpenTelemetry collector with the official packages. Imported only where an endpoint is set.
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Span as OtelSpan } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import type { SpanExporter } from "@opentelemetry/sdk-trace-base";
import { ATTR_SERVICE_NAME, ATTR_SERVICE_VERSION } from "@opentelemetry/semantic-conventions";
import type { Clock } from "../lib/clock.ts";
import { within } from "../lib/within.ts";
import type { Logger } from "../lib/logger.ts";
import type { Span, Tracer } from "./tracer.ts";

export interface OtlpOptions {
  /** Without `/v1/traces`. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
  readonly version: string;
  readonly instance: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Otlp extends Tracer {
  /** Sends what is left, for 5 s at most. */
  close(): Promise<void>;
}

/** Spans wait so long for others before they are sent. */
const gatherMs = 2_000;
const sendWithinMs = 10_000;
const closeWithinMs = 5_000;

const kinds = { internal: SpanKind.INTERNAL, client: SpanKind.CLIENT } as const;
const codes = {
  ok: SpanStatusCode.OK,
  error: SpanStatusCode.ERROR,
  unset: SpanStatusCode.UNSET,
} as const;

/** A collector that is down is reported once, until it works again; its spans are lost. */
function reporting(exporter: SpanExporter, { logger, endpoint }: OtlpOptions): SpanExporter {
  let isFailing = false;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const { error } = result;
        if (error !== undefined && !isFailing) {
          logger.warn({ peer: endpoint, error: error.message }, "traces cannot be sent");
        } else if (error === undefined && isFailing) {
          logger.info({ peer: endpoint }, "traces are sent again");
        }
        isFailing = error !== undefined;
        // The packages would say more on the console, had they been given one (`diag`).
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  };
}

export function createOtlp(options: OtlpOptions): Otlp {
  const { endpoint, headers, serviceName, version, instance, clock } = options;
  const exporter = new OTLPTraceExporter({
    url: `${endpoint}/v1/traces`,
    headers: { ...headers },
    timeoutMillis: sendWithinMs,
  });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      [ATTR_SERVICE_NAME]: serviceName,
      [ATTR_SERVICE_VERSION]: version,
      "capstan.instance": instance,
    }),
    spanProcessors: [
      new BatchSpanProcessor(reporting(exporter, options), {
        scheduledDelayMillis: gatherMs,
        exportTimeoutMillis: sendWithinMs,
      }),
    ],
  });
  const tracer = provider.getTracer("capstan", version);
  const spans = new WeakMap<Span, OtelSpan>();

  return {
    start({ name, parent, kind, atMs, attributes }) {
      const above = parent === null ? undefined : spans.get(parent);
      const context = above === undefined ? ROOT_CONTEXT : trace.setSpan(ROOT_CONTEXT, above);
      const made = tracer.startSpan(
        name,
        { kind: kinds[kind], startTime: atMs, attributes: { ...attributes } },
        context,
      );
      const span: Span = {
        note(text, noteAtMs, more = {}) {
          made.addEvent(text, { ...more }, noteAtMs);
        },
        end(endAtMs, ended, more = {}) {
          made.setAttributes({ ...more });
          made.setStatus({ code: codes[ended] });
          made.end(endAtMs);
        },
      };
      spans.set(span, made);
      return span;
    },
    close: () => within(closeWithinMs, clock, provider.shutdown()),
  };
}
