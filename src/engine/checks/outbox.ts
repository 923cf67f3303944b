// Tells the host what it is owed, one check after another, for as long as that takes: a host that is down
// or limits its rate delays nothing else and loses nothing (P1). What is owed stands in the store.
import { backoffMs } from "../../lib/backoff.ts";
import type { BackoffPolicy } from "../../lib/backoff.ts";
import type { Clock } from "../../lib/clock.ts";
import { describeError, toCapstanError } from "../../lib/errors.ts";
import type { CheckRow } from "../../model/checks.ts";
import type { CheckStore, Forge, OwedCheck } from "../../ports-forge.ts";
import { tellNobody } from "../../ports-telemetry.ts";
import type { Tell } from "../../ports-telemetry.ts";

export interface Outbox {
  /** Something may be owed. May be called at any rate. */
  wake(): void;
  /** No request begins any more; resolves when the one under way has ended. May be called twice. */
  stop(): Promise<void>;
}

export interface OutboxOptions {
  readonly forge: Pick<Forge, "setCheck">;
  readonly store: Pick<CheckStore, "owedChecks" | "checkTold">;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** Where a commit is told of at length; null when Capstan has no address of its own. */
  readonly urlOf: (sha: string) => string | null;
  /** Why nothing can be told, once a failure begins; null when it ended. */
  readonly failing: (message: string | null) => void;
  /** A check that the host will never take. */
  readonly dropped: (row: CheckRow, message: string) => void;
  readonly tell?: Tell;
}

const hostBackoff: BackoffPolicy = { firstMs: 1_000, maxMs: 300_000, jitter: 0.2 };
/** A push can be seen before the host knows its commit; a forced push can take it away again. */
const unknownBackoff: BackoffPolicy = { firstMs: 2_000, maxMs: 60_000, jitter: 0.2 };
const unknownTries = 6;
const batch = 50;

interface Tried {
  readonly tries: number;
  /** Those that the host answered with that it does not know the commit. */
  readonly unknown: number;
  readonly dueAtMs: number;
}

export function createOutbox(options: OutboxOptions): Outbox {
  const { forge, store, clock, random, tell: report = tellNobody } = options;
  const ending = new AbortController();
  /** By commit, context and reason. */
  const waiting = new Map<string, Tried>();
  /** By commit and context: the version that the host has and the store did not take down yet. */
  const untaken = new Map<string, number>();
  let failures = 0;
  /** How often it was woken: more than before a round means to look again. */
  let calls = 0;
  let working: Promise<void> | null = null;
  let cancelTimer: (() => void) | null = null;

  const keyOf = ({ sha, context, reason }: CheckRow): string => `${sha} ${context} ${reason}`;

  function hostFailed(message: string, leastMs: number): number {
    failures += 1;
    if (failures === 1) options.failing(message);
    return Math.max(leastMs, backoffMs(hostBackoff, failures, random()));
  }

  /** What the store does not take down is thrown, and not told twice for that. */
  function told(row: OwedCheck): void {
    const key = `${row.sha} ${row.context}`;
    untaken.set(key, row.version);
    store.checkTold(row);
    untaken.delete(key);
    waiting.delete(keyOf(row));
  }

  /** How long to wait before anything is tried again; null to go on. */
  async function tell(row: OwedCheck): Promise<number | null> {
    const key = keyOf(row);
    const { sha, context, state, description } = row;
    try {
      if (untaken.get(`${sha} ${context}`) !== row.version) {
        await forge.setCheck({ sha, context, state, description, url: options.urlOf(sha) });
      }
    } catch (error) {
      const known = toCapstanError(error);
      const before = waiting.get(key);
      const tries = (before?.tries ?? 0) + 1;
      const isUnknown = known.code === "not-found";
      const unknown = (before?.unknown ?? 0) + (isUnknown ? 1 : 0);
      if (known.code === "invalid" || known.code === "unsupported" || unknown >= unknownTries) {
        told(row);
        report({ kind: "check-told", outcome: "dropped" });
        options.dropped(row, describeError(known));
        return null;
      }
      report({ kind: "check-told", outcome: "failed" });
      if (isUnknown) {
        const dueAtMs = clock.now() + backoffMs(unknownBackoff, unknown, random());
        waiting.set(key, { tries, unknown, dueAtMs });
        return null;
      }
      // The others come first from now on: it may be this one alone that the host cannot take.
      if (known.code !== "rate-limited") waiting.set(key, { tries, unknown, dueAtMs: 0 });
      return hostFailed(describeError(known), known.retryAfterMs ?? 0);
    }
    told(row);
    report({ kind: "check-told", outcome: "told" });
    if (failures > 0) options.failing(null);
    failures = 0;
    return null;
  }

  /** What was tried least comes first, else what was owed first. */
  function owedNow(): readonly OwedCheck[] {
    const limit = batch + waiting.size;
    const owed = store.owedChecks(limit);
    if (owed.length < limit) {
      const keys = new Set(owed.map(keyOf));
      for (const key of waiting.keys()) if (!keys.has(key)) waiting.delete(key);
    }
    const triesOf = (row: OwedCheck): number => waiting.get(keyOf(row))?.tries ?? 0;
    return [...owed].sort((a, b) => triesOf(a) - triesOf(b));
  }

  /** Resolves to when to look again; null when nothing is owed. */
  async function round(): Promise<number | null> {
    const nowMs = clock.now();
    const owed = owedNow();
    const due = owed.filter((row) => (waiting.get(keyOf(row))?.dueAtMs ?? 0) <= nowMs);
    for (const row of due) {
      if (ending.signal.aborted) return null;
      const pauseMs = await tell(row);
      if (pauseMs !== null) return clock.now() + pauseMs;
    }
    const times = owedNow().map((row) => waiting.get(keyOf(row))?.dueAtMs ?? 0);
    return times.length === 0 ? null : Math.min(...times);
  }

  async function work(): Promise<void> {
    while (!ending.signal.aborted) {
      const before = calls;
      const dueAtMs = await round();
      if (dueAtMs === null) {
        if (calls === before) return;
        continue;
      }
      const pauseMs = dueAtMs - clock.now();
      if (pauseMs > 0) {
        cancelTimer = clock.after(pauseMs, begin);
        return;
      }
    }
  }

  function begin(): void {
    cancelTimer?.();
    cancelTimer = null;
    calls += 1;
    if (working !== null || ending.signal.aborted) return;
    // Not at once: what it calls may wake it.
    working = Promise.resolve()
      .then(work)
      .catch((error: unknown) => {
        // The store: what is owed stands in it, and is looked for again.
        const pauseMs = hostFailed(describeError(toCapstanError(error)), 0);
        if (!ending.signal.aborted) cancelTimer = clock.after(pauseMs, begin);
      })
      .finally(() => {
        working = null;
      });
  }

  return {
    wake() {
      // A host that failed is left alone until its time has come.
      if (failures > 0 && cancelTimer !== null) return;
      begin();
    },
    async stop() {
      ending.abort();
      cancelTimer?.();
      await working;
    },
  };
}
