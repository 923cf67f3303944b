// The one comment of a pull request, and what its check says. Pure; bounded; secrets are masked in the plan
// already.
import type { CheckReason } from "../../model/checks.ts";
import type { PullRequest } from "../../model/forge.ts";
import { policySummary } from "../../plan/policy-words.ts";
import { renderMarkdown } from "../../plan/render/markdown.ts";
import { renderSummary } from "../../plan/render/line.ts";
import { summarise } from "../../plan/render/view.ts";
import { firstOf, plural, problemLine } from "../../plan/render/words.ts";
import type { ProposalPlan } from "../reader/plan-sets.ts";
import type { CommentWords } from "./plan-comments.ts";
import { withoutPreviewPart } from "./preview-words.ts";

export interface PullPlan {
  readonly reason: CheckReason;
  /** One line for the check. */
  readonly description: string;
  /** Null: nothing that is worth a comment. */
  readonly comment: string | null;
}

/** Hosts refuse comments of 64 KiB and more. */
const maxCharacters = 55_000;
/** Before the words, so that Capstan finds its own comment again, and what it is about. */
const markerPattern = /^<!-- capstan:plan instance=(\S+) head=[0-9a-f]+ base=[0-9a-f]+ -->/;

/** The instance whose comment it is; null when it is no comment of Capstan's. */
function instanceOf(body: string): string | null {
  return markerPattern.exec(body.trimStart())?.[1] ?? null;
}

function markerLine(instance: string, { headSha }: PullRequest, base: string): string {
  return `<!-- capstan:plan instance=${instance} head=${headSha} base=${base} -->`;
}

/** What the pull request would do, once it is merged into `base`. */
export function pullPlan(
  pull: PullRequest,
  plan: ProposalPlan,
  facts: { readonly instance: string; readonly base: string; readonly merged: boolean },
): PullPlan {
  const marker = markerLine(facts.instance, pull, facts.base);
  const { newProblems, touched } = plan;
  const summary = renderSummary(summarise({ ...plan, problems: newProblems }));
  const notes = notesOf(pull, plan, facts.merged);
  const said = judge(pull, plan, facts.merged, summary);
  const { policyChanges = null } = plan;
  const isNothing = touched.length === 0 && newProblems.length === 0 && policyChanges === null;
  if (isNothing && facts.merged) {
    return { ...said, comment: null };
  }
  const body = renderMarkdown(
    { ...plan, problems: newProblems },
    { maxCharacters, approval: "run" },
  );
  const footer = notes.length === 0 ? "" : `\n${notes.map((note) => `- ${note}`).join("\n")}\n`;
  return { ...said, comment: `${marker}\n${body}${footer}` };
}

function judge(
  pull: PullRequest,
  { newProblems, touched, plans, withSecrets, policyChanges = null }: ProposalPlan,
  merged: boolean,
  summary: string,
): Omit<PullPlan, "comment"> {
  const [problem] = newProblems;
  if (problem !== undefined && !withSecrets) {
    // A check's words are masked on their way: its author's own may not be among them.
    const found = plural(newProblems.length, "problem");
    return { reason: "problem", description: `${found}: the comment shows where` };
  }
  if (problem !== undefined) {
    return { reason: "problem", description: firstOf(newProblems.length, problemLine(problem)) };
  }
  if (!merged) {
    const description = `it conflicts with ${pull.baseBranch}: merge or rebase first`;
    return { reason: "problem", description };
  }
  const conflict = plans.find((plan) => touched.includes(plan.stack) && plan.conflict !== null);
  if (conflict !== undefined) {
    return { reason: "problem", description: `${conflict.stack}: ${conflict.conflict ?? ""}` };
  }
  if (policyChanges !== null) {
    const rules = policySummary(policyChanges);
    const description = touched.length === 0 ? rules : `${rules}; ${summary}`;
    return { reason: "planned", description };
  }
  if (touched.length === 0) {
    return { reason: "planned", description: "nothing to do: it touches no stack" };
  }
  return { reason: "planned", description: summary };
}

function notesOf(pull: PullRequest, plan: ProposalPlan, merged: boolean): readonly string[] {
  const notes: string[] = [];
  if (!merged) {
    notes.push(
      `It conflicts with \`${pull.baseBranch}\`: this is the plan of its head alone, and it cannot be merged as it is.`,
    );
  }
  if (!plan.withSecrets) {
    notes.push(
      "It comes from a fork, so this compares manifests in Git alone: no secret was read, nothing was asked of the server, and no values are shown.",
    );
  }
  if (plan.heldPrune !== null) {
    notes.push(
      "Its removals wait until somebody with write access comments the command above, now or after the merge, or runs it then.",
    );
  }
  const older = plan.problems.length - plan.newProblems.length;
  if (older > 0) notes.push(`${plural(older, "problem")} of the branch itself are not shown.`);
  return notes;
}

/** What stands in the comment of a pull request that touches no stack any more. */
export function emptyComment(instance: string, pull: PullRequest, base: string): string {
  return `${markerLine(instance, pull, base)}\n## Capstan: nothing to do\n\nAs it is now, this pull request touches no stack.\n`;
}

const endings: Readonly<Record<PullRequest["state"], string>> = {
  merged: "Merged: the checks of the commit show the result. This was the plan before the merge.",
  closed: "Closed without a merge: nothing of this plan was carried out.",
  open: "It targets another branch now, which Capstan does not follow. This was the plan before.",
};

/** What stands in the comment once the pull request is over, or, still open, not for this branch any more. */
function closedComment(body: string, pull: PullRequest): string {
  const [marker = "", ...rest] = withoutPreviewPart(body).split("\n");
  // Beside the marker, so that it is known by more than its words.
  const over = `<!-- capstan:over ${pull.state} -->`;
  if (marker.includes(over)) return body;
  return `${marker} ${over}\n> ${endings[pull.state]}\n\n${rest.join("\n")}`;
}

export const planWords: CommentWords = { instanceOf, closed: closedComment };
