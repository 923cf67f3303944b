// What people ask of a running engine, and what it tells them of one stack: the methods of `Operator`. What
// was asked and is not done yet is in `requests/`.
import type { Operator } from "../engine.ts";
import { createLookups } from "./operator-lookups.ts";
import { approvePrune, createOrders } from "./operator-orders.ts";
import type { OperatorParts } from "./operator-parts.ts";

export function createOperator(parts: OperatorParts): Operator {
  return {
    ...createOrders(parts),
    ...createLookups(parts),
    approvePrune: (digest, by) => approvePrune(digest, by, parts),

    isBusy: (stack) =>
      parts.controller()?.isBusy(stack) === true ||
      parts.reader().site.rollouts.active(stack).length > 0,

    suspension(stack) {
      const { suspensions, desired } = parts.reader();
      return suspensions.of(stack, desired.current());
    },

    held() {
      const { desired, site, pruning, requests } = parts.reader();
      const loaded = desired.current();
      const view = site.world.current();
      if (loaded === null || view === null) return null;
      return pruning.decide(loaded, view.ownership, new Set(requests.approved())).held;
    },
  };
}
