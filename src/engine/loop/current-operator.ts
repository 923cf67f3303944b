// An operator over parts that are made anew when this process becomes the one that writes: each question
// goes to those of now.
import type { Operator } from "../engine.ts";

export function currentOperator(now: () => Operator): Operator {
  return {
    reconcile: (...asked) => {
      now().reconcile(...asked);
    },
    reconcileAll: (...asked) => now().reconcileAll(...asked),
    isBusy: (...asked) => now().isBusy(...asked),
    redeploy: (...asked) => now().redeploy(...asked),
    suspend: (...asked) => {
      now().suspend(...asked);
    },
    resume: (...asked) => now().resume(...asked),
    suspension: (...asked) => now().suspension(...asked),
    approvePrune: (...asked) => now().approvePrune(...asked),
    held: () => now().held(),
    containers: (...asked) => now().containers(...asked),
    logs: (...asked) => now().logs(...asked),
    services: (...asked) => now().services(...asked),
    deploys: (...asked) => now().deploys(...asked),
  };
}
