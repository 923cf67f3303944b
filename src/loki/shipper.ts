// Sends log lines to Loki: in batches by number, size and time, packed, one request at a time and oldest
// first. What fails in passing is tried again, ever later; meanwhile a bounded buffer keeps the newest lines.
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { backoffMs } from "../lib/backoff.ts";
import type { BackoffPolicy } from "../lib/backoff.ts";
import type { Clock } from "../lib/clock.ts";
import { isCapstanError, toCapstanError } from "../lib/errors.ts";
import type { HttpClient } from "../lib/http.ts";
import type { Logger } from "../lib/logger.ts";
import type { Redactor } from "../lib/redact.ts";
import { retryAfterMs } from "../lib/retry-after.ts";
import type { LogSink } from "../ports-logs.ts";
import { createLineBuffer } from "./buffer.ts";
import type { Waiting } from "./buffer.ts";
import { cleanLine, cleanMetadata } from "./clean.ts";
import { arrivalOf, hasWaitedTooLong, nanoseconds } from "./moments.ts";
import { createNotices } from "./notices.ts";
import { pushBody, verdictOf } from "./push.ts";
import type { Labels } from "./push.ts";
import { pushHeaders, pushUrl } from "./requests.ts";
import type { LokiAddress } from "./requests.ts";

export interface ShipperOptions extends LokiAddress {
  /** Labels of all lines, beside service and level: few, and of few values. */
  readonly labels: Labels;
  readonly http: HttpClient;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly redactor: Redactor;
  /** Hears of trouble, once; may write into this shipper. */
  readonly logger: Logger;
  readonly limits?: Partial<ShipperLimits>;
}

export interface ShipperLimits {
  /** A batch goes when it has so many lines or bytes, or when its first line has waited so long. */
  readonly batchLines: number;
  readonly batchBytes: number;
  readonly batchMs: number;
  readonly bufferLines: number;
  readonly bufferBytes: number;
  /** How long the end may take. */
  readonly stopMs: number;
}

/** Loki's distributor takes a burst of 6 MB; proxies before it often take 1 MB (packed, this is far less). */
const usualLimits: ShipperLimits = {
  batchLines: 1_000,
  batchBytes: 1_000_000,
  batchMs: 1_000,
  bufferLines: 20_000,
  bufferBytes: 16_000_000,
  stopMs: 5_000,
};

const backoff: BackoffPolicy = { firstMs: 1_000, maxMs: 60_000, jitter: 0.3 };
const timeoutMs = 10_000;
const maxAnswerBytes = 64 * 1024;
const longestReason = 300;
/** Loki's settings may have been changed by then. */
const metadataAgainMs = 60 * 60_000;

const pack = promisify(gzip);

/** JSON of a line costs about this much beside its text. */
const overheadBytes = 40;

