// The commits whose checks are open, the oldest first, and what ends them: nothing is left to say, a newer commit
// took over, or too many are followed. Whatever changes is saved at once (P1: none stays pending forever).
import type { CheckReason } from "../../model/checks.ts";
import type { CheckStore } from "../../ports-forge.ts";
import type { CheckRows } from "./check-rows.ts";
import type { Said } from "./commit-summary.ts";
import { isOver, newCommit, rowsToSave, summaryOf, wasSaved } from "./followed-commit.ts";
import type { FollowedCommit, FollowedStack } from "./followed-commit.ts";
import { isLast } from "./words.ts";

export interface FollowedCommits {
  /** As they are now; may be changed while it is walked. */
  all(): readonly FollowedCommit[];
  /**
   * Follows it, with `opening` as its first words when none were said. Null for a commit of which all was said
   * already; one that was passed over is begun again when it is read.
   */
  begin(sha: string, isRead: boolean, opening: Said): FollowedCommit | null;
  /** In its own check. */
  say(commit: FollowedCommit, reason: CheckReason, text: string): void;
  /** Words of `touched` changed: says what its stacks say together, and forgets it when it is over. */
  settle(commit: FollowedCommit, touched: readonly FollowedStack[]): void;
  /** Of these stacks another commit says what is next. */
  supersede(commit: FollowedCommit, names: Iterable<string>, by: string): void;
  /** `newest` is on the branch: when this one was not read by now, it never will be. */
  passed(sha: string, newest: string): void;
  /** What was seen before it and not read; what was seen after it may still come. */
  passOver(newest: string): void;
  /** What earlier processes left open: the newest commit has taken over. */
  endOthers(newest: string): void;
}

export interface FollowedCommitsOptions {
  readonly rows: CheckRows;
  readonly store: CheckStore;
  /** Rows are owed to the host: called after they were saved. */
  readonly owed: () => void;
}

/** What failed in older ones stays as it was said. */
const commitsFollowed = 50;

export function createFollowedCommits(options: FollowedCommitsOptions): FollowedCommits {
  const { rows, store } = options;
  const commits = new Map<string, FollowedCommit>();

  function save(commit: FollowedCommit, touched: readonly FollowedStack[]): void {
    const saved = rowsToSave(commit, touched);
    store.saveChecks(saved);
    wasSaved(commit, touched);
    if (saved.some(({ owed }) => owed)) options.owed();
  }

  function settle(commit: FollowedCommit, touched: readonly FollowedStack[]): void {
    const { reason, description } = summaryOf(commit);
    commit.own = rows.say(commit.own, reason, description);
    save(commit, touched);
    if (isOver(commit)) commits.delete(commit.sha);
  }

  /** It is not followed any more: what is still open of it ends here. */
  function leave(commit: FollowedCommit, by: string): void {
    commits.delete(commit.sha);
    const wasOpen = commit.own.state === "pending";
    if (wasOpen) commit.own = rows.supersede(commit.own, by, " and many others");
    const touched = endPending(commit, by, rows);
    if (wasOpen || touched.length > 0) save(commit, touched);
  }

  function passed(sha: string, newest: string): void {
    const commit = commits.get(sha);
    if (commit === undefined || sha === newest || commit.isLoaded) return;
    commit.own = rows.supersede(commit.own, newest);
    save(commit, []);
    commits.delete(sha);
  }

  return {
    settle,
    passed,
    all: () => [...commits.values()],

    begin(sha, isRead, opening) {
      const known = commits.get(sha);
      if (known !== undefined) return known;
      const kept = store.checks(sha);
      const own = kept.find(({ context }) => context === rows.contextOf(null));
      const wasOver = own?.state !== "pending" && kept.every(({ reason }) => isLast(reason));
      const isRevived = isRead && own?.reason === "superseded";
      if (own !== undefined && wasOver && !isRevived) return null;
      const commit = newCommit(sha, own ?? rows.begin(sha, null));
      commits.set(sha, commit);
      for (const oldest of [...commits.values()]) {
        if (commits.size <= commitsFollowed) break;
        leave(oldest, sha);
      }
      if (own === undefined || isRevived) {
        const { reason, description } = opening;
        commit.own = { ...rows.say(commit.own, reason, description), owed: true };
        save(commit, []);
      }
      return commit;
    },

    say(commit, reason, text) {
      commit.own = rows.say(commit.own, reason, text);
      save(commit, []);
    },

    supersede(commit, names, by) {
      const touched = supersedeStacks(commit, names, by, rows);
      if (touched.length > 0) settle(commit, touched);
    },

    passOver(newest) {
      for (const sha of [...commits.keys()]) {
        if (sha === newest) return;
        passed(sha, newest);
      }
    },

    endOthers(newest) {
      const others = store
        .pendingChecks()
        .filter(({ sha, context }) => sha !== newest && rows.isOfBranch(context))
        .map((row) => rows.supersede(row, newest));
      if (others.length === 0) return;
      store.saveChecks(others);
      options.owed();
    },
  };
}

/** Those of `names` of which more could still be said; returns them. */
function supersedeStacks(
  { stacks }: FollowedCommit,
  names: Iterable<string>,
  by: string,
  rows: CheckRows,
): readonly FollowedStack[] {
  const touched: FollowedStack[] = [];
  for (const name of names) {
    const stack = stacks.get(name);
    if (stack === undefined || isLast(stack.row.reason)) continue;
    const { state, description } = stack.row;
    // What was wrong is still to be read there after it was corrected.
    const before = state === "failure" ? `; before: ${description}` : "";
    stack.row = rows.supersede(stack.row, by, before);
    touched.push(stack);
  }
  return touched;
}

/** The stacks that are pending; returns them. */
function endPending(
  { stacks }: FollowedCommit,
  by: string,
  rows: CheckRows,
): readonly FollowedStack[] {
  const touched = [...stacks.values()].filter(({ row }) => row.state === "pending");
  for (const stack of touched) stack.row = rows.supersede(stack.row, by, " and many others");
  return touched;
}
