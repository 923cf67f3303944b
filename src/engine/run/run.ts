// What one run of one stack is asked for, what it may do, and what came of it.
import type { DesiredStack } from "../../model/desired.ts";
import type { ApprovalWay } from "../../model/hold.ts";
import type { HostReport } from "../../model/host-check.ts";
import type { Plan } from "../../model/plan.ts";
import type { Outcome } from "../../model/status.ts";
import type { PlanRequest } from "../reader/plan-one.ts";

export interface RunRequest extends PlanRequest {
  readonly stack: string;
}

export interface PassOptions {
  /** Only these stacks; all when absent. A name that is neither in Git nor ours is an `invalid` error. */
  readonly stacks?: readonly string[];
  /** Whether what left Git is removed. */
  readonly prune: boolean;
  /** Digests of prunes that a person approved. */
  readonly approved?: readonly string[];
  /** Markers may be written and nothing else: a stack that needs more is left alone, and says so. */
  readonly marksOnly?: boolean;
}

export interface RunPolicy {
  /** Null: writes are allowed; otherwise why not. */
  readonly readOnly: {
    readonly reason: "dry-run" | "version" | "suspended";
    readonly message: string;
  } | null;
  readonly prune: boolean;
  readonly marksOnly: boolean;
  /** It has to come to an end by itself: what is checked later otherwise is waited for. */
  readonly isPass: boolean;
  readonly approved: ReadonlySet<string>;
  /** Whom to ask for approval of what waits. */
  readonly approval: ApprovalWay;
}

export interface RunResult {
  readonly outcome: Outcome;
  /** The plan before it was carried out. */
  readonly plan: Plan | null;
  readonly desired: DesiredStack | null;
  readonly unhealthy: readonly string[] | null;
  /** The swarm could not be read. */
  readonly blind?: boolean;
  /** Changes that a suspended stack was seen to need; null or absent: that was not looked at. */
  readonly waiting?: number | null;
  /** Whether an action was carried out; absent: none was. */
  readonly did?: boolean;
  /** What of it ended once of late and is well, one line each. */
  readonly restarts?: readonly string[];
  /** What is set back again and again (H3). */
  readonly fought?: string | null;
  /** Whether people reach it under its names; absent: nobody looked. */
  readonly hosts?: HostReport;
}
