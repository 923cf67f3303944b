// One commit of the branch while its checks are open: what it says as a whole, and of each stack that it
// touched. The host hears of a bounded number of stacks; `rowsToSave` hands each debt to the store once.
import type { CheckRow } from "../../model/checks.ts";
import type { Problem } from "../../model/desired.ts";
import { summariseCommit } from "./commit-summary.ts";
import type { Said } from "./commit-summary.ts";
import { isLast } from "./words.ts";

/** More are told in the commit's own check and on its page. */
export const stackChecksPerCommit = 20;

export interface FollowedStack {
  row: CheckRow;
  /** Runs of what was loaded earlier say nothing of this commit. */
  readonly sequence: number;
  /**
   * `silent`: whether the commit touched it is not known, and nothing had to be done so far. `beyond`: the
   * host has enough checks of this commit; its page shows this one too.
   */
  shown: "told" | "beyond" | "silent";
}

export interface FollowedCommit {
  readonly sha: string;
  own: CheckRow;
  readonly stacks: Map<string, FollowedStack>;
  /** Mistakes that it brought and that belong to no stack. */
  problems: readonly Problem[];
  olderProblems: number;
  /** Stacks in Git at this commit. */
  total: number;
  /** Stacks that asked for a place among the checks that the host hears. */
  told: number;
  isLoaded: boolean;
}

export function newCommit(sha: string, own: CheckRow): FollowedCommit {
  const nothing = { problems: [], olderProblems: 0, total: 0, told: 0, isLoaded: false };
  return { sha, own, stacks: new Map(), ...nothing };
}

/** `isTold`: it was said of before and has its place. */
export function addStack(
  commit: FollowedCommit,
  { row, isTold }: { readonly row: CheckRow; readonly isTold: boolean },
  at: { readonly name: string; readonly sequence: number },
): FollowedStack {
  const { name, sequence } = at;
  const stack: FollowedStack = { row, sequence, shown: isTold ? "told" : "silent" };
  if (isTold) commit.told += 1;
  commit.stacks.set(name, stack);
  return stack;
}

/** Gives a silent stack a place among the checks of the commit, as long as there are some. */
export function showStack(commit: FollowedCommit, stack: FollowedStack): void {
  if (stack.shown !== "silent") return;
  stack.shown = commit.told < stackChecksPerCommit ? "told" : "beyond";
  commit.told += 1;
  stack.row = { ...stack.row, owed: true };
}

/** What its stacks say together. */
export function summaryOf(commit: FollowedCommit): Said {
  const { problems, olderProblems, total } = commit;
  return summariseCommit({ rows: rowsOf(commit), problems, olderProblems, stacks: total });
}

/** Nothing is left to say of it. */
export function isOver(commit: FollowedCommit): boolean {
  return rowsOf(commit).every(({ reason }) => isLast(reason)) && commit.own.state !== "pending";
}

/** It was seen, and waits to be read. */
export function isUnread({ isLoaded, own }: FollowedCommit): boolean {
  return !isLoaded && own.state === "pending";
}

/** Its own row and those of `touched`, without the silent ones; of those beyond the bound nothing is owed. */
export function rowsToSave(
  commit: FollowedCommit,
  touched: readonly FollowedStack[],
): readonly CheckRow[] {
  const shown = touched.filter((stack) => stack.shown !== "silent");
  return [
    commit.own,
    ...shown.map((stack) => (stack.shown === "told" ? stack.row : { ...stack.row, owed: false })),
  ];
}

/** They are in the store, which knows from here on what is owed. */
export function wasSaved(commit: FollowedCommit, touched: readonly FollowedStack[]): void {
  commit.own = { ...commit.own, owed: false };
  for (const stack of touched) stack.row = { ...stack.row, owed: false };
}

function rowsOf({ stacks }: FollowedCommit): readonly CheckRow[] {
  return [...stacks.values()].map(({ row }) => row);
}
