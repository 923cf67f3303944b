// Actions and problems as events: what people follow while a run goes on.
import type { Action } from "../model/plan.ts";
import { causeText } from "../plan/cause-words.ts";
import { childTitle, problemLine, shortRevision } from "../plan/render-words.ts";
import type { Loaded } from "./desired-state.ts";
import type { EventLog } from "./events.ts";
import type { ActionResult } from "./execute.ts";

/** One clause for people: `create application app/web`. */
export function actionTitle(action: Action): string {
  switch (action.type) {
    case "create-project":
      return `create project ${action.name}`;
    case "update-project":
      return `change project ${action.name}`;
    case "create-environment":
      return `create environment ${action.environment}`;
    case "create-application":
      return `create ${action.service}`;
    case "move-application":
      return `move ${action.service} to ${action.environment}`;
    case "configure-application":
      return `configure ${action.service}`;
    case "create-child":
    case "update-child":
    case "delete-child": {
      const verb = { "create-child": "add", "update-child": "change", "delete-child": "remove" };
      return `${verb[action.type]} ${childTitle(action.child)} of ${action.service}`;
    }
    case "rollout":
      return `deploy ${action.service}`;
    case "mark":
      return `record ${action.marks.map((mark) => mark.key).join(", ")}`;
    case "delete-service":
      return `delete ${action.service}`;
    case "delete-environment":
      return `delete environment ${action.environment}`;
    case "delete-project":
      return `delete project ${action.name}`;
  }
}

export function reportAction(
  events: EventLog,
  stack: string,
  revision: string | null,
  result: ActionResult,
): void {
  const { action, status } = result;
  const title = actionTitle(action);
  const { type, cause } = action;
  const data = { type, status, service: "service" in action ? action.service : null, cause };
  if (status === "done" && cause.kind === "drift") {
    const fields = action.changes.map(
      ({ path, was, is }) => `${path}: ${was ?? "-"} → ${is ?? "-"}`,
    );
    const message = `${title}: ${causeText(cause)}${fields.length === 0 ? "" : ` (${fields.join(", ")})`}`;
    events.add({
      kind: "drift",
      level: "warn",
      stack,
      revision,
      message,
      action: data,
      changes: action.changes,
    });
    return;
  }
  const words = { done: "", failed: ": ", "not-executed": " not done: " };
  events.add({
    kind: "action",
    level: status === "failed" ? "error" : "info",
    stack,
    revision,
    message: `${title}${words[status]}${status === "done" ? ` (${causeText(cause)})` : result.message}`,
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
    message: `${shortRevision(id)} ${title}: ${loaded.byName.size} stacks, ${changed} changed (${reason})`,
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
