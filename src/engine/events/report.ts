// Actions and problems as events: what people follow while a run goes on.
import type { Clock } from "../../lib/clock.ts";
import { actionOrder, actionTarget } from "../../plan/action-words.ts";
import { causeText, driftLine } from "../../plan/cause-words.ts";
import { plural, problemLine, shortRevision } from "../../plan/render/words.ts";
import type { Cause } from "../../model/cause.ts";
import type { PolicyChanges } from "../../model/policy-changes.ts";
import { formatWant } from "../../model/marker.ts";
import { previewOf, pullTitle } from "../../model/preview-name.ts";
import type { Loaded } from "../state/desired-state.ts";
import type { StackRecords } from "../memory/stack-records.ts";
import type { EventLog } from "./events.ts";
import type { ActionResult } from "../execution/execute.ts";
import { createToldOnce } from "./told-once.ts";

function reportAction(
  events: EventLog,
  stack: string,
  revision: string | null,
  result: ActionResult,
): void {
  const { action, status } = result;
  const { type, cause, changes } = action;
  const target = actionTarget(action);
  const service = "service" in action ? action.service : null;
  const data = { type, status, service, target, cause };
  if (status === "done" && cause.kind === "drift") {
    const message = `${actionOrder(data)}: ${driftLine(cause, changes)}`;
    events.add({ kind: "drift", level: "warn", stack, revision, message, action: data, changes });
    return;
  }
  const words = {
    done: ` (${causeText(cause)})`,
    failed: `: ${result.message}`,
    "not-executed": isInLine(result) ? ` waits: ${result.message}` : ` not done: ${result.message}`,
  };
  events.add({
    kind: "action",
    level: status === "failed" ? "error" : "info",
    stack,
    revision,
    message: `${actionOrder(data)}${words[status]}`,
    action: data,
  });
}

/** What another rollout goes before is in order, and no failure. */
function isInLine({ action }: ActionResult): boolean {
  return "waitsFor" in action && (action.waitsFor ?? []).length > 0;
}

/** Tells of actions; one that fails at every try, or is left out at each, is told as news alone. */
export function createActionReports(
  events: EventLog,
  clock: Clock,
  records: Pick<StackRecords, "field">,
) {
  const told = createToldOnce(records, "actions told");
  const inLine = records.field<Set<string>>("rollouts in line");

  function isNews(stack: string, { action, status, message }: ActionResult): boolean {
    const subject = `${action.type} ${actionTarget(action)}`;
    const { cause } = action;
    if (status === "done" && cause.kind === "retry" && cause.platform !== undefined) {
      return told.isNews(stack, `again ${subject}`, [cause.platform], clock.now());
    }
    if (status === "done") {
      told.forget(stack, `failed ${subject}`);
      told.forget(stack, `not-executed ${subject}`);
      return true;
    }
    // Why it was left out, the action that failed says.
    const said = status === "failed" ? [message] : [];
    return told.isNews(stack, `${status} ${subject}`, said, clock.now());
  }

  /** What waited in line is begun by a later run, for which it only goes on. */
  function asBegun(stack: string, result: ActionResult, told: Cause): ActionResult {
    const { action, status } = result;
    if (action.type !== "rollout") return result;
    const waiting = inLine.get(stack) ?? new Set();
    inLine.set(stack, waiting);
    const attempt = `${action.service} ${formatWant(action.want)}`;
    if (isInLine(result)) waiting.add(attempt);
    const isItsTurn = status === "done" && waiting.delete(attempt);
    return isItsTurn ? { ...result, action: { ...action, cause: told } } : result;
  }

  return {
    /** `told`: why it was begun, where an earlier run began it. */
    ended(stack: string, revision: string | null, result: ActionResult, told: Cause): void {
      // Of all that waits for the same, the deploy says it.
      const isSaid = isInLine(result) && result.action.type !== "rollout";
      if (isSaid && result.status === "not-executed") return;
      if (isNews(stack, result))
        reportAction(events, stack, revision, asBegun(stack, result, told));
    },
    /** New input, or all is as Git says: what fails then is news. */
    forget: (stack: string) => {
      told.forget(stack);
      inLine.delete(stack);
    },
  };
}

/** A new commit is desired, with the mistakes in it. */
export function reportRevision(
  events: EventLog,
  loaded: Loaded,
  changed: number,
  reason: string,
): void {
  const { id, title } = loaded.revision;
  events.add({
    kind: "revision",
    level: "info",
    stack: null,
    revision: id,
    message: `${shortRevision(id)} ${title}: ${plural(loaded.byName.size, "stack")}, ${changed} changed (${reason})`,
  });
  reportProblems(events, loaded);
}

/** Other rules than before are news for everybody whose stacks they are about. */
export function reportPolicies(
  events: EventLog,
  { revision: { id } }: Loaded,
  changes: PolicyChanges,
): void {
  const by = shortRevision(id);
  for (const { name, file, change } of changes.policies) {
    const was = { added: "new", changed: "changed", removed: "removed", broken: "not readable" };
    const message = `the policy ${name} (${file}) is ${was[change]} since ${by}`;
    const level = change === "added" || change === "changed" ? "info" : "warn";
    events.add({ kind: "note", level, stack: null, revision: id, message });
  }
  for (const stack of changes.unjudged) {
    const message = `no policy judges it any more, since ${by}`;
    events.add({ kind: "note", level: "warn", stack, revision: id, message });
  }
}

/** Which commit of which pull request a preview shows now, or that it has ended. */
export function reportPreviews(
  events: EventLog,
  { previews, revision }: Loaded,
  changed: readonly string[],
): void {
  for (const stack of changed) {
    const of = previewOf(stack);
    if (of === null) continue;
    const now = previews?.stacks.get(stack);
    // Of one that has ended only the name is left, which does not tell the repository.
    const own = of.tag === null ? "" : " of an application's repository";
    const pull = `pull request ${now === undefined ? `#${of.pull}${own}` : pullTitle(now)}`;
    const isUnread = previews?.unread.has(stack) === true;
    if (isUnread) continue;
    const message =
      now === undefined
        ? `the preview of ${of.stack} for ${pull} has ended`
        : `a preview of ${now.stack} for ${pull}, commit ${shortRevision(now.headSha)}`;
    events.add({ kind: "note", level: "info", stack, revision: revision.id, message });
  }
}

function reportProblems(events: EventLog, loaded: Loaded): void {
  for (const problem of loaded.manifests.problems) {
    const { place } = problem;
    events.add({
      kind: "problem",
      level: "error",
      stack: problem.stack,
      revision: loaded.revision.id,
      message: problemLine(problem),
      problem: { file: place.file, line: place.line, column: place.column },
    });
  }
}
