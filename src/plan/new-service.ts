// The plan of a service that does not exist yet, and the actions that old and new ones share.
import { gainedAccess } from "./host-access.ts";
import { rowOf } from "../model/children.ts";
import type { Cause } from "../model/cause.ts";
import type { DesiredService, DesiredStack } from "../model/desired.ts";
import { describe } from "../model/marker.ts";
import type { Marker, Want } from "../model/marker.ts";
import type { Action, FieldChange, LeftDrift, Mark, Note } from "../model/plan.ts";
import { childChanges } from "./children.ts";
import type { ChildChange } from "./children.ts";
import { initialChanges } from "./diff.ts";

export type Rollout = Extract<Action, { readonly type: "rollout" }>;

export interface ServicePlan {
  /** Written before anything else of the whole plan. */
  readonly before: Mark | null;
  /** Whether that is for variables of the project, which change whatever the service waits for. */
  readonly isShared: boolean;
  readonly actions: readonly Action[];
  readonly rollout: Rollout | null;
  /** Carried out after everything else of the service. */
  readonly last: readonly Action[];
  /** Whether what Git says of it runs, as far as its marker tells: no rollout is owed, and none was given up. */
  readonly isSettled: boolean;
  readonly mark: Mark | null;
  readonly notes: readonly Note[];
  /** What of it differs and is left as it is, for its proposal; null: nothing is. */
  readonly left: LeftDrift | null;
  /** Why nothing may be done to it, nor to its stack; null when all may. */
  readonly refusal: string | null;
}

/** Whether a path is the child's own, or one of its fields'. */
function isOf({ path, child }: ChildChange, field: string): boolean {
  if (rowOf(child.kind).parts === null) return field === path;
  return field.startsWith(`${path}.`) && !field.slice(path.length + 1).includes(".");
}

/** `isDrift`: Git did not change it. */
export function childAction(
  { key: service, kind }: DesiredService,
  serviceId: string | null,
  change: ChildChange,
  changes: readonly FieldChange[],
  isDrift = false,
): Action {
  const own = changes.filter((field) => isOf(change, field.path));
  const fields = own.map(({ path }) => path);
  const cause: Cause =
    isDrift && fields.length > 0
      ? { kind: "drift", change: { what: "fields", fields } }
      : { kind: "child", wanted: change.op !== "delete" };
  const base = {
    service,
    kind,
    serviceId,
    child: change.child,
    cause,
    // What is not live takes effect with the rollout that follows; the restart is told there.
    risk: change.live ? ("none" as const) : ("restart" as const),
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

/** Whether it stays on the server when it leaves Git (O7). */
export function isKept(desired: DesiredService, stack: DesiredStack): boolean {
  return stack.deletionPolicy === "retain" || desired.deletionPolicy === "retain";
}

export function blankMarker(owner: string, key: string, keep: boolean): Marker {
  return { owner, key, id: null, want: null, done: null, live: null, bad: null, keep, rev: null };
}

/** `head`: the newest commit of the branch that it follows, as known now. `serverId` null: on Dokploy's own host. */
export function planNew(
  desired: DesiredService,
  stack: DesiredStack,
  owner: string,
  serverId: string | null,
  head: string | null,
): ServicePlan {
  const marker = blankMarker(owner, desired.key, isKept(desired, stack));
  const want: Want = { hash: desired.hash.run, attempt: 1 };
  const changes = initialChanges(desired);
  const { key: service, kind } = desired;
  const children = childChanges(desired, null).map((change) =>
    childAction(desired, null, change, changes),
  );
  return {
    before: null,
    isShared: false,
    actions: [
      {
        type: "create-service",
        service,
        kind,
        serviceId: null,
        environment: desired.environment,
        serverId,
        desired,
        description: describe(desired.description, marker),
        cause: { kind: "missing" },
        risk: "none",
        changes:
          desired.server === undefined ? [] : [{ path: "server", was: null, is: desired.server }],
      },
      ...children,
      {
        type: "configure-service",
        service,
        kind,
        serviceId: null,
        desired,
        observed: null,
        gains: gainedAccess(desired, null),
        marker: { ...marker, want, live: desired.hash.live },
        want,
        cause: { kind: "new", what: "configuration" },
        risk: "none",
        changes,
      },
    ],
    isSettled: false,
    last: [],
    rollout: {
      type: "rollout",
      waitsFor: [],
      service,
      kind,
      serviceId: null,
      appName: null,
      serverId,
      desired,
      want,
      head,
      cause: { kind: "new", what: kind },
      risk: "none",
      changes: [],
    },
    mark: null,
    notes: [],
    left: null,
    refusal: null,
  };
}
