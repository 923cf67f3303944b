// The way to the server: never more than four requests at once, one lane of one for what Dokploy
// cannot stand in parallel, a time-out on everything, Retry-After obeyed. Ten parallel writes to
// domains or basic auth hang a Dokploy until somebody restarts it, so nothing else may send requests.
import PQueue from "p-queue";
import { retryAfterMs } from "../lib/retry-after.ts";
import type { Clock } from "../lib/clock.ts";
import { CapstanError, isCapstanError, toCapstanError } from "../lib/errors.ts";
import type { HttpClient, HttpResponse } from "../lib/http.ts";
import { currentScope } from "../lib/scope.ts";
import type { Scope } from "../lib/scope.ts";
import { wasNeverSent } from "../lib/unanswered.ts";
import { within } from "../lib/within.ts";
import type { Ending, Tell } from "../ports-telemetry.ts";
import { hints, unansweredHint } from "./errors.ts";
import type { Asked } from "./errors.ts";
import type { LeaseGate } from "./lease/gate.ts";
import type { Reading } from "./reading.ts";

export interface Exchange<T> {
  readonly asked: Asked;
  /** What the request counts as, and how many calls it carries. */
  readonly counted: { readonly procedure: string; readonly calls: number };
  readonly method: "GET" | "POST";
  /** With its query, below the server's address. */
  readonly path: string;
  readonly body?: string;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** In the lane of one: no other exchange of the lane is under way beside it. */
  readonly inLane: boolean;
  readonly isOfLease?: boolean;
  /** What the answer means. */
  readonly read: (response: HttpResponse) => Reading<T>;
  /** How a request ended that was read without an error; `ok` when absent. */
  readonly ending?: (value: T) => Ending;
}

interface Told<T> {
  readonly reading: Reading<T>;
  /** How long Dokploy was waited for in vain; null: it answered. */
  readonly lostAfterMs: number | null;
}

export interface Transport {
  /** One exchange, not repeated here. Throws CapstanError `cancelled` after `close`. */
  send<T>(exchange: Exchange<T>): Promise<Reading<T>>;
  /** From now on each write must pass this gate first. */
  guard(gate: LeaseGate): void;
  /**
   * Nothing more is sent but what gives the lease back, and reads are given up: they change nothing. Resolves when no
   * write is under way.
   */
  stop(): Promise<void>;
  /**
   * Likewise, and waits for writes that are under way for no more than 30 s from `stop`, or from now. What is not answered by then counts as lost.
   */
  close(): Promise<void>;
}

/** More than 4 in parallel only adds latency on a Dokploy (measured), and 10 can hang it. */
export const maxParallel = 4;

/** A pause that Retry-After asks for is waited out up to here; a longer one is an error with its time. */
const longestWaitMs = 10_000;
const longestPauseMs = 10 * 60_000;

/** After a lost answer the server may still be working on that write: the lane stays empty for a while. */
const laneRestMs = 5_000;
/** Who did not answer for long is slow, and gets as long again: up to here. */
const longestLaneRestMs = 30_000;

/** A proxy's own answer, with which it gives up on a server that may go on: the last ones are Cloudflare's. */
const gaveUp: ReadonlySet<number> = new Set([502, 503, 504, 520, 521, 522, 523, 524]);

/** W12: a process that is to end does not wait longer for an answer. */
const closeWithinMs = 30_000;

