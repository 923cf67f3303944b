// How the checks of a branch's commits are written: their contexts, what one says, and whether the host has to
// hear it. Everything that is said passes here, so that no secret gets into a check (P5).
import type { Clock } from "../../lib/clock.ts";
import type { CheckReason, CheckRow } from "../../model/checks.ts";
import { shortRevision } from "../../plan/render/words.ts";
import { contextOf, stateOf } from "./words.ts";

export interface CheckRows {
  /** A check of which nothing is said yet; of the commit as a whole for `stack` null. */
  begin(sha: string, stack: string | null): CheckRow;
  /** The row with what is said now; owed to the host when that is another state than it knows. */
  say(row: CheckRow, reason: CheckReason, text: string): CheckRow;
  /** `more` follows the revision that took over. */
  supersede(row: CheckRow, by: string, more?: string): CheckRow;
  contextOf(stack: string | null): string;
  /** Whether it is the check of a commit of the branch, or of a stack at one. */
  isOfBranch(context: string): boolean;
}

export interface CheckRowsOptions {
  readonly instance: string;
  readonly clock: Pick<Clock, "now">;
  readonly redact: (text: string) => string;
}

/** Of what goes on, the host hears what keeps it from its end. */
const pendingNews: ReadonlySet<CheckReason> = new Set(["platform", "unread"]);

export function createCheckRows({ instance, clock, redact }: CheckRowsOptions): CheckRows {
  const context = (stack: string | null): string =>
    contextOf(instance, stack === null ? "reconcile" : `stack/${stack}`);

  function say(row: CheckRow, reason: CheckReason, text: string): CheckRow {
    const state = stateOf[reason];
    const isTold = state !== "pending" || pendingNews.has(reason);
    const isNews = state !== row.state || (isTold && reason !== row.reason);
    const owed = row.owed || isNews;
    return { ...row, reason, state, description: redact(text), atMs: clock.now(), owed };
  }

  return {
    say,
    contextOf: context,

    begin(sha, stack) {
      const said = { reason: "seen", state: stateOf.seen, description: "" } as const;
      const at = { change: null, atMs: clock.now(), owed: false };
      return { sha, context: context(stack), stack, ...said, ...at };
    },

    supersede: (row, by, more = "") =>
      say(row, "superseded", `superseded by ${shortRevision(by)}${more}`),

    isOfBranch: (other) => other === context(null) || other.startsWith(context("")),
  };
}
