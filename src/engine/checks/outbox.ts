// Tells the host what it is owed, one check after another, for as long as that takes: a host that is down
// or limits its rate delays nothing else and loses nothing (P1). What is owed stands in the store.
import { backoffMs } from "../../lib/backoff.ts";
import type { BackoffPolicy } from "../../lib/backoff.ts";
import type { Clock } from "../../lib/clock.ts";
import { describeError, toCapstanError } from "../../lib/errors.ts";
import type { CapstanError } from "../../lib/errors.ts";
import type { CheckRow } from "../../model/checks.ts";
import type { CheckStore, Forge, OwedCheck } from "../../ports-forge.ts";
import { tellNobody } from "../../ports-telemetry.ts";
import type { Tell } from "../../ports-telemetry.ts";
import { checkKey, createInherited } from "./inherited.ts";
import { createOwedTries } from "./owed-tries.ts";
import { createRounds } from "./rounds.ts";

export interface Outbox {
  /** Something may be owed. May be called at any rate. */
  wake(): void;
  /** No request begins any more; resolves when the one under way has ended. May be called twice. */
  stop(): Promise<void>;
}

export interface OutboxOptions {
  readonly forge: Pick<Forge, "setCheck" | "hasCheck">;
  readonly store: Pick<CheckStore, "owedChecks" | "checkTold" | "written">;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** The page that tells all of a commit; null when Capstan has no address of its own. */
  readonly urlOf: (sha: string) => string | null;
  /** Why nothing can be told, once a failure begins; null when it ended. */
  readonly failing: (message: string | null) => void;
  /** A check that the host will never take. */
  readonly dropped: (row: CheckRow, message: string) => void;
  readonly tell?: Tell;
}

const hostBackoff: BackoffPolicy = { firstMs: 1_000, maxMs: 300_000, jitter: 0.2 };
const batch = 50;

export function createOutbox(options: OutboxOptions): Outbox {
  const { forge, store, clock, random, tell: report = tellNobody } = options;
  const tries = createOwedTries(clock, random);
  /** By commit and context: the version that the host has and the store did not take down yet. */
  const untaken = new Map<string, number>();
  const inherited = createInherited(store, forge);
  let failures = 0;
  const rounds = createRounds({
    clock,
    round,
    // The store: what is owed stands in it, and is looked for again.
    failed: (error) => hostFailed(describeError(toCapstanError(error)), 0),
  });

  function hostFailed(message: string, leastMs: number): number {
    failures += 1;
    if (failures === 1) options.failing(message);
    return Math.max(leastMs, backoffMs(hostBackoff, failures, random()));
  }

  /** What the store does not take down is thrown, and not told twice for that. */
  async function told(row: OwedCheck): Promise<void> {
    const key = checkKey(row);
    untaken.set(key, row.version);
    store.checkTold(row);
    untaken.delete(key);
    tries.done(row);
    // At once: whoever takes over must not tell it again.
    await store.written();
  }

  /** How long to wait before anything is tried again; null to go on. */
  async function tell(row: OwedCheck): Promise<number | null> {
    const { sha, context, state, description } = row;
    const isTold = untaken.get(checkKey(row)) === row.version;
    const check = { sha, context, state, description, url: options.urlOf(sha) };
    if (!isTold && !(await inherited.wasTold(row, check))) {
      // Another process that became the one that writes tells it instead.
      await store.written();
      try {
        await forge.setCheck(check);
      } catch (error) {
        return notTaken(row, toCapstanError(error));
      }
    }
    await told(row);
    report({ kind: "check-told", outcome: "told" });
    if (failures > 0) options.failing(null);
    failures = 0;
    return null;
  }

  async function notTaken(row: OwedCheck, error: CapstanError): Promise<number | null> {
    const verdict = tries.failed(row, error.code);
    if (verdict === "drop") {
      await told(row);
      report({ kind: "check-told", outcome: "dropped" });
      options.dropped(row, describeError(error));
      return null;
    }
    report({ kind: "check-told", outcome: "failed" });
    if (verdict === "later") return null;
    return hostFailed(describeError(error), error.retryAfterMs ?? 0);
  }

  function owedNow(): readonly OwedCheck[] {
    const limit = batch + tries.count();
    const owed = store.owedChecks(limit);
    if (owed.length < limit) tries.keepOnly(owed);
    return tries.inOrder(owed);
  }

  /** Resolves to when to look again; null when nothing is owed. */
  async function round(): Promise<number | null> {
    const nowMs = clock.now();
    inherited.begin();
    for (const row of owedNow().filter((one) => tries.dueAtMs(one) <= nowMs)) {
      if (rounds.isStopping()) return null;
      const pauseMs = await tell(row);
      if (pauseMs !== null) return clock.now() + pauseMs;
    }
    const times = owedNow().map((row) => tries.dueAtMs(row));
    return times.length === 0 ? null : Math.min(...times);
  }

  return {
    wake() {
      // A host that failed is left alone until its time has come.
      if (failures > 0 && rounds.isTimed()) return;
      rounds.begin();
    },
    stop: () => rounds.stop(),
  };
}
