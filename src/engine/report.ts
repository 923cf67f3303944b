// Actions and problems as events: what people follow while a run goes on.
import { actionOrder, actionTarget } from "../plan/action-words.ts";
import { causeText, driftLine } from "../plan/cause-words.ts";
import { plural, problemLine, shortRevision } from "../plan/render-words.ts";
import type { Loaded } from "./desired-state.ts";
import type { EventLog } from "./events.ts";
import type { ActionResult } from "./execute.ts";

export function reportAction(
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
    "not-executed": ` not done: ${result.message}`,
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
