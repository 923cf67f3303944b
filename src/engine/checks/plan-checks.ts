// The check that the head of a pull request gets for its plan. Each that is begun comes to an end (P1), and none
// is told twice.
import type { Clock } from "../../lib/clock.ts";
import type { CheckReason } from "../../model/checks.ts";
import type { CheckStore } from "../../ports-forge.ts";
import { contextOf, stateOf } from "./words.ts";

export interface PlanChecks {
  /** What is said of a head now. */
  tell(sha: string, reason: CheckReason, text: string): void;
  /** A head that nobody will plan any more: `words`, when it was begun and did not end. */
  endPending(sha: string, words: string): void;
  /** The same of all but these, those included that an earlier process began. */
  endAllBut(heads: ReadonlySet<string>): void;
}

export interface PlanChecksOptions {
  readonly instance: string;
  readonly store: CheckStore;
  readonly clock: Pick<Clock, "now">;
  readonly redact: (text: string) => string;
  /** Rows are owed to the host: called after they were saved. */
  readonly owed: () => void;
}

export function createPlanChecks(options: PlanChecksOptions): PlanChecks {
  const { store, clock } = options;
  const context = contextOf(options.instance, "plan");
  const rowOf = (sha: string) => store.checks(sha).find((row) => row.context === context);

  function tell(sha: string, reason: CheckReason, text: string): void {
    const before = rowOf(sha);
    const [state, description] = [stateOf[reason], options.redact(text)];
    // That it is being planned once more is no news to those who read the plan.
    if (state === "pending" && before !== undefined) return;
    if (before?.state === state && before.description === description) return;
    const shared = { sha, context, stack: null, change: null, owed: true };
    store.saveChecks([{ ...shared, reason, state, description, atMs: clock.now() }]);
    options.owed();
  }

  return {
    tell,
    endPending(sha, words) {
      if (rowOf(sha)?.state === "pending") tell(sha, "superseded", words);
    },
    endAllBut(heads) {
      const words = "its pull request ended, or was pushed to, before it was planned";
      for (const row of store.pendingChecks()) {
        if (row.context === context && !heads.has(row.sha)) tell(row.sha, "superseded", words);
      }
    },
  };
}
