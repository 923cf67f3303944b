// A plan for programs. Every field is named here one by one: actions carry whole configurations, and
// what may be secret in those must never come along.
import type { Cause } from "../../model/cause.ts";
import type { Problem } from "../../model/desired.ts";
import type { ApprovalWay, Hold, Removal } from "../../model/hold.ts";
import type { Action, FieldChange, Note, Plan, Risk } from "../../model/plan.ts";
import type { PolicyChange, PolicyChanges } from "../../model/policy-changes.ts";
import { causeText } from "../cause-words.ts";
import { holdReason, holdText } from "../hold-words.ts";
import type { AccessView } from "./host-access.ts";
import { renderSummary } from "./line.ts";
import { actionTitle } from "./words.ts";
import { stackView, summarise } from "./view.ts";
import type { OrphanView, PlanDocument, StackChange, Summary } from "./view.ts";

export interface ActionJson {
  readonly type: Action["type"];
  readonly title: string;
  /** The service's key (`app/web`, `app/web@staging`); null for what is not of a service. */
  readonly service: string | null;
  readonly reason: string;
  readonly cause: Cause;
  readonly risk: Risk;
  readonly changes: readonly FieldChange[];
}

export interface StackJson {
  readonly name: string;
  readonly change: StackChange;
  readonly conflict: string | null;
  readonly actions: readonly ActionJson[];
  readonly notes: readonly Note[];
  /** What it newly lets reach the host. */
  readonly hostAccess: readonly AccessView[];
}

export interface ProblemJson {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint: string | null;
  readonly stack: string | null;
}

/** Removals that wait: exactly what would go. */
export interface HoldJson {
  /** Null: no approval helps. */
  readonly digest: string | null;
  readonly reason: string;
  readonly removals: readonly Removal[];
}

export interface PlanJson {
  readonly revision: string;
  readonly title: string;
  readonly line: string;
  readonly summary: Summary;
  readonly stacks: readonly StackJson[];
  readonly problems: readonly ProblemJson[];
  /** Why removals wait and what approves them, in words for people. */
  readonly heldPrune: string | null;
  readonly hold: HoldJson | null;
  readonly orphans: readonly OrphanView[];
  /** What changes in the policies; absent: nothing. */
  readonly policies?: PolicyChangesJson;
}

export interface PolicyChangesJson {
  readonly changes: readonly PolicyChange[];
  readonly forbids: readonly ProblemJson[];
  readonly allows: readonly string[];
  readonly unjudged: readonly string[];
}

function policiesJson({ policies, forbids, allows, unjudged }: PolicyChanges): PolicyChangesJson {
  const changes = policies.map(({ name, file, change }) => ({ name, file, change }));
  return { changes, forbids: forbids.map(problemJson), allows, unjudged };
}

function actionJson(action: Action): ActionJson {
  return {
    type: action.type,
    title: actionTitle(action),
    service: "service" in action ? action.service : null,
    reason: causeText(action.cause),
    cause: action.cause,
    risk: action.risk,
    changes: action.changes.map(({ path, was, is }) => ({ path, was, is })),
  };
}

function stackJson(plan: Plan): StackJson {
  const { change, access } = stackView(plan);
  return {
    name: plan.stack,
    change,
    conflict: plan.conflict,
    actions: plan.actions.map(actionJson),
    notes: plan.notes.map(({ kind, message }) => ({ kind, message })),
    hostAccess: access.map(({ service, part, reaches }) => ({ service, part, reaches })),
  };
}

export function problemJson(problem: Problem): ProblemJson {
  const { place, message, hint, stack } = problem;
  return { file: place.file, line: place.line, column: place.column, message, hint, stack };
}

export function holdJson({ digest, reason, removals }: Hold): HoldJson {
  return {
    digest,
    reason: holdReason(reason),
    removals: removals.map(({ stack, resources }) => ({
      stack,
      resources: resources.map(({ kind, id, name }) => ({ kind, id, name })),
    })),
  };
}

export function renderJson(document: PlanDocument, way: ApprovalWay = "apply"): PlanJson {
  const { heldPrune, policyChanges = null } = document;
  const summary = summarise(document);
  return {
    revision: document.revision,
    title: document.revisionTitle,
    line: renderSummary(summary),
    summary,
    stacks: document.plans.map(stackJson),
    problems: document.problems.map(problemJson),
    heldPrune: heldPrune === null ? null : holdText(heldPrune, way),
    hold: heldPrune === null ? null : holdJson(heldPrune),
    orphans: (document.orphans ?? []).map(({ appName, command }) => ({ appName, command })),
    ...(policyChanges === null ? {} : { policies: policiesJson(policyChanges) }),
  };
}
