// Takes secrets out of a proposal's texts before they are laid out: what is escaped for Markdown, or broken
// into lines, would not be recognised as a secret any more (P5). Pure.
import { mapTexts } from "../../lib/map-texts.ts";
import { vocabulary } from "../../model/event-data.ts";
import type { Problem } from "../../model/desired.ts";
import type { FieldChange, Plan } from "../../model/plan.ts";
import type { PolicyChanges } from "../../model/policy-changes.ts";
import type { ProposalPlan } from "../reader/plan-sets.ts";

/** What an approval goes by. */
const holdWords: ReadonlySet<string> = new Set(["digest", "kind", "id", "stack"]);

type Redact = (text: string) => string;

function maskedOrNull(text: string | null, redact: Redact): string | null {
  return text === null ? null : redact(text);
}

function maskedProblem(problem: Problem, redact: Redact): Problem {
  const { message, hint, place } = problem;
  return {
    ...problem,
    place: { ...place, file: redact(place.file) },
    message: redact(message),
    hint: maskedOrNull(hint, redact),
  };
}

function maskedChange(change: FieldChange, redact: Redact): FieldChange {
  const { path, was, is } = change;
  return {
    ...change,
    path: redact(path),
    was: maskedOrNull(was, redact),
    is: maskedOrNull(is, redact),
  };
}

function maskedPlan(plan: Plan, redact: Redact): Plan {
  return {
    ...plan,
    actions: plan.actions.map((action) => ({
      ...action,
      cause: mapTexts(action.cause, redact, vocabulary),
      changes: action.changes.map((change) => maskedChange(change, redact)),
    })),
    notes: plan.notes.map((note) => ({ ...note, message: redact(note.message) })),
    conflict: maskedOrNull(plan.conflict, redact),
  };
}

function maskedPolicies(changes: PolicyChanges | null, redact: Redact): PolicyChanges | null {
  if (changes === null) return null;
  const { policies, forbids } = changes;
  return {
    ...changes,
    policies: policies.map((one) => ({ ...one, name: redact(one.name), file: redact(one.file) })),
    forbids: forbids.map((problem) => maskedProblem(problem, redact)),
  };
}

/** What people are shown of it; names of stacks and services stay, as Git has no secrets in them. */
export function maskedProposal(proposal: ProposalPlan, redact: Redact): ProposalPlan {
  return {
    ...proposal,
    revisionTitle: redact(proposal.revisionTitle),
    plans: proposal.plans.map((plan) => maskedPlan(plan, redact)),
    problems: proposal.problems.map((problem) => maskedProblem(problem, redact)),
    newProblems: proposal.newProblems.map((problem) => maskedProblem(problem, redact)),
    policyChanges: maskedPolicies(proposal.policyChanges ?? null, redact),
    heldPrune: mapTexts(proposal.heldPrune, redact, holdWords),
  };
}
