// Those who ask for the same plan at the same time share one.
import type { Engine } from "../../engine/engine.ts";

type PlanOf = (engine: Engine, stack: string | null) => ReturnType<Engine["plan"]>;

function sharedPlans(): PlanOf {
  const underWay = new WeakMap<Engine, Map<string, ReturnType<Engine["plan"]>>>();
  return (engine, stack) => {
    const plans = underWay.get(engine) ?? new Map<string, ReturnType<Engine["plan"]>>();
    underWay.set(engine, plans);
    const key = stack ?? "";
    const made =
      plans.get(key) ??
      engine.plan(stack === null ? {} : { stacks: [stack] }).finally(() => plans.delete(key));
    plans.set(key, made);
    return made;
  };
}

/** The plan of one stack, or of all (null). */
export const planOf: PlanOf = sharedPlans();
