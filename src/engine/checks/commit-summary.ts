// What a commit's own check says, from what became of each stack that it touched. Pure.
import type { Problem } from "../../model/desired.ts";
import type { CheckReason, CheckRow } from "../../model/checks.ts";
import { firstOf, plural, problemLine } from "../../plan/render/words.ts";

export interface CommitFacts {
  /** Of the stacks that the commit touched, sorted by name. */
  readonly rows: readonly CheckRow[];
  /** Mistakes that the commit brought and that belong to none of these stacks. */
  readonly problems: readonly Problem[];
  /** Mistakes that were there before. */
  readonly olderProblems: number;
  /** Stacks in Git at this commit. */
  readonly stacks: number;
}

export interface Said {
  readonly reason: CheckReason;
  readonly description: string;
}

const changes = ["created", "changed", "removed"] as const;

/** `3 created`, `1 changed` */
function counted(rows: readonly CheckRow[]): readonly string[] {
  return changes.flatMap((change) => {
    const count = rows.filter((row) => row.change === change).length;
    return count === 0 ? [] : [`${count} ${change}`];
  });
}

/** `3 created, 1 changed, 16 unchanged`, when nothing is left to do. */
function counts({ rows, stacks }: CommitFacts): string {
  const did = counted(rows);
  const touched = rows.filter(({ change }) => change === "created" || change === "changed").length;
  const unchanged = Math.max(0, stacks - touched);
  if (did.length === 0) return `nothing to do, ${plural(unchanged, "stack")} unchanged`;
  return unchanged === 0 ? did.join(", ") : `${did.join(", ")}, ${unchanged} unchanged`;
}

/** `2 of 3 stacks done: 1 created` */
function partlyDone(done: readonly CheckRow[], touched: number): string {
  const did = counted(done);
  const head = `${done.length} of ${plural(touched, "stack")} done`;
  return did.length === 0 ? head : `${head}: ${did.join(", ")}`;
}

function named(rows: readonly CheckRow[]): string {
  const [first] = rows;
  if (first === undefined) return "";
  return firstOf(rows.length, `${first.stack ?? ""}: ${first.description}`);
}

/** The worst of all comes first; what is said is final when no row is pending. */
export function summariseCommit(facts: CommitFacts): Said {
  const { rows, problems } = facts;
  const of = (state: CheckRow["state"]): readonly CheckRow[] =>
    rows.filter((row) => row.state === state);
  const pending = of("pending");
  const held = pending.filter(({ reason }) => reason === "platform");
  if (held.length > 0) return { reason: "platform", description: named(held) };
  if (pending.length > 0) {
    const description =
      rows.length === 1
        ? named(pending)
        : `${rows.length - pending.length} of ${plural(rows.length, "stack")} done`;
    return { reason: "progressing", description };
  }
  const [problem] = problems;
  if (problem !== undefined) {
    return { reason: "problem", description: firstOf(problems.length, problemLine(problem)) };
  }
  for (const state of ["failure", "attention"] as const) {
    const [first, ...others] = of(state);
    if (first !== undefined) {
      return { reason: first.reason, description: named([first, ...others]) };
    }
  }
  const neutral = of("neutral");
  const [firstNeutral] = neutral;
  const older =
    facts.olderProblems > 0 ? `; ${plural(facts.olderProblems, "problem")} from before` : "";
  if (firstNeutral !== undefined) {
    const done = of("success");
    const did = done.length === 0 ? [] : [partlyDone(done, rows.length)];
    const description = [...did, named(neutral)].join("; ");
    return { reason: firstNeutral.reason, description };
  }
  return { reason: "healthy", description: `${counts(facts)}${older}` };
}
