// What the check of one stack says: when its commit is read, and when a run of it ended. Pure, but for the
// clock behind `CheckRows`.
import type { CheckRow } from "../../model/checks.ts";
import type { Plan } from "../../model/plan.ts";
import { firstOf, problemLine } from "../../plan/render/words.ts";
import type { RunEnd } from "../order/order.ts";
import type { Loaded } from "../state/desired-state.ts";
import { withheld } from "../state/withheld.ts";
import type { CheckRows } from "./check-rows.ts";
import { planChange } from "./plan-change.ts";
import { isLast, wordsOf } from "./words.ts";

export interface StackWords {
  readonly row: CheckRow;
  /** The host is to hear of the stack, when it has not yet. */
  readonly isShown: boolean;
}

export interface FirstWords extends StackWords {
  readonly name: string;
  /** Something was said of it already, when the commit was read before. */
  readonly isTold: boolean;
}

export interface ReadCommit {
  readonly sha: string;
  readonly manifests: Pick<Loaded["manifests"], "problems" | "outages" | "brokenStacks">;
  /** Stacks that it touched; all of them when it is the first that this process reads. */
  readonly changed: readonly string[];
  readonly isFirst: boolean;
  /** What the store has of it. */
  readonly saved: readonly CheckRow[];
  /** Its own check had ended before it was read now: what was said of it stays said. */
  readonly hasEnded: boolean;
}

/** What is said of each stack at once, in the order in which the host hears of them. */
export function firstWords(read: ReadCommit, rows: CheckRows): readonly FirstWords[] {
  const saved = new Map(read.saved.map((row) => [row.context, row]));
  const removals = read.isFirst ? [...saved.values()] : [];
  return [
    ...removals.flatMap((row) => wordsOfRemoval(read, row, rows) ?? []),
    ...read.changed.flatMap(
      (name) => wordsOfChanged(read, name, saved.get(rows.contextOf(name)), rows) ?? [],
    ),
  ];
}

/** A removal that an earlier process began to tell of: no stack of that name is among those that changed. */
function wordsOfRemoval(read: ReadCommit, kept: CheckRow, rows: CheckRows): FirstWords | null {
  const { stack: name } = kept;
  if (name === null || read.changed.includes(name) || isLast(kept.reason)) return null;
  const words = "no longer in Git; what is left of it is not known after a restart";
  const row = kept.state === "pending" ? rows.say(kept, "left", words) : kept;
  return { name, row, isTold: true, isShown: false };
}

function wordsOfChanged(
  read: ReadCommit,
  name: string,
  kept: CheckRow | undefined,
  rows: CheckRows,
): FirstWords | null {
  const { isFirst, manifests } = read;
  // One that was superseded is wanted again: the branch was set back to this commit.
  if (kept !== undefined && isLast(kept.reason) && kept.reason !== "superseded") return null;
  if (isFirst && kept === undefined && read.hasEnded) return null;
  const row = kept ?? rows.begin(read.sha, name);
  const isTold = kept !== undefined;
  if (isTold && kept.reason !== "superseded") return { name, row, isTold, isShown: false };
  // What waits for a source of secrets is told by its run.
  if (manifests.brokenStacks.has(name) && withheld(manifests, name) === null) {
    const words = brokenWords(manifests, name);
    return { name, row: rows.say(row, "problem", words), isTold, isShown: true };
  }
  const queued = rows.say({ ...row, change: null }, "queued", "queued");
  return { name, row: queued, isTold, isShown: !isFirst };
}

function brokenWords({ problems }: ReadCommit["manifests"], name: string): string {
  const own = problems.filter(({ stack }) => stack === name);
  const [first] = own;
  if (first === undefined) return "its manifest has a problem";
  return firstOf(own.length, problemLine(first));
}

/** `plan`: what the run had to do; null when nothing was planned. */
export function wordsAfterRun(
  before: CheckRow,
  judged: RunEnd,
  plan: Plan | null,
  rows: CheckRows,
): StackWords {
  const planned = planChange(plan);
  const isChange = planned !== null && planned !== "unchanged";
  // What was created goes on to be changed until it is whole.
  const change = before.change ?? (isChange ? planned : null);
  const { reason, description } = wordsOf(judged.outcome, judged.ready, judged.message);
  const row =
    reason === "healthy" && change === null
      ? rows.say(
          { ...before, change: "unchanged" },
          "unchanged",
          "nothing to do: in sync and healthy",
        )
      : rows.say({ ...before, change }, reason, description);
  return { row, isShown: isChange || row.state === "failure" };
}
