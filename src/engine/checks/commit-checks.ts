// The checks of the commits of the branch: one for the commit and one for each stack that it touched (P1).
// Every one that is begun comes to an end: what a newer commit touches again is superseded.
import type { Clock } from "../../lib/clock.ts";
import { clockTime } from "../../lib/duration.ts";
import type { CheckReason, CheckRow } from "../../model/checks.ts";
import type { Problem } from "../../model/desired.ts";
import type { Plan } from "../../model/plan.ts";
import { firstOf, problemKey, problemLine, shortRevision } from "../../plan/render/words.ts";
import type { CheckStore } from "../../ports-forge.ts";
import type { Loaded } from "../state/desired-state.ts";
import type { Judged } from "../order/order.ts";
import { planChange } from "./plan-change.ts";
import { summariseCommit } from "./commit-summary.ts";
import { contextOf, isLast, stateOf, wordsOf } from "./words.ts";

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
  readonly ended: (stack: string, judged: Judged, plan: Plan | null) => void;
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

/** More are told in the commit's own check and on its page. */
export const stackChecksPerCommit = 20;
/** Of what goes on, the host hears what keeps it from its end. */
const pendingNews: ReadonlySet<CheckReason> = new Set(["platform", "unread"]);
/** What failed in older ones stays as it was said. */
const commitsFollowed = 50;

interface Stack {
  row: CheckRow;
  /** Runs of what was loaded earlier say nothing of this commit. */
  readonly sequence: number;
  /**
   * `silent`: whether the commit touched it is not known, and nothing had to be done so far. `beyond`: the
   * host has enough checks of this commit; its page shows this one too.
   */
  shown: "told" | "beyond" | "silent";
}

interface Commit {
  readonly sha: string;
  own: CheckRow;
  readonly stacks: Map<string, Stack>;
  problems: readonly Problem[];
  olderProblems: number;
  total: number;
  told: number;
  isLoaded: boolean;
}

