// The checks of the commits of the branch: one for the commit and one for each stack that it touched (P1).
// Every one that is begun comes to an end: what a newer commit touches again is superseded.
import type { Clock } from "../../lib/clock.ts";
import { clockTime } from "../../lib/duration.ts";
import type { Problem } from "../../model/desired.ts";
import type { Plan } from "../../model/plan.ts";
import { problemKey } from "../../plan/render/words.ts";
import type { CheckStore } from "../../ports-forge.ts";
import type { RunEnd } from "../order/order.ts";
import type { Loaded } from "../state/desired-state.ts";
import { createCheckRows } from "./check-rows.ts";
import type { Said } from "./commit-summary.ts";
import { addStack, isUnread, showStack } from "./followed-commit.ts";
import { createFollowedCommits } from "./followed-commits.ts";
import { firstWords, wordsAfterRun } from "./stack-words.ts";
import { isLast } from "./words.ts";

/** What the engine tells of commits. Its methods do not throw and may be called apart from their object. */
export interface Observer {
  /** This process leads and its loop begins. */
  readonly began: () => void;
  /** The host, or `ls-remote`, names this commit as the branch's newest one. May be called at any rate. */
  readonly seen: (sha: string) => void;
  /** It was read; `changed` are the stacks that it touched, all on the first load of a process. */
  readonly loaded: (loaded: Loaded, changed: readonly string[]) => void;
  /** A look at Git ended: why it could not be read, or null and the revision that is the newest one read. */
  readonly looked: (failing: string | null, newest: string | null) => void;
  /** A run of a stack ended. */
  readonly ended: (stack: string, judged: RunEnd, plan: Plan | null) => void;
}

export interface CommitChecks extends Omit<Observer, "began"> {
  /** The branch was looked at after this one was seen, and `newest` is there: others will never be read. */
  readonly passed: (sha: string, newest: string) => void;
}

export interface CommitChecksOptions {
  readonly instance: string;
  readonly store: CheckStore;
  readonly clock: Clock;
  readonly redact: (text: string) => string;
  /** Rows are owed to the host: called after they were saved. */
  readonly owed: () => void;
}

const reading: Said = { reason: "seen", description: "reading this commit" };

export function createCommitChecks(options: CommitChecksOptions): CommitChecks {
  const { store, clock } = options;
  const rows = createCheckRows(options);
  const commits = createFollowedCommits({ rows, store, owed: options.owed });
  /** Since when Git cannot be read, and why; null while it can. */
  let outage: { readonly sinceMs: number; readonly why: string } | null = null;
  /** Mistakes in what was read last; null before this process has read anything. */
  let knownProblems: ReadonlySet<string> | null = null;

  function whileUnread(): Said {
    if (outage === null) return reading;
    const description = `Git cannot be read since ${clockTime(outage.sinceMs)}: ${outage.why}`;
    return { reason: "unread", description };
  }

  function gitFailed(why: string): void {
    outage = { sinceMs: outage?.sinceMs ?? clock.now(), why };
    const { reason, description } = whileUnread();
    for (const commit of commits.all().filter(isUnread)) commits.say(commit, reason, description);
  }

  /** Git can be read again: those that the branch has left by now would wait forever. */
  function gitRead(newest: string | null): void {
    if (outage === null) return;
    outage = null;
    for (const commit of commits.all().filter(isUnread)) {
      if (newest !== null && commit.own.reason === "unread") commits.passed(commit.sha, newest);
    }
  }

  return {
    seen(sha) {
      commits.begin(sha, false, whileUnread());
    },

    passed: (sha, newest) => commits.passed(sha, newest),

    looked(failing, newest) {
      if (failing === null) gitRead(newest);
      else gitFailed(failing);
    },

    loaded({ manifests, byName, sequence, revision }, changed) {
      const { id: sha } = revision;
      const before = knownProblems;
      const isFirst = before === null;
      const commit = commits.begin(sha, true, reading);
      commits.passOver(sha);
      if (isFirst) commits.endOthers(sha);
      knownProblems = new Set(manifests.problems.map(problemKey));
      for (const other of commits.all()) {
        if (other.sha !== sha) commits.supersede(other, changed, sha);
      }
      if (commit === null) return;
      commit.isLoaded = true;
      commit.total = byName.size + manifests.brokenStacks.size;
      const isOlder = (problem: Problem): boolean => before?.has(problemKey(problem)) ?? false;
      commit.problems = manifests.problems.filter(
        (problem) => problem.stack === null && !isOlder(problem),
      );
      commit.olderProblems = manifests.problems.filter(isOlder).length;
      const hasEnded = commit.own.state !== "pending";
      const read = { sha, manifests, changed, isFirst, saved: store.checks(sha), hasEnded };
      const touched = firstWords(read, rows).map((words) => {
        const stack = addStack(commit, words, { name: words.name, sequence });
        if (words.isShown) showStack(commit, stack);
        return stack;
      });
      commits.settle(commit, touched);
    },

    ended(name, judged, plan) {
      for (const commit of commits.all()) {
        const stack = commit.stacks.get(name);
        if (stack === undefined || judged.sequence < stack.sequence) continue;
        if (isLast(stack.row.reason)) continue;
        const { row, isShown } = wordsAfterRun(stack.row, judged, plan, rows);
        stack.row = row;
        if (isShown) showStack(commit, stack);
        commits.settle(commit, [stack]);
      }
    },
  };
}
