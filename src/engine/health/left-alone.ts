// What is seen of a stack whose plan is not carried out now, as it is suspended, outside its windows or not
// its turn: how much differs from Git, and what of it does not run. Reads only.
import type { Clock } from "../../lib/clock.ts";
import type { Action, Plan } from "../../model/plan.ts";
import type { Health } from "./health.ts";
import type { Target } from "../rollback/rollback-outcome.ts";
import type { Rollouts } from "../rollout/rollouts.ts";
import { failedRollout } from "./verdicts.ts";
import type { View } from "../state/world.ts";

export interface LeftAlone {
  /** Changes that wait; null while Git's stack is not what was compared, as a rollback holds. */
  readonly waiting: number | null;
  readonly unhealthy: readonly string[] | null;
}

export interface LeftAloneDeps {
  readonly health: Pick<Health, "unhealthyAsItIs">;
  readonly rollouts: Pick<Rollouts, "active" | "verdict" | "retryAtMs">;
  readonly clock: Clock;
}

/** Markers are bookkeeping, and a rollout under way goes on by itself. */
function isDifference(action: Action, underWay: ReadonlySet<string>): boolean {
  if (action.type === "mark" || action.type === "stop-service") return false;
  return action.type !== "rollout" || !underWay.has(action.service);
}

export async function leftAlone(
  { plan, target, view }: { readonly plan: Plan; readonly target: Target; readonly view: View },
  deep: ReadonlySet<string>,
  { health, rollouts, clock }: LeftAloneDeps,
): Promise<LeftAlone> {
  const { desired, back } = target;
  const active = rollouts.active(desired.name);
  const underWay = new Set(active.map(({ request }) => request.desired.key));
  const differences = plan.actions.filter((action) => isDifference(action, underWay));
  const runs = await health.unhealthyAsItIs(desired, view, deep, plan, rollouts);
  const failed = failedRollout(desired, view, rollouts, clock.now());
  const given = failed?.kind === "degraded" ? [failed.message] : [];
  return {
    waiting: back === null ? differences.length : null,
    unhealthy: given.length > 0 ? [...given, ...(runs ?? [])] : runs,
  };
}
