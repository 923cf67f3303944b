// A plan as people look at it: what happens to the project, to each environment and to each service,
// with the fields that change. The renderers for terminal and Markdown only lay this out.
import { rootOf } from "../../model/fields.ts";
import type { Hold } from "../../model/hold.ts";
import type { Problem } from "../../model/desired.ts";
import type { Action, FieldChange, Plan, Risk } from "../../model/plan.ts";
import type { PolicyChanges } from "../../model/policy-changes.ts";
import { isJobKey } from "../../model/rollout-job.ts";
import { causeText } from "../cause-words.ts";
import { accessViews } from "./host-access.ts";
import type { AccessView } from "./host-access.ts";
import { childTitle, fieldTitle, oneLineOf, recordTitle, sentence, serviceTitle } from "./words.ts";

/** The plans of one revision; what the engine calls a plan set. */
export interface PlanDocument {
  readonly revision: string;
  readonly revisionTitle: string;
  readonly plans: readonly Plan[];
  readonly problems: readonly Problem[];
  readonly heldPrune: Hold | null;
  /** What changes in the policies by which stacks are judged; absent or null: nothing. */
  readonly policyChanges?: PolicyChanges | null;
  /** What Capstan made and nobody has any more (O10); absent: not looked for. */
  readonly orphans?: readonly OrphanView[];
}

export interface OrphanView {
  readonly appName: string;
  /** Removes it, on a manager of the swarm. */
  readonly command: string;
}

export interface FieldView {
  readonly title: string;
  readonly was: string | null;
  readonly is: string | null;
}

/** `replace`: it goes where it is and is made anew elsewhere; `run`: a job's command, which restarts nothing. */
export type GroupChange = "create" | "change" | "restart" | "replace" | "run" | "delete" | "record";

export interface GroupView {
  /** `web`, `web (staging)`, `project shop`. */
  readonly title: string;
  /** Whether it is about a project or a DNS record: neither can restart. */
  readonly isProject: boolean;
  readonly change: GroupChange;
  readonly risk: Risk;
  /** Null where nothing needs to be said, as for something new. */
  readonly reason: string | null;
  readonly fields: readonly FieldView[];
}

export type StackChange = "created" | "changed" | "removed" | "unchanged" | "conflict";

export interface StackView {
  readonly name: string;
  readonly change: StackChange;
  readonly conflict: string | null;
  readonly groups: readonly GroupView[];
  readonly notes: readonly string[];
  /** Services that restart, those that are made anew elsewhere, and those that go. */
  readonly restarts: number;
  readonly replaces: number;
  readonly deletes: number;
  /** Services that change in a way that may lose their data. */
  readonly losses: number;
  /** What it newly lets reach the host. */
  readonly access: readonly AccessView[];
}

/** Whether a service that stays may lose its data. */
export function losesData({ change, risk }: Pick<GroupView, "change" | "risk">): boolean {
  return (change === "restart" || change === "replace") && risk === "data-loss";
}

const riskOrder: readonly Risk[] = ["none", "restart", "rebuild", "replace", "data-loss"];

export function worstRisk(risks: readonly Risk[]): Risk {
  return risks.reduce<Risk>(
    (worst, risk) => (riskOrder.indexOf(risk) > riskOrder.indexOf(worst) ? risk : worst),
    "none",
  );
}

/** What the actions of one group have in common. */
function groupKey(action: Action): string {
  if ("service" in action) return `service ${action.service}`;
  switch (action.type) {
    case "create-project":
    case "update-project":
      return "project";
    case "delete-project":
      return `project ${action.projectId}`;
    case "create-environment":
    case "delete-environment":
      return `environment ${action.environment}`;
    case "mark":
      return "mark";
    case "create-record":
    case "update-record":
    case "delete-record":
      return `record ${action.host} ${action.recordType}`;
  }
}

