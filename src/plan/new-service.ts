// The plan of an application that does not exist yet, and the actions that old and new ones share.
import type { DesiredService, DesiredStack } from "../model/desired.ts";
import { describe } from "../model/marker.ts";
import type { Marker, Want } from "../model/marker.ts";
import type { Action, FieldChange, Mark, Note } from "../model/plan.ts";
import { childChanges } from "./children.ts";
import type { ChildChange } from "./children.ts";
import { initialChanges } from "./diff.ts";

export interface ServicePlan {
  /** Written before anything else of the whole plan. */
  readonly before: Mark | null;
  readonly actions: readonly Action[];
  readonly rollout: Action | null;
  readonly mark: Mark | null;
  readonly notes: readonly Note[];
}

export function childAction(
  service: string,
  serviceId: string | null,
  change: ChildChange,
  changes: readonly FieldChange[],
): Action {
  const own = changes.filter((field) => field.path === change.path);
  const live = !["mount", "port"].includes(change.child.kind);
  const base = {
    service,
    serviceId,
    child: change.child,
    cause: { kind: "child", wanted: change.op !== "delete" } as const,
    // A port or mount takes effect with the rollout that follows; the restart is told there.
    risk: live ? ("none" as const) : ("restart" as const),
    changes: own,
  };
  switch (change.op) {
    case "create":
      return { type: "create-child", ...base };
    case "update":
      return { type: "update-child", ...base, childId: change.id ?? "" };
    case "delete":
      return { type: "delete-child", ...base, childId: change.id ?? "" };
  }
}

export function blankMarker(owner: string, key: string, keep: boolean): Marker {
  return { owner, key, id: null, want: null, done: null, live: null, bad: null, keep, rev: null };
}

export function planNew(desired: DesiredService, stack: DesiredStack, owner: string): ServicePlan {
  const keep = stack.deletionPolicy === "retain";
  const marker = blankMarker(owner, desired.key, keep);
  const want: Want = { hash: desired.hash.run, attempt: 1 };
  const changes = initialChanges(desired);
  const service = desired.key;
  const children = childChanges(desired, null).map((change) =>
    childAction(service, null, change, changes),
  );
  return {
    before: null,
    actions: [
      {
        type: "create-service",
        service,
        serviceId: null,
        environment: desired.environment,
        desired,
        description: describe(desired.description, marker),
        cause: { kind: "missing" },
        risk: "none",
        changes: [],
      },
      ...children,
      {
        type: "configure-service",
        service,
        serviceId: null,
        desired,
        observed: null,
        marker: { ...marker, want, live: desired.hash.live },
        want,
        cause: { kind: "new", what: "configuration" },
        risk: "none",
        changes,
      },
    ],
    rollout: {
      type: "rollout",
      service,
      serviceId: null,
      appName: null,
      desired,
      want,
      cause: { kind: "new", what: "application" },
      risk: "none",
      changes: [],
    },
    mark: null,
    notes: [],
  };
}