export function createTransport(options: {
  readonly origin: string;
  readonly apiKey: string;
  readonly clock: Clock;
  readonly http: HttpClient;
  readonly tell: Tell;
  /** At a time; null, or absent: as usual. */
  readonly requests?: number | null;
}): Transport {
  const { clock, http, origin, tell } = options;
  const all = new PQueue({ concurrency: options.requests ?? maxParallel });
  const lane = new PQueue({ concurrency: 1 });
  const reads = new AbortController();
  const writes = new AbortController();
  let stoppedAtMs: number | null = null;
  let pausedUntilMs = 0;
  let isClosed = false;
  let writesUnderWay = 0;
  /** Called when the last write under way has ended. */
  let noWrites = Promise.withResolvers<undefined>();
  /** Null: nothing guards this server. */
  let gate: LeaseGate | null = null;

  /** Waits out a pause that the server asked for, or says how long it lasts. */
  async function awaitPause({ asked, isOfLease = false }: Exchange<unknown>): Promise<void> {
    const restMs = pausedUntilMs - clock.now();
    if (restMs > longestWaitMs) {
      throw new CapstanError(
        "rate-limited",
        `${asked.procedure} was not sent: the server asked for a pause of ${Math.ceil(restMs / 1_000)} s more`,
        { hint: hints.limit, retryAfterMs: restMs },
      );
    }
    if (restMs > 0) await clock.sleep(restMs, reads.signal);
    // The lease is given back after the last write.
    if (isClosed || (stoppedAtMs !== null && !isOfLease)) {
      throw new CapstanError("cancelled", `${asked.procedure} was not sent: shutting down`);
    }
    if (asked.isWrite && !isOfLease && gate?.isOpen() === false) {
      throw new CapstanError(
        "conflict",
        `${asked.procedure} was not sent: the lease of the server ran out while it waited`,
        { hint: "the server is read again first" },
      );
    }
  }

  async function once(
    exchange: Omit<Exchange<unknown>, "ending">,
    startedMs: number,
  ): Promise<Reading<HttpResponse>> {
    const { asked, body } = exchange;
    try {
      const response = await http.send({
        method: exchange.method,
        url: `${origin}${exchange.path}`,
        headers: {
          "x-api-key": options.apiKey,
          accept: "application/json",
          "accept-encoding": "gzip, deflate",
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body }),
        timeoutMs: exchange.timeoutMs,
        maxBytes: exchange.maxBytes,
        signal: asked.isWrite ? writes.signal : reads.signal,
      });
      const pauseMs = retryAfterMs(response.headers, clock.now());
      if (pauseMs !== null && (response.status === 429 || response.status >= 500)) {
        pausedUntilMs = Math.max(pausedUntilMs, clock.now() + Math.min(pauseMs, longestPauseMs));
      }
      return { ok: true, value: response };
    } catch (error) {
      const gaveUp = asked.isWrite && isCapstanError(error, "cancelled");
      if (!isCapstanError(error, "unavailable") && !gaveUp) throw error;
      const tookMs = clock.now() - startedMs;
      return lost(exchange, error, tookMs);
    }
  }

  async function underWay<T>(isWrite: boolean, exchange: () => Promise<T>): Promise<T> {
    if (!isWrite) return exchange();
    writesUnderWay += 1;
    try {
      return await exchange();
    } finally {
      writesUnderWay -= 1;
      if (writesUnderWay === 0) {
        noWrites.resolve(undefined);
        noWrites = Promise.withResolvers();
      }
    }
  }

  /** One exchange, reported when it has ended. One that was never sent is not reported. */
  async function told<T>(exchange: Exchange<T>, scope: Scope | null): Promise<Told<T>> {
    const { asked, counted, read } = exchange;
    await awaitPause(exchange as Exchange<unknown>);
    const startedAtMs = clock.now();
    const ended = (outcome: Ending): void => {
      const { stack, service } = scope ?? { stack: null, service: null };
      const times = { startedAtMs, endedAtMs: clock.now() };
      const { isWrite } = asked;
      tell({ kind: "dokploy-request", ...counted, isWrite, outcome, stack, service, ...times });
    };
    try {
      const answer = await underWay(asked.isWrite, () => once(exchange, startedAtMs));
      const reading = answer.ok ? read(answer.value) : answer;
      const isAnswered = answer.ok && (!gaveUp.has(answer.value.status) || isOwnFailure(reading));
      ended(reading.ok ? (exchange.ending?.(reading.value) ?? "ok") : reading.error.code);
      return { reading, lostAfterMs: isAnswered ? null : clock.now() - startedAtMs };
    } catch (error) {
      ended(toCapstanError(error).code);
      throw error;
    }
  }

  return {
    send<T>(exchange: Exchange<T>) {
      // Another one's end may start it: whose it is must be known before it waits.
      const scope = currentScope();
      const { isOfLease = false, asked } = exchange;
      const priority = isOfLease ? 1 : 0;
      const start = async (): Promise<Told<T>> => {
        // Before it takes one of the few places, which the lease's own requests need.
        if (asked.isWrite && !isOfLease && stoppedAtMs === null) await gate?.enter(asked.procedure);
        return all.add(() => told(exchange, scope), { priority });
      };
      const inLane = async (): Promise<Told<T>> => {
        const sent = await start();
        const { reading, lostAfterMs } = sent;
        if (lostAfterMs !== null && !reading.ok && reading.error.code === "uncertain") {
          const restMs = Math.min(Math.max(laneRestMs, lostAfterMs), longestLaneRestMs);
          await clock.sleep(restMs, reads.signal);
        }
        return sent;
      };
      return (exchange.inLane ? lane.add(inLane) : start()).then(({ reading }) => reading);
    },
    guard(by) {
      gate = by;
    },
    stop() {
      stoppedAtMs ??= clock.now();
      reads.abort();
      return writesUnderWay === 0 ? Promise.resolve() : noWrites.promise;
    },
    async close() {
      isClosed = true;
      stoppedAtMs ??= clock.now();
      reads.abort();
      const idle = async (): Promise<void> => {
        await lane.onIdle();
        await all.onIdle();
      };
      const leftMs = stoppedAtMs + closeWithinMs - clock.now();
      await within(Math.max(0, leftMs), clock, idle());
      writes.abort();
      await idle();
    },
  };
}

/** Dokploy's own words: nothing of it is under way any more. */
function isOwnFailure(reading: Reading<unknown>): boolean {
  return !reading.ok && reading.error.kind === "failed-inside";
}

/** No answer: of a write that was sent, nobody knows whether it happened. */
function lost(
  { asked, timeoutMs }: Pick<Exchange<unknown>, "asked" | "timeoutMs">,
  error: CapstanError,
  tookMs: number,
): Extract<Reading<never>, { ok: false }> {
  const said = `${asked.procedure}: ${error.message}`;
  if (asked.isWrite && !wasNeverSent(error)) {
    return {
      ok: false,
      error: new CapstanError("uncertain", said, { hint: hints.observe, cause: error }),
      again: false,
    };
  }
  const hint = unansweredHint(error);
  // A long list that ran into its time-out would only burden the server once more.
  const again = tookMs < timeoutMs || timeoutMs <= 30_000;
  return {
    ok: false,
    error: new CapstanError("unavailable", said, { hint: error.hint ?? hint, cause: error }),
    again,
  };
}
