// Brings notices to one target: those of a while together in one message, none in quiet hours, and again later when
// the host does not take it. What a host never takes is given up; nothing waits for it.
import { backoffMs } from "../lib/backoff.ts";
import type { BackoffPolicy } from "../lib/backoff.ts";
import type { Clock } from "../lib/clock.ts";
import { toCapstanError } from "../lib/errors.ts";
import type { CapstanError } from "../lib/errors.ts";
import { subjectKey } from "./notice.ts";
import type { Message, Notice, Subject } from "./notice.ts";
import { quietForMs } from "./quiet.ts";
import { wants } from "./target.ts";
import type { Target } from "./target.ts";
import type { Send } from "./ways/send.ts";

export interface Delivery {
  /** Those that the target does not want are left out; what ended is not told as if it lasted. */
  add(notices: readonly Notice[]): void;
  /** Nobody is told any more of what waits about this subject. */
  forget(subject: Subject): void;
  /** What was added and has not reached the host. */
  undelivered(): readonly Notice[];
  /** Sends what waits once more, outside quiet hours and for some seconds at most. May be called twice. */
  stop(): Promise<void>;
}

export interface DeliveryOptions {
  readonly target: Target;
  readonly instance: string;
  readonly send: Send;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly newId: () => string;
  readonly groupMs: number;
  /** A failure begins (again: whether it is tried again), or everything is sent again (null). */
  readonly failing: (
    failure: { readonly error: CapstanError; readonly again: boolean } | null,
  ) => void;
}

const backoff: BackoffPolicy = { firstMs: 2_000, maxMs: 15 * 60_000, jitter: 0.2 };
/** P7: more than anybody reads. */
const mostWaiting = 500;
const mostInMessage = 50;
/** Nobody wants to hear by then. */
const oldestMs = 24 * 3_600_000;
/** Time zones change their clocks: it is asked again. */
const longestWaitMs = 30 * 60_000;
const stopWithinMs = 5_000;

/** Of one subject only the newest is told; an end says what it ended. */
function later(before: Notice | undefined, notice: Notice): Notice {
  if (before?.kind !== "failure" || notice.kind !== "recovery") return notice;
  return { ...notice, text: before.text === "" ? notice.text : `It had failed: ${before.text}` };
}

export function createDelivery(options: DeliveryOptions): Delivery {
  const { target, clock, send, groupMs } = options;
  const waiting = new Map<string, Notice>();
  const ending = new AbortController();
  let dropped = 0;
  /** Being sent, or to be sent again. */
  let current: Message | null = null;
  let working: Promise<void> | null = null;
  let failures = 0;
  let notBeforeMs = 0;
  let cancelTimer: (() => void) | null = null;
  let stopped: Promise<void> | null = null;

  function nextMessage(nowMs: number): Message | null {
    if (waiting.size === 0) return null;
    const entries = [...waiting].slice(0, mostInMessage);
    for (const [key] of entries) waiting.delete(key);
    const message: Message = {
      id: options.newId(),
      instance: options.instance,
      notices: entries.map(([, notice]) => notice),
      dropped,
      isTest: false,
      atMs: nowMs,
    };
    dropped = 0;
    return message;
  }

  function failed(message: Message, error: unknown): void {
    const known = toCapstanError(error);
    const isOld = clock.now() - message.atMs > oldestMs;
    const again = known.retryable && known.code !== "unauthorised" && !isOld;
    failures += 1;
    if (failures === 1 || !again) options.failing({ error: known, again });
    const pauseMs = backoffMs(backoff, failures, options.random());
    notBeforeMs = clock.now() + Math.max(pauseMs, known.retryAfterMs ?? 0);
    if (!again) current = null;
  }

  async function sendOne(signal: AbortSignal): Promise<void> {
    current ??= nextMessage(clock.now());
    if (current === null) return;
    try {
      await send(target.way, current, signal);
    } catch (error) {
      failed(current, error);
      return;
    }
    current = null;
    if (failures > 0) options.failing(null);
    failures = 0;
    notBeforeMs = 0;
  }

  function plan(): void {
    if (stopped !== null || working !== null || cancelTimer !== null) return;
    if (current === null && waiting.size === 0) return;
    const nowMs = clock.now();
    // Others that belong to it come within this time.
    const groupedAtMs = current === null && failures === 0 ? nowMs + groupMs : nowMs;
    const dueMs = Math.max(groupedAtMs, notBeforeMs) - nowMs;
    const quietMs = quietForMs(target.quiet, nowMs + dueMs);
    const waitMs = Math.min(dueMs + quietMs, longestWaitMs);
    cancelTimer = clock.after(waitMs, () => {
      cancelTimer = null;
      if (quietForMs(target.quiet, clock.now()) > 0 || clock.now() < notBeforeMs) {
        plan();
        return;
      }
      working = sendOne(ending.signal).finally(() => {
        working = null;
        plan();
      });
    });
  }

  async function stopOnce(): Promise<void> {
    cancelTimer?.();
    cancelTimer = null;
    const late = clock.after(stopWithinMs, () => {
      ending.abort();
    });
    await working;
    // What a host refused a moment ago it is not asked again.
    const isQuiet = quietForMs(target.quiet, clock.now()) > 0;
    while (!isQuiet && failures === 0 && waiting.size > 0 && !ending.signal.aborted) {
      await sendOne(ending.signal);
    }
    late();
  }

  return {
    add(notices) {
      for (const notice of notices) {
        const key = subjectKey(notice.subject);
        if (!wants(target, notice)) {
          if (notice.kind === "recovery") waiting.delete(key);
          continue;
        }
        const newest = later(waiting.get(key), notice);
        // It takes its place at the end: what came last is told last.
        waiting.delete(key);
        waiting.set(key, newest);
      }
      for (const oldest of waiting.keys()) {
        if (waiting.size <= mostWaiting) break;
        waiting.delete(oldest);
        dropped += 1;
      }
      plan();
    },
    forget: (subject) => void waiting.delete(subjectKey(subject)),
    undelivered: () => [...(current?.notices ?? []), ...waiting.values()],
    stop() {
      return (stopped ??= stopOnce());
    },
  };
}