export function createCommitChecks(options: CommitChecksOptions): CommitChecks {
  const { store, clock } = options;
  const commits = new Map<string, Commit>();
  let isFirstLoad = true;
  /** Since when Git cannot be read, and why; null while it can. */
  let unread: { readonly sinceMs: number; readonly why: string } | null = null;
  let knownProblems: ReadonlySet<string> = new Set();
  const ownContext = contextOf(options.instance, "reconcile");

  function newRow(sha: string, stack: string | null, context: string): CheckRow {
    const said = { reason: "seen", state: stateOf.seen, description: "" } as const;
    return { sha, context, stack, ...said, change: null, atMs: clock.now(), owed: false };
  }

  /** The row with what is said now; owed to the host when that is another state than it knows. */
  function said(row: CheckRow, reason: CheckReason, text: string): CheckRow {
    const state = stateOf[reason];
    const description = options.redact(text);
    const isTold = state !== "pending" || pendingNews.has(reason);
    const isNews = state !== row.state || (isTold && reason !== row.reason);
    return { ...row, reason, state, description, atMs: clock.now(), owed: row.owed || isNews };
  }

  /** A place among the checks of the commit, as long as there are some. */
  function show(commit: Commit, stack: Stack): void {
    if (stack.shown !== "silent") return;
    stack.shown = commit.told < stackChecksPerCommit ? "told" : "beyond";
    commit.told += 1;
    stack.row = { ...stack.row, owed: true };
  }

  function save(commit: Commit, touched: readonly Stack[]): void {
    const rows: CheckRow[] = [commit.own];
    for (const { row, shown } of touched) {
      if (shown !== "silent") rows.push(shown === "told" ? row : { ...row, owed: false });
    }
    store.saveChecks(rows);
    // From here on the store knows what is owed.
    commit.own = { ...commit.own, owed: false };
    for (const stack of touched) stack.row = { ...stack.row, owed: false };
    if (rows.some(({ owed }) => owed)) options.owed();
  }

  /** What its stacks say together; forgotten when nothing is left to say. */
  function settle(commit: Commit, touched: readonly Stack[]): void {
    const rows = [...commit.stacks.values()].map(({ row }) => row);
    const { reason, description } = summariseCommit({
      rows,
      problems: commit.problems,
      olderProblems: commit.olderProblems,
      stacks: commit.total,
    });
    commit.own = said(commit.own, reason, description);
    save(commit, touched);
    const isOver = rows.every((row) => isLast(row.reason)) && commit.own.state !== "pending";
    if (isOver) commits.delete(commit.sha);
  }

  /** Null for a commit of which all was said already; one that was passed over is begun again when it is read. */
  function begin(sha: string, isRead: boolean): Commit | null {
    const known = commits.get(sha);
    if (known !== undefined) return known;
    const rows = store.checks(sha);
    const own = rows.find(({ context }) => context === ownContext);
    const isOver = own?.state !== "pending" && rows.every((row) => isLast(row.reason));
    const isRevived = isRead && own?.reason === "superseded";
    if (own !== undefined && isOver && !isRevived) return null;
    const commit: Commit = {
      sha,
      own: own ?? newRow(sha, null, ownContext),
      stacks: new Map(),
      problems: [],
      olderProblems: 0,
      total: 0,
      told: 0,
      isLoaded: false,
    };
    commits.set(sha, commit);
    for (const oldest of [...commits.values()]) {
      if (commits.size <= commitsFollowed) break;
      leave(oldest, sha);
    }
    if (own === undefined || isRevived) {
      commit.own = { ...said(commit.own, "seen", "reading this commit"), owed: true };
      if (!isRead) sayUnread(commit);
      save(commit, []);
    }
    return commit;
  }

  function sayUnread(commit: Commit): void {
    if (unread === null) return;
    const words = `Git cannot be read since ${clockTime(unread.sinceMs)}: ${unread.why}`;
    commit.own = said(commit.own, "unread", words);
  }

  /** Of commits that were seen and wait to be read. */
  function waiting(): readonly Commit[] {
    return [...commits.values()].filter(
      ({ isLoaded, own }) => !isLoaded && own.state === "pending",
    );
  }

  function gitFailed(why: string): void {
    unread = { sinceMs: unread?.sinceMs ?? clock.now(), why };
    for (const commit of waiting()) {
      sayUnread(commit);
      save(commit, []);
    }
  }

  /** Git can be read again: those that the branch has left by now would wait for ever. */
  function gitRead(newest: string | null): void {
    if (unread === null) return;
    unread = null;
    for (const commit of waiting()) {
      if (newest !== null && commit.own.reason === "unread") passed(commit.sha, newest);
    }
  }

  /** It is not followed any more: what is still open of it ends here. */
  function leave(commit: Commit, by: string): void {
    commits.delete(commit.sha);
    const isOpen = (row: CheckRow): boolean => row.state === "pending";
    const touched = [...commit.stacks.values()].filter(({ row }) => isOpen(row));
    const words = `superseded by ${shortRevision(by)} and many others`;
    for (const stack of touched) stack.row = said(stack.row, "superseded", words);
    if (isOpen(commit.own)) commit.own = said(commit.own, "superseded", words);
    else if (touched.length === 0) return;
    save(commit, touched);
  }

  function supersede(commit: Commit, names: Iterable<string>, by: string): void {
    const touched: Stack[] = [];
    for (const name of names) {
      const stack = commit.stacks.get(name);
      if (stack === undefined || isLast(stack.row.reason)) continue;
      const { state, description } = stack.row;
      // What was wrong is still to be read there after it was corrected.
      const before = state === "failure" ? `; before: ${description}` : "";
      stack.row = said(stack.row, "superseded", `superseded by ${shortRevision(by)}${before}`);
      touched.push(stack);
    }
    if (touched.length > 0) settle(commit, touched);
  }

  function passed(sha: string, newest: string): void {
    const commit = commits.get(sha);
    if (commit === undefined || sha === newest || commit.isLoaded) return;
    commit.own = said(commit.own, "superseded", `superseded by ${shortRevision(newest)}`);
    save(commit, []);
    commits.delete(sha);
  }

  /** What was seen before it and not read; what was seen after it may still come. */
  function passOver(newest: string): void {
    for (const sha of [...commits.keys()]) {
      if (sha === newest) return;
      passed(sha, newest);
    }
  }

  /** What earlier processes left open: the newest commit has taken over. */
  function endOthers(newest: string): void {
    const rows = store
      .pendingChecks()
      .filter(({ sha }) => sha !== newest)
      .filter(({ context }) => context === ownContext || context.startsWith(stackContext("")))
      .map((row) => said(row, "superseded", `superseded by ${shortRevision(newest)}`));
    if (rows.length === 0) return;
    store.saveChecks(rows);
    options.owed();
  }

  function stackContext(name: string): string {
    return contextOf(options.instance, `stack/${name}`);
  }

  function brokenWords({ manifests }: Loaded, name: string): string {
    const own = manifests.problems.filter(({ stack }) => stack === name);
    const [first] = own;
    if (first === undefined) return "its manifest has a problem";
    return firstOf(own.length, problemLine(first));
  }

  return {
    seen(sha) {
      begin(sha, false);
    },

    passed,

    looked(failing, newest) {
      if (failing === null) gitRead(newest);
      else gitFailed(failing);
    },

    loaded(loaded, changed) {
      const { manifests, byName, sequence } = loaded;
      const sha = loaded.revision.id;
      const isFirst = isFirstLoad;
      const commit = begin(sha, true);
      passOver(sha);
      if (isFirst) endOthers(sha);
      isFirstLoad = false;
      const problemsNow = new Set(manifests.problems.map(problemKey));
      const before = knownProblems;
      knownProblems = problemsNow;
      for (const other of [...commits.values()]) {
        if (other.sha !== sha) supersede(other, changed, sha);
      }
      if (commit === null) return;
      commit.isLoaded = true;
      commit.total = byName.size + manifests.brokenStacks.size;
      const isNew = (problem: Problem): boolean => isFirst || !before.has(problemKey(problem));
      commit.problems = manifests.problems.filter(
        (problem) => problem.stack === null && isNew(problem),
      );
      commit.olderProblems = manifests.problems.filter((problem) => !isNew(problem)).length;
      // What an earlier process said of this commit stays said.
      const isTold = commit.own.state !== "pending";
      const saved = new Map(store.checks(sha).map((row) => [row.context, row]));
      const touched: Stack[] = [];
      // A removal that an earlier process began to tell of: no stack of that name is among those that changed.
      for (const kept of isFirst ? saved.values() : []) {
        const { stack: name } = kept;
        if (name === null || changed.includes(name) || isLast(kept.reason)) continue;
        const words = "no longer in Git; what is left of it is not known after a restart";
        const row = kept.state === "pending" ? said(kept, "left", words) : kept;
        const stack: Stack = { row, sequence, shown: "told" };
        commit.told += 1;
        commit.stacks.set(name, stack);
        touched.push(stack);
      }
      for (const name of changed) {
        const context = stackContext(name);
        const kept = saved.get(context);
        // One that was superseded is wanted again: the branch was set back to this commit.
        if (kept !== undefined && isLast(kept.reason) && kept.reason !== "superseded") continue;
        if (isFirst && kept === undefined && isTold) continue;
        const stack: Stack = {
          row: kept ?? newRow(sha, name, context),
          sequence,
          shown: kept === undefined ? "silent" : "told",
        };
        if (kept !== undefined) commit.told += 1;
        const isNews = kept === undefined || kept.reason === "superseded";
        if (isNews && manifests.brokenStacks.has(name)) {
          stack.row = said(stack.row, "problem", brokenWords(loaded, name));
          show(commit, stack);
        } else if (isNews) {
          stack.row = said({ ...stack.row, change: null }, "queued", "queued");
          if (!isFirst) show(commit, stack);
        }
        commit.stacks.set(name, stack);
        touched.push(stack);
      }
      settle(commit, touched);
    },

    ended(name, judged, plan) {
      for (const commit of [...commits.values()]) {
        const stack = commit.stacks.get(name);
        if (stack === undefined || judged.sequence < stack.sequence) continue;
        if (isLast(stack.row.reason)) continue;
        const change = planChange(plan);
        const isChange = change !== null && change !== "unchanged";
        // What was created goes on to be changed until it is whole.
        if (isChange) stack.row = { ...stack.row, change: stack.row.change ?? change };
        const { reason, description } = wordsOf(judged.outcome, judged.ready, judged.message);
        if (reason === "healthy" && stack.row.change === null) {
          stack.row = said(
            { ...stack.row, change: "unchanged" },
            "unchanged",
            "nothing to do: in sync and healthy",
          );
        } else {
          stack.row = said(stack.row, reason, description);
        }
        if (isChange || stack.row.state === "failure") show(commit, stack);
        settle(commit, [stack]);
      }
    },
  };
}
