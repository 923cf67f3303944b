// Typed calls of Dokploy's procedures. Reads are repeated up to three times; a write is sent once and
// never again, whatever came back. The lane follows from the procedure's name, so that no caller can
// forget it.
import { backoffMs, readBackoff } from "../lib/backoff.ts";
import type { Clock } from "../lib/clock.ts";
import type { HttpClient } from "../lib/http.ts";
import type { Logger } from "../lib/logger.ts";
import type { Redactor } from "../lib/redact.ts";
import type { z } from "zod";
import type { Tell } from "../ports-telemetry.ts";
import { createBatches } from "./batches.ts";
import type { Batches } from "./batches.ts";
import { encodeBody, maxAnswerBytes, needsLane, queryString, timeoutOf } from "./calls.ts";
import type { Call } from "./calls.ts";
import type { Asked } from "./errors.ts";
import { createGathering, isBatchable } from "./gather.ts";
import type { LeaseGate } from "./lease/gate.ts";
import { readApi, shaped } from "./reading.ts";
import type { Reading } from "./reading.ts";
import { createTransport } from "./transport.ts";

export interface Client extends Batches {
  /** One read. */
  query<S extends z.ZodType>(call: Call, schema: S): Promise<z.output<S>>;
  /** Details of one thing; reads of one moment, whoever asks, share a request. */
  read(call: Call): Promise<Reading<unknown>>;
  /** One write, sent once, perhaps in the request of others. Throws `uncertain` when its answer was lost. */
  mutate<S extends z.ZodType>(call: Call, schema: S): Promise<z.output<S>>;
  readonly redactor: Redactor;
  readonly clock: Clock;
  readonly logger: Logger;
  /** From now on each write must pass this gate first. */
  guard(gate: LeaseGate): void;
  stop(): Promise<void>;
  close(): Promise<void>;
}

export interface ClientOptions {
  readonly origin: string;
  readonly apiKey: string;
  readonly clock: Clock;
  /** A number in [0, 1), for the jitter of waits. */
  readonly random: () => number;
  readonly logger: Logger;
  readonly redactor: Redactor;
  readonly http: HttpClient;
  readonly tell: Tell;
  /** At a time; null, or absent: as usual. */
  readonly requests?: number | null;
}

const readTries = 3;
/** 140 `application.one` fit into one address; 50 take half a second. */
const readsPerRequest = 50;
const readTimeoutMs = 60_000;
/** 50 were measured; of fewer, fewer are doubtful when an answer is lost. */
const writesPerRequest = 25;
/** A read waits no longer than this between two tries; the caller decides about more. */
const longestRetryWaitMs = 10_000;

export function createClient(options: ClientOptions): Client {
  const { clock, redactor, random } = options;
  const transport = createTransport(options);

  /** `attempt` until it succeeds, cannot succeed, or was tried three times. */
  async function repeated<T>(
    attempt: () => Promise<Reading<T>>,
    tries: number,
  ): Promise<Reading<T>> {
    for (let failures = 1; ; failures++) {
      const reading = await attempt();
      if (reading.ok || !reading.again || failures >= tries) return reading;
      const waitMs = Math.max(
        backoffMs(readBackoff, failures, random()),
        reading.error.retryAfterMs ?? 0,
      );
      if (waitMs > longestRetryWaitMs) return reading;
      await clock.sleep(waitMs);
    }
  }

  function single(call: Call, asked: Asked, tries: number): Promise<Reading<unknown>> {
    const { procedure, input } = call;
    const body = asked.isWrite ? encodeBody(input ?? {}, procedure) : undefined;
    return repeated(
      () =>
        transport.send({
          asked,
          counted: { procedure, calls: 1 },
          method: asked.isWrite ? "POST" : "GET",
          path: `/api/${procedure}${asked.isWrite ? "" : queryString(input)}`,
          ...(body === undefined ? {} : { body }),
          timeoutMs: timeoutOf(call),
          maxBytes: maxAnswerBytes,
          inLane: asked.isWrite && needsLane(procedure),
          ...(call.isOfLease === true ? { isOfLease: true } : {}),
          read: (response) => readApi(response, asked, redactor, clock.now()),
        }),
      tries,
    );
  }

  const writeOne = async (call: Call): Promise<Reading<unknown>> =>
    single(call, { procedure: call.procedure, isWrite: true, via: "api" }, 1);
  const readOne = async (call: Call, tries = readTries): Promise<Reading<unknown>> =>
    single(call, { procedure: call.procedure, isWrite: false, via: "api" }, tries);
  const batches = createBatches({
    transport,
    repeated,
    readOne,
    writeOne,
    readTries,
    clock,
    redactor,
    logger: options.logger,
  });

  const read = createGathering({
    isWrite: false,
    mostCalls: readsPerRequest,
    one: (call) => readOne(call),
    many: (calls) => batches.readAll(calls, readTimeoutMs),
  });
  const write = createGathering({
    isWrite: true,
    mostCalls: writesPerRequest,
    one: writeOne,
    many: (calls) => batches.writeAll(calls),
  });

  return {
    ...batches,
    redactor,
    clock,
    logger: options.logger,
    read,
    async query(call, schema) {
      const asked: Asked = { procedure: call.procedure, isWrite: false, via: "api" };
      return shaped(schema, take(await single(call, asked, readTries)), asked);
    },
    async mutate(call, schema) {
      const asked: Asked = { procedure: call.procedure, isWrite: true, via: "api" };
      const reading = isBatchable(call.procedure) ? write(call) : single(call, asked, 1);
      return shaped(schema, take(await reading), asked);
    },
    guard: (gate) => {
      transport.guard(gate);
    },
    stop: () => transport.stop(),
    close: () => transport.close(),
  };
}

/** The value, or the error thrown. */
export function take<T>(reading: Reading<T>): T {
  if (reading.ok) return reading.value;
  throw reading.error;
}
