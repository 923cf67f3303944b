// Several procedures in one tRPC request, and the same as single requests where something on the way
// refuses batches (an old proxy, a short limit on addresses). That they are refused is believed only
// when a single request then succeeds, and forgotten after a while.
import type { Clock } from "../lib/clock.ts";
import { CapstanError } from "../lib/errors.ts";
import type { HttpResponse } from "../lib/http.ts";
import type { Logger } from "../lib/logger.ts";
import type { Redactor } from "../lib/redact.ts";
import type { Ending } from "../ports-telemetry.ts";
import { encodeBody, maxAnswerBytes } from "./calls.ts";
import type { Call } from "./calls.ts";
import { strangeAnswer } from "./errors.ts";
import type { Asked } from "./errors.ts";
import { isBatchable } from "./gather.ts";
import { parseJson, readApi, readItem, strangeReading } from "./reading.ts";
import type { Reading } from "./reading.ts";
import type { Transport } from "./transport.ts";

export interface Batches {
  /**
   * Several reads in one request, answers in order, each on its own. As single requests the first is
   * answered before the others are asked.
   */
  readAll(calls: readonly Call[], timeoutMs: number): Promise<readonly Reading<unknown>[]>;
  /** Several writes in one request, each sent once; only those that stand each other, see gather.ts. */
  writeAll(calls: readonly Call[]): Promise<readonly Reading<unknown>[]>;
}

const refusedForMs = 10 * 60_000;
const writeTimeoutMs = 60_000;

/** What tells that an answer is no batch: the request did nothing, and may be sent otherwise. */
const refusingStatuses: ReadonlySet<number> = new Set([400, 404, 405, 410, 414, 415, 431, 501]);
const tooLong: ReadonlySet<number> = new Set([414, 431]);

type Batch =
  | { readonly type: "answers"; readonly items: readonly Reading<unknown>[] }
  | { readonly type: "refused"; readonly status: number; readonly reading: Reading<never> }
  | { readonly type: "failed"; readonly reading: Extract<Reading<never>, { ok: false }> };

