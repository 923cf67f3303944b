// The numbers of a log ingest, in a registry of their own.
import { Counter, Gauge, Registry } from "prom-client";
import type { LogSink } from "../../ports-logs.ts";

/** How a request ended. */
export type RequestOutcome =
  "accepted" | "partly" | "refused" | "unauthorised" | "too-large" | "too-many";

export interface IngestMetrics {
  request(outcome: RequestOutcome): void;
  events(accepted: number, refused: number): void;
  /** Prometheus' text. */
  text(): Promise<string>;
  readonly contentType: string;
}

export function createIngestMetrics(sink: LogSink): IngestMetrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: "capstan_ingest_requests_total",
    help: "Requests to /ingest by how they ended.",
    labelNames: ["outcome"],
    registers,
  });
  const events = new Counter({
    name: "capstan_ingest_events_total",
    help: "Events of stacks by outcome: accepted or refused.",
    labelNames: ["outcome"],
    registers,
  });
  // Those that never happened are 0, so that a rate can be had from the first on.
  for (const outcome of ["accepted", "refused"]) events.inc({ outcome }, 0);
  new Counter({
    name: "capstan_ingest_log_lines_total",
    help: "Lines by what became of them: sent to Loki, dropped here, or refused by Loki.",
    labelNames: ["outcome"],
    registers,
    collect() {
      const { sent, dropped, refused } = sink.counts();
      this.reset();
      for (const [outcome, count] of Object.entries({ sent, dropped, refused })) {
        this.inc({ outcome }, count);
      }
    },
  });
  new Gauge({
    name: "capstan_ingest_log_buffer_lines",
    help: "Lines that wait to be sent to Loki.",
    registers,
    collect() {
      this.set(sink.counts().buffered);
    },
  });
  return {
    request: (outcome) => {
      requests.inc({ outcome });
    },
    events(accepted, refused) {
      events.inc({ outcome: "accepted" }, accepted);
      events.inc({ outcome: "refused" }, refused);
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