function groupTitle(action: Action): string {
  if (action.type === "delete-service") return oneLineOf(serviceTitle(action.service));
  if ("service" in action) return serviceTitle(action.service);
  switch (action.type) {
    case "create-project":
    case "update-project":
    case "delete-project":
      return oneLineOf(`project ${action.name}`);
    case "create-environment":
    case "delete-environment":
      return oneLineOf(`environment ${action.environment}`);
    case "mark":
      return action.cause.kind === "adopted"
        ? "record that it is adopted"
        : "record what was changed";
    case "create-record":
    case "update-record":
    case "delete-record":
      return oneLineOf(recordTitle(action));
  }
}

function groupChange(actions: readonly Action[], risk: Risk): GroupChange {
  for (const { type, cause } of actions) {
    if (type === "delete-service" && cause.kind === "replaced") return "replace";
    if (type === "delete-service" || type === "delete-project" || type === "delete-environment") {
      return "delete";
    }
    if (type === "create-project" || type === "create-environment") return "create";
    if (type === "create-service" || type === "create-record") return "create";
    if (type === "delete-record") return "delete";
    if (type === "mark" || type === "stop-service") return "record";
  }
  const isRun = actions.some((one) => one.type === "rollout" && one.desired.job !== undefined);
  if (isRun) return "run";
  return risk === "none" ? "change" : "restart";
}

/** The first of these in a group says why; children alone need no reason beside their fields. */
const reasonOrder: readonly Action["type"][] = [
  "delete-service",
  "delete-project",
  "delete-environment",
  "move-service",
  "configure-service",
  "rollout",
  "update-project",
  "update-record",
  "delete-record",
];

/**
 * `deployed when cache and db are healthy`; `runs before web` of a job. Null for what waits for nothing, and for what
 * nothing waits for.
 */
function orderText(actions: readonly Action[]): string | null {
  const jobs = actions.flatMap((one) =>
    one.type === "rollout" && one.desired.job !== undefined ? [one.desired.job] : [],
  );
  const [before = null] = jobs.map((one) => `runs before ${serviceTitle(one.before)}`);
  const all = actions.flatMap((one) => ("waitsFor" in one ? (one.waitsFor ?? []) : []));
  const waits = [...new Set(all)];
  const others = waits.filter((key) => !isJobKey(key));
  const verb = others.length === 1 ? "is healthy" : "are healthy";
  const texts = [
    ...(others.length === 0 ? [] : [`${others.map(serviceTitle).join(" and ")} ${verb}`]),
    ...(others.length === waits.length ? [] : ["its job has ended well"]),
  ];
  const after = texts.length === 0 ? null : `deployed when ${texts.join(" and ")}`;
  const said = [before, after].filter((text) => text !== null);
  return said.length === 0 ? null : oneLineOf(said.join(", "));
}

function groupReason(actions: readonly Action[], change: GroupChange): string | null {
  const order = orderText(actions);
  if (change === "create" || change === "record") return order;
  for (const type of reasonOrder) {
    const action = actions.find((candidate) => candidate.type === type);
    if (action === undefined) continue;
    return sentence([causeText(action.cause), ...(order === null ? [] : [order])].join("; "));
  }
  return order;
}

const rootOrder = ["image", "replicas", "domains"];

function fieldRank(path: string): number {
  const index = rootOrder.indexOf(rootOf(path));
  return index === -1 ? rootOrder.length : index;
}

function groupFields(actions: readonly Action[]): readonly FieldView[] {
  const changes = new Map<string, FieldChange>();
  const untold: FieldView[] = [];
  for (const action of actions) {
    for (const change of action.changes) {
      // The title of what is new says its name already.
      if (action.type === "create-project" && change.path === "name") continue;
      if (!changes.has(change.path)) changes.set(change.path, change);
    }
    const isChild = "child" in action;
    if (isChild && action.changes.length === 0) {
      // Two rows of one name, of which one goes: no field differs, so the child stands for itself.
      const gone = action.type === "delete-child";
      const told = gone ? { was: "(one too many)", is: null } : { was: null, is: "(again)" };
      untold.push({ title: oneLineOf(childTitle(action.child)), ...told });
    }
  }
  const sorted = [...changes.values()].sort((a, b) => fieldRank(a.path) - fieldRank(b.path));
  return [
    ...sorted.map(({ path, was, is }) => ({
      title: fieldTitle(path),
      was: was === null ? null : oneLineOf(was),
      is: is === null ? null : oneLineOf(is),
    })),
    ...untold,
  ];
}