export function createBatches(options: {
  readonly transport: Transport;
  readonly repeated: <T>(attempt: () => Promise<Reading<T>>, tries: number) => Promise<Reading<T>>;
  readonly readOne: (call: Call, tries?: number) => Promise<Reading<unknown>>;
  readonly writeOne: (call: Call) => Promise<Reading<unknown>>;
  readonly readTries: number;
  readonly clock: Clock;
  readonly redactor: Redactor;
  readonly logger: Logger;
}): Batches {
  const { transport, clock, redactor } = options;
  let refusedUntilMs = 0;

  const areRefused = (): boolean => clock.now() < refusedUntilMs;

  function rememberRefusal(status: number): void {
    if (!areRefused()) {
      options.logger.warn({ status }, "Dokploy's batches are refused, single requests are used");
    }
    refusedUntilMs = clock.now() + refusedForMs;
  }

  function readBatch(response: HttpResponse, calls: readonly Call[], asked: Asked): Reading<Batch> {
    const { status } = response;
    const items = parseJson(response.text)?.value;
    if (Array.isArray(items) && items.length === calls.length) {
      const readings = items.map((item: unknown, index) =>
        readItem(item, { ...asked, procedure: calls[index]?.procedure ?? "" }, redactor),
      );
      // Every item failed inside: the server is in trouble, as with any other 5xx.
      const trouble = readings.find((reading) => !reading.ok);
      if (trouble?.ok === false && readings.every((reading) => !reading.ok && reading.again)) {
        return trouble;
      }
      return { ok: true, value: { type: "answers", items: readings } };
    }
    const strange = strangeReading(response, asked);
    const reading = strange ?? readApi(response, asked, redactor, clock.now());
    // Whoever answers so has carried something out, and nobody knows what: writes are not sent again.
    if (asked.isWrite && (reading.ok || Array.isArray(items))) {
      const error = strangeAnswer(asked, "the answer is not that of the batch", undefined, true);
      return { ok: false, error, again: false };
    }
    if (reading.ok) {
      const error = new CapstanError(
        "unavailable",
        `${asked.procedure}: the answer is not a batch`,
      );
      return {
        ok: true,
        value: { type: "refused", status, reading: { ok: false, error, again: false } },
      };
    }
    const isRefused = refusingStatuses.has(status) || (status === 413 && asked.isWrite);
    // A server in trouble is asked again first; a read that keeps failing is then tried alone.
    if (!isRefused && (asked.isWrite || status < 500)) return reading;
    if (!isRefused && reading.again) return { ok: false, error: reading.error, again: true };
    return { ok: true, value: { type: "refused", status, reading } };
  }

  async function batch(
    calls: readonly Call[],
    isWrite: boolean,
    timeoutMs: number,
  ): Promise<Batch> {
    const names = calls.map(({ procedure }) => procedure).join(",");
    const asked: Asked = { procedure: shortName(calls), isWrite, via: "trpc" };
    const inputs = Object.fromEntries(calls.map(({ input }, index) => [index, { json: input }]));
    const query = isWrite ? "" : `&input=${encodeURIComponent(JSON.stringify(inputs))}`;
    let lastStatus = 0;
    const [first] = calls;
    const reading = await options.repeated(
      () => {
        lastStatus = 0;
        return transport.send({
          asked,
          counted: { procedure: first?.procedure ?? "nothing", calls: calls.length },
          method: isWrite ? "POST" : "GET",
          path: `/api/trpc/${names}?batch=1${query}`,
          ...(isWrite ? { body: encodeBody(inputs, asked.procedure) } : {}),
          timeoutMs,
          maxBytes: maxAnswerBytes,
          inLane: false,
          read(response) {
            lastStatus = response.status;
            return readBatch(response, calls, asked);
          },
          ending: endingOf,
        });
      },
      isWrite ? 1 : options.readTries,
    );
    if (reading.ok) return reading.value;
    return lastStatus >= 500 && !isWrite
      ? { type: "refused", status: lastStatus, reading }
      : { type: "failed", reading };
  }

  /** One after another first, to see whether they work at all; then the others together. */
  async function singles(
    calls: readonly Call[],
    one: (call: Call, tries?: number) => Promise<Reading<unknown>>,
    refusal: { readonly status: number } | null,
  ): Promise<readonly Reading<unknown>[]> {
    const [head, ...rest] = calls;
    if (head === undefined) return [];
    // Beside a server that answers nothing but errors, one probe is enough.
    const first = await one(head, refusal !== null && refusal.status >= 500 ? 1 : undefined);
    const isAnswered =
      first.ok || (first.error.code !== "unavailable" && first.error.code !== "uncertain");
    if (refusal !== null && !isAnswered) {
      return [first, ...rest.map(({ procedure }) => notSent(procedure, first))];
    }
    if (refusal !== null && first.ok) rememberRefusal(refusal.status);
    return [first, ...(await Promise.all(rest.map((call) => one(call))))];
  }

  /** An item that failed for a moment inside a batch is one failed read, and repeated like any other. */
  const againAlone =
    (calls: readonly Call[]) =>
    async (reading: Reading<unknown>, index: number): Promise<Reading<unknown>> => {
      const call = calls[index];
      const isOver = reading.ok || !reading.again || call === undefined;
      return isOver ? reading : options.readOne(call, options.readTries - 1);
    };

  async function all(
    calls: readonly Call[],
    isWrite: boolean,
    timeoutMs: number,
  ): Promise<readonly Reading<unknown>[]> {
    const one = isWrite ? options.writeOne : options.readOne;
    const timed = calls.map((call) => ({ timeoutMs, ...call }));
    if (calls.length === 0) return [];
    if (areRefused()) return singles(timed, one, null);
    const result = await batch(calls, isWrite, timeoutMs);
    switch (result.type) {
      case "answers":
        return isWrite ? result.items : Promise.all(result.items.map(againAlone(timed)));
      case "failed":
        return calls.map(() => result.reading);
      case "refused":
        if (calls.length > 1 && (tooLong.has(result.status) || result.status === 413)) {
          const half = Math.ceil(calls.length / 2);
          const first = await all(calls.slice(0, half), isWrite, timeoutMs);
          return [...first, ...(await all(calls.slice(half), isWrite, timeoutMs))];
        }
        return singles(timed, one, { status: result.status });
    }
  }

  return {
    readAll: (calls, timeoutMs) => all(calls, false, timeoutMs),
    writeAll(calls) {
      const stranger = calls.find(({ procedure }) => !isBatchable(procedure));
      if (stranger !== undefined) {
        throw new CapstanError(
          "internal",
          `${stranger.procedure} must never be written in a batch`,
        );
      }
      return all(calls, true, writeTimeoutMs);
    },
  };
}

/** Beside one that was not answered well; whether that one happened says nothing of those that were never sent. */
function notSent(procedure: string, first: Reading<unknown>): Reading<unknown> {
  if (first.ok || first.error.code !== "uncertain") return first;
  const message = `${procedure} was not sent: ${first.error.message}`;
  return { ok: false, error: new CapstanError("unavailable", message), again: false };
}

function endingOf(result: Batch): Ending {
  const isGood = result.type === "answers" || result.reading.ok;
  return isGood ? "ok" : result.reading.error.code;
}

/** `application.one` or `project.all and 3 more`: what a batch is called in messages. */
function shortName(calls: readonly Call[]): string {
  const names = [...new Set(calls.map(({ procedure }) => procedure))];
  const [first = "nothing"] = names;
  return names.length > 1 ? `${first} and ${names.length - 1} more` : first;
}
