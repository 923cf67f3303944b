// What may end a run of a stack in Git before anything of its plan is carried out. The order is part of the
// rule: whoever has several reasons to wait hears the first of them.
import type { DesiredStack } from "../../model/desired.ts";
import { isMarksOnly } from "../../model/plan.ts";
import type { Action } from "../../model/plan.ts";
import type { Waiting } from "../../model/status.ts";
import type { Planned } from "../reader/plan-one.ts";
import { stuckOutcome } from "../rollback/rollback-outcome.ts";
import type { Loaded } from "../state/desired-state.ts";
import { suspendedInGit } from "./policy.ts";
import type { Row } from "./rows.ts";
import type { RunPolicy, RunRequest } from "./run.ts";
import type { RunTools } from "./tools.ts";

/** A run of a stack in Git, once it has been planned. */
export interface GitRun {
  readonly tools: RunTools;
  /** As Git says. */
  readonly desired: DesiredStack;
  /** What the run goes by: Git's stack, or the one that it is rolled back to. */
  readonly wanted: DesiredStack;
  readonly planned: Planned;
  readonly loaded: Loaded;
  readonly request: RunRequest;
  readonly policy: RunPolicy;
  /** Why the plan's removals wait; null when they may go. */
  readonly hold: Waiting | null;
  /** How the run ends when something of the plan waits for a server that does not answer; null when nothing does. */
  readonly waits: Waiting | null;
  /** The plan's actions without what waits. */
  readonly actions: readonly Action[];
}

export type GateName =
  "conflict" | "read-only" | "marks-only" | "stuck" | "late" | "missing" | "admission";

export interface Gate extends Row<GitRun, GateName> {
  /** Whether a run that ends here looks at what runs, as nothing of its plan is carried out. */
  readonly leavesAlone: boolean;
}

export const gates: readonly Gate[] = [
  {
    // Somebody else's project, or one that a manifest has to claim first (O1, O7).
    name: "conflict",
    leavesAlone: false,
    outcome: ({ planned: { plan } }) =>
      plan.conflict === null
        ? null
        : { kind: "waiting", reason: "conflict", message: plan.conflict, afterMs: null },
  },
  {
    // Suspended, a dry run, or a server of a version that is not written to (H6).
    name: "read-only",
    leavesAlone: true,
    outcome({ desired, policy, planned: { plan } }) {
      const readOnly = desired.suspend ? suspendedInGit : policy.readOnly;
      if (readOnly === null) return null;
      return readOnly.reason === "suspended" || plan.actions.length > 0
        ? { kind: "waiting", ...readOnly, afterMs: null }
        : null;
    },
  },
  {
    // An adoption takes over what is as Git says, and changes nothing.
    name: "marks-only",
    leavesAlone: true,
    outcome({ policy, planned: { plan } }) {
      if (!policy.marksOnly || isMarksOnly(plan)) return null;
      const message = "it differs from Git, and adopting changes nothing";
      return { kind: "waiting", reason: "conflict", message, afterMs: null };
    },
  },
  {
    // A rollback holds, and the revision to return to cannot be had (H4).
    name: "stuck",
    leavesAlone: false,
    outcome: ({ planned: { target } }) =>
      target.back !== null && target.back.stuck !== null ? stuckOutcome(target.back) : null,
  },
  {
    // A deletion without an answer may still happen (W3).
    name: "late",
    leavesAlone: false,
    outcome: ({ tools, desired, planned: { plan } }) =>
      plan.actions.length === 0 ? null : tools.removals.late(desired.name),
  },
  {
    // What was there and is not listed is made again only when a second source says that it is gone (R4).
    name: "missing",
    leavesAlone: false,
    async outcome({ tools, planned: { plan, view } }) {
      await tools.missing.confirm(plan, view);
      return null;
    },
  },
  {
    // Sync windows, dependencies, builds, the template's rollout (H5, H6, H8).
    name: "admission",
    leavesAlone: true,
    outcome: ({ tools, wanted, actions, loaded, planned: { view } }) =>
      tools.admit(wanted, actions, loaded, view),
  },
];
