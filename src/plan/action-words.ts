// How actions are called: as an order before they are done, and as what happened afterwards.
import type { ActionType, Action } from "../model/plan.ts";
import { childTitle, recordTitle } from "./render/words.ts";

const verbs: Readonly<Record<ActionType, readonly [order: string, past: string]>> = {
  "create-project": ["create", "created"],
  "update-project": ["change", "changed"],
  "create-environment": ["create", "created"],
  "create-service": ["create", "created"],
  "move-service": ["move", "moved"],
  "create-child": ["add", "added"],
  "update-child": ["change", "changed"],
  "delete-child": ["remove", "removed"],
  "configure-service": ["configure", "configured"],
  // From then on it is followed.
  rollout: ["deploy", "deploying"],
  "stop-service": ["stop", "stopped"],
  mark: ["record", "recorded"],
  "delete-service": ["delete", "deleted"],
  "delete-environment": ["delete", "deleted"],
  "delete-project": ["delete", "deleted"],
  "create-record": ["create", "created"],
  "update-record": ["change", "changed"],
  "delete-record": ["delete", "deleted"],
};

/** An action by its type and by what it is about. */
export interface NamedAction {
  readonly type: ActionType;
  /** `project shop`, `app/web`, `domain shop.example.com of app/web`. */
  readonly target: string;
}

export function actionTarget(action: Action): string {
  switch (action.type) {
    case "create-project":
    case "update-project":
    case "delete-project":
      return `project ${action.name}`;
    case "create-environment":
    case "delete-environment":
      return `environment ${action.environment}`;
    case "create-child":
    case "update-child":
    case "delete-child":
      return `${childTitle(action.child)} of ${action.service}`;
    case "move-service":
      return `${action.service} to ${action.environment}`;
    case "mark":
      return action.marks.map((mark) => mark.key).join(", ");
    case "create-service":
    case "configure-service":
    case "rollout":
    case "stop-service":
    case "delete-service":
      return action.service;
    case "create-record":
    case "update-record":
    case "delete-record":
      return recordTitle(action);
  }
}

/** `create project shop` */
export function actionOrder({ type, target }: NamedAction): string {
  return `${verbs[type][0]} ${target}`;
}

/** `created project shop` */
export function actionPast({ type, target }: NamedAction): string {
  return `${verbs[type][1]} ${target}`;
}