export function createShipper(options: ShipperOptions): LogSink {
  const { clock, http, redactor } = options;
  const limits = { ...usualLimits, ...options.limits };
  const buffer = createLineBuffer({ maxLines: limits.bufferLines, maxBytes: limits.bufferBytes });
  const notices = createNotices(options.logger);
  const counts = { sent: 0, dropped: 0, refused: 0, retried: 0 };
  const ending = new AbortController();
  const hurry = new AbortController();
  let inFlight = 0;
  let order = 0;
  let failures = 0;
  /** When Loki last refused structured metadata. */
  let withoutMetadataMs: number | null = null;
  /** Halved by a 413, and grown again slowly: each try that is too large costs a request. */
  let batchLines = limits.batchLines;
  let trouble: string | null = null;
  let cancelTimer: (() => void) | null = null;
  let working: Promise<void> | null = null;
  let stopped: Promise<void> | null = null;

  function short(text: string): string {
    return redactor.redact(text).replaceAll(/\s+/g, " ").trim().slice(0, longestReason);
  }

  async function push(lines: readonly Waiting[]): Promise<void> {
    const withMetadata =
      withoutMetadataMs === null || clock.now() - withoutMetadataMs >= metadataAgainMs;
    const body = await pack(pushBody(lines, options.labels, { withMetadata }));
    const answer = await http.send({
      method: "POST",
      url: pushUrl(options),
      headers: { ...pushHeaders(options), "content-encoding": "gzip" },
      body,
      timeoutMs,
      maxBytes: maxAnswerBytes,
      cut: true,
      signal: ending.signal,
    });
    const verdict = verdictOf(answer.status, answer.text, lines.length);
    const nowMs = clock.now();
    const words = short(answer.text);
    const refusal = `Loki refused log lines with ${answer.status}: ${words}`;
    switch (verdict.kind) {
      case "accepted":
        accept(lines.length);
        return;
      case "refused":
        refuse(verdict.lines, refusal);
        if (verdict.lines < lines.length) accept(lines.length - verdict.lines);
        notices.refused(verdict.lines, words, nowMs);
        return;
      case "no-metadata":
        if (!withMetadata) {
          refuse(lines.length, refusal);
          notices.refused(lines.length, words, nowMs);
          return;
        }
        withoutMetadataMs = nowMs;
        counts.retried += 1;
        counts.dropped += buffer.putBack(lines);
        notices.withoutMetadata();
        return;
      case "too-large":
        if (lines.length === 1) {
          const why = "Loki, or a proxy before it, takes no body of this size";
          refuse(1, why);
          notices.refused(1, why, nowMs);
          return;
        }
        batchLines = Math.ceil(lines.length / 2);
        counts.retried += 1;
        counts.dropped += buffer.putBack(lines);
        return;
      case "later":
        retry(
          lines,
          `Loki answered with ${answer.status}: ${words}`,
          retryAfterMs(answer.headers, nowMs),
        );
    }
  }

  function accept(taken: number): void {
    counts.sent += taken;
    failures = 0;
    trouble = null;
    batchLines = Math.min(limits.batchLines, Math.ceil(batchLines * 1.25));
    notices.works(counts.dropped + counts.refused);
  }

  /** These lines are lost. Loki answers, so the next ones need not wait; but only `accept` ends the trouble. */
  function refuse(refused: number, why: string): void {
    counts.refused += refused;
    failures = 0;
    trouble = why;
  }

  /** Before the next try. */
  let pausedMs = 0;

  function retry(lines: readonly Waiting[], error: string, afterMs: number | null): void {
    failures += 1;
    counts.retried += 1;
    counts.dropped += buffer.putBack(lines);
    trouble = error;
    pausedMs = Math.max(backoffMs(backoff, failures, options.random()), afterMs ?? 0);
    notices.fails(error, clock.now());
  }

  /** One batch: it ends up sent, refused, or back in the buffer. */
  async function sendBatch(): Promise<void> {
    const nowMs = clock.now();
    const taken = buffer.take({ maxLines: batchLines, maxBytes: limits.batchBytes });
    const lines = taken.filter(({ atMs }) => !hasWaitedTooLong(atMs, nowMs));
    counts.dropped += taken.length - lines.length;
    if (lines.length === 0) return;
    inFlight = lines.length;
    try {
      await push(lines);
    } catch (error) {
      const known = toCapstanError(error);
      if (isCapstanError(error, "cancelled")) counts.dropped += buffer.putBack(lines);
      else retry(lines, short(known.message), known.retryAfterMs ?? null);
    } finally {
      inFlight = 0;
    }
  }

  async function work(): Promise<void> {
    while (buffer.lines > 0 && !ending.signal.aborted) {
      await sendBatch();
      if (failures > 0) {
        // When the process ends there is one more try and no time for others.
        if (hurry.signal.aborted) return;
        await clock.sleep(pausedMs, hurry.signal);
      } else if (!isFull() && !hurry.signal.aborted) {
        break;
      }
    }
  }

  const isFull = (): boolean => buffer.lines >= batchLines || buffer.bytes >= limits.batchBytes;

  function begin(): void {
    cancelTimer?.();
    cancelTimer = null;
    working ??= work().finally(() => {
      working = null;
      if (buffer.lines > 0 && stopped === null) arm();
    });
  }

  function arm(): void {
    if (working !== null || stopped !== null) return;
    if (isFull()) begin();
    else cancelTimer ??= clock.after(limits.batchMs, begin);
  }

  async function end(): Promise<void> {
    cancelTimer?.();
    hurry.abort();
    const cancelLimit = clock.after(limits.stopMs, () => {
      ending.abort();
    });
    await working;
    if (buffer.lines > 0 && failures === 0) await work();
    cancelLimit();
    counts.dropped += buffer.take({ maxLines: Infinity, maxBytes: Infinity }).length;
  }

  return {
    add(entry) {
      if (stopped !== null) {
        counts.dropped += 1;
        return;
      }
      const { atMs, eventTime } = arrivalOf(entry.atMs, clock.now());
      const line = cleanLine(entry.line);
      const metadata = cleanMetadata(
        eventTime === null ? entry.metadata : { ...entry.metadata, event_time: eventTime },
      );
      counts.dropped += buffer.push({
        time: nanoseconds(atMs, order++),
        atMs,
        service: entry.service,
        level: entry.level,
        line,
        metadata,
        bytes: Buffer.byteLength(line) + JSON.stringify(metadata).length + overheadBytes,
      });
      arm();
    },
    counts: () => ({ ...counts, buffered: buffer.lines + inFlight }),
    trouble: () => trouble,
    stop: () => (stopped ??= end()),
  };
}