function groupView(actions: readonly [Action, ...Action[]]): GroupView {
  const risk = worstRisk(actions.map((action) => action.risk));
  const change = groupChange(actions, risk);
  return {
    title: groupTitle(actions[0]),
    isProject: /-(?:project|record)$/.test(actions[0].type),
    change,
    risk,
    reason: groupReason(actions, change),
    fields: groupFields(actions),
  };
}

function stackChange(plan: Plan): StackChange {
  if (plan.conflict !== null) return "conflict";
  if (plan.actions.length === 0) return "unchanged";
  if (plan.actions.some((action) => action.type === "create-project")) return "created";
  // A project that was made twice goes without risk; one that goes with its data has left Git.
  const leaves = plan.actions.some(
    (action) => action.type === "delete-project" && action.risk === "data-loss",
  );
  return leaves ? "removed" : "changed";
}

/** Whether a service goes for good. */
function isDeletion({ type, cause }: Action): boolean {
  return type === "delete-service" && cause.kind !== "replaced";
}

export function stackView(plan: Plan): StackView {
  const byKey = new Map<string, [Action, ...Action[]]>();
  for (const action of plan.actions) {
    const key = groupKey(action);
    const group = byKey.get(key);
    if (group === undefined) byKey.set(key, [action]);
    else group.push(action);
  }
  // Writing down what was done goes without saying, unless it is all that there is to do.
  const record = byKey.get("mark");
  if (byKey.size > 1 && record?.every(({ changes }) => changes.length === 0) === true) {
    byKey.delete("mark");
  }
  const groups = [...byKey.values()].map(groupView);
  return {
    name: plan.stack,
    change: stackChange(plan),
    conflict: plan.conflict === null ? null : sentence(plan.conflict),
    groups,
    notes: plan.notes.map((note) => sentence(note.message)),
    restarts: groups.filter((group) => group.change === "restart").length,
    replaces: groups.filter((group) => group.change === "replace").length,
    deletes: plan.actions.filter(isDeletion).length,
    losses: groups.filter(losesData).length,
    access: accessViews(plan),
  };
}

export interface Summary {
  readonly created: number;
  readonly changed: number;
  readonly removed: number;
  readonly unchanged: number;
  readonly conflicts: number;
  readonly problems: number;
  readonly restarts: number;
  /** Stacks in which something restarts. */
  readonly restartedStacks: number;
  /** Services that are made anew on another server. */
  readonly replaces: number;
  readonly deletes: number;
  /** Services that change in a way that may lose their data. */
  readonly losses: number;
  /** Services that newly reach the host: a folder, a port, a right. */
  readonly hostAccess: number;
}

export function summarise(document: Pick<PlanDocument, "plans" | "problems">): Summary {
  const views = document.plans.map(stackView);
  const count = (change: StackChange): number =>
    views.filter((view) => view.change === change).length;
  const sum = (of: (view: StackView) => number): number =>
    views.reduce((total, view) => total + of(view), 0);
  return {
    created: count("created"),
    changed: count("changed"),
    removed: count("removed"),
    unchanged: count("unchanged"),
    conflicts: count("conflict"),
    problems: document.problems.length,
    restarts: sum((view) => view.restarts),
    restartedStacks: views.filter(({ restarts }) => restarts > 0).length,
    replaces: sum((view) => view.replaces),
    deletes: sum((view) => view.deletes),
    losses: sum((view) => view.losses),
    hostAccess: sum((view) => new Set(view.access.map(({ service }) => service)).size),
  };
}

/** Whether carrying it out would write anything. */
export function wouldChange(document: Pick<PlanDocument, "plans">): boolean {
  return document.plans.some((plan) => plan.actions.length > 0);
}
