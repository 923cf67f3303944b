// What the last run of a stack left to do, by the resources of its tree. A run that went through has left
// nothing, although its plan, made before it was carried out, still names what was done.
import type { Action } from "../../model/plan.ts";
import type { Child } from "../../model/children.ts";
import type { StackStatus } from "../../model/status.ts";
import { childName } from "../../plan/render/words.ts";

export type NodeChange = "create" | "update" | "restart" | "delete";

export interface PendingChanges {
  /** By a node's id; null: nothing. */
  of(id: string): NodeChange | null;
  drifted(id: string): boolean;
  /** Children of a service that an action names, also those that its manifest does not. */
  childrenOf(service: string): readonly Child[];
}

/** The actions that are still to be carried out. */
function leftToDo(status: StackStatus | null): readonly Action[] {
  const actions = status?.plan?.actions ?? [];
  if (status === null || actions.length === 0) return [];
  const { outcome } = status;
  switch (outcome.kind) {
    case "converged":
    case "progressing":
    case "degraded":
    case "removed":
      return [];
    case "failed":
    case "terminal":
      return actions;
    case "waiting":
      switch (outcome.reason) {
        case "deployment":
        case "platform":
        case "swarm":
        case "answer":
        case "retained":
        case "host":
        case "preview":
          return [];
        // All but the records was carried out.
        case "dns":
          return actions.filter(({ type }) => type.endsWith("-record"));
        // All but the removals was carried out.
        case "approval":
          return actions.filter(
            ({ type }) =>
              type.startsWith("delete-") && type !== "delete-child" && type !== "delete-record",
          );
        case "secrets":
        case "suspended":
        case "conflict":
        case "dry-run":
        case "version":
        case "fight":
        case "server":
        case "window":
        case "dependency":
        case "build":
        case "build-held":
        case "template":
          return actions;
      }
  }
}

/** The id of a child's node. */
export function childId(service: string, child: Child): string {
  return `${service}/${child.kind}/${childName(child)}`;
}

/** The id of the node of a host's DNS record. */
export function recordId(host: string): string {
  return `record/${host}`;
}

const strength: readonly NodeChange[] = ["update", "restart", "create", "delete"];

/** The node that an action is about, and what it does to it. */
function changeOf(action: Action): readonly [id: string, change: NodeChange] | null {
  switch (action.type) {
    case "create-project":
      return ["project", "create"];
    case "update-project":
      return ["project", "update"];
    case "delete-project":
      return ["project", "delete"];
    case "create-environment":
      return [`environment/${action.environment}`, "create"];
    case "delete-environment":
      return [`environment/${action.environment}`, "delete"];
    case "create-service":
      return [action.service, "create"];
    case "move-service":
      return [action.service, "update"];
    case "delete-service":
      return [action.service, "delete"];
    case "configure-service":
    case "rollout":
      return [action.service, action.risk === "none" ? "update" : "restart"];
    case "create-child":
      return [childId(action.service, action.child), "create"];
    case "update-child":
      return [childId(action.service, action.child), "update"];
    case "delete-child":
      return [childId(action.service, action.child), "delete"];
    case "create-record":
      return [recordId(action.host), "create"];
    case "update-record":
      return [recordId(action.host), "update"];
    case "delete-record":
      return [recordId(action.host), "delete"];
    // Bookkeeping: nothing of it changes for anybody.
    case "stop-service":
    case "mark":
      return null;
  }
}

export function pendingChanges(status: StackStatus | null): PendingChanges {
  const changes = new Map<string, NodeChange>();
  const drifted = new Set<string>();
  const children = new Map<string, Child[]>();
  for (const action of leftToDo(status)) {
    const found = changeOf(action);
    if (found === null) continue;
    const [id, change] = found;
    const before = changes.get(id);
    if (before === undefined || strength.indexOf(change) > strength.indexOf(before)) {
      changes.set(id, change);
    }
    if (action.cause.kind === "drift") drifted.add(id);
    if ("child" in action) {
      children.set(action.service, [...(children.get(action.service) ?? []), action.child]);
    }
  }
  return {
    of: (id) => changes.get(id) ?? null,
    drifted: (id) => drifted.has(id),
    childrenOf: (service) => children.get(service) ?? [],
  };
}
