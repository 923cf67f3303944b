// What all runs share: what they are given, and the parts that are made of it once.
import type { DesiredStack } from "../../model/desired.ts";
import type { Plan } from "../../model/plan.ts";
import { createHealth } from "../health/health.ts";
import type { Health } from "../health/health.ts";
import type { Corrections } from "../drift/corrections.ts";
import { createMissing } from "../drift/missing.ts";
import type { Missing } from "../drift/missing.ts";
import type { ActionResult } from "../execution/execute.ts";
import type { ToldCause } from "../memory/cause-line.ts";
import type { Causes } from "../memory/causes.ts";
import type { StackRecords } from "../memory/stack-records.ts";
import type { Intents } from "../memory/intents.ts";
import type { Admission } from "../order/admission.ts";
import type { HostChecks } from "../hosts/host-checks.ts";
import type { Lease } from "../../ports-lease.ts";
import type { Tell } from "../../ports-telemetry.ts";
import type { PlanDeps } from "../reader/plan-one.ts";
import type { Pruning } from "../removal/prune.ts";
import type { Loaded } from "../state/desired-state.ts";
import { createRemovals } from "./removals.ts";
import type { Removals } from "./removals.ts";

export interface RunDeps extends PlanDeps {
  readonly hostChecks: HostChecks;
  /** What this loop knows of each stack. */
  readonly records: Pick<StackRecords, "field">;
  readonly intents: Intents;
  readonly pruning: Pruning;
  readonly corrections: Corrections;
  readonly causes: Causes;
  /** Null: no lease guards the server (W12). */
  readonly lease: Pick<Lease, "hold" | "isHeld"> | null;
  readonly mayWrite: () => boolean;
  /** Whether Git still says what a run began with. */
  readonly isNewest: (loaded: Loaded) => boolean;
  /** Whether it is the stack's turn to be changed. */
  readonly admit: Admission["admit"];
  readonly report: (stack: string, result: ActionResult, told: ToldCause) => void;
  /** A plan was carried out: what of drift it left is remembered, and proposed. */
  readonly left: (desired: DesiredStack, plan: Plan) => void;
  /** Tells people that fields are set back again and again. */
  readonly fought: (stack: string, message: string) => void;
  /** Tells people that a service ended once and runs again. */
  readonly restarted: (stack: string, message: string) => void;
  /** Tells people that a stack belongs to another owner from now on. */
  readonly handedOver: (stack: string, message: string) => void;
  /** Tells people that the server cannot be trusted. */
  readonly alert: (message: string) => void;
  readonly tell: Tell;
}

export interface RunTools extends RunDeps {
  readonly health: Health;
  readonly missing: Missing;
  readonly removals: Removals;
}

export function createRunTools(deps: RunDeps): RunTools {
  return {
    ...deps,
    health: createHealth(deps.platform, deps),
    missing: createMissing(deps),
    removals: createRemovals(deps),
  };
}
