// How far the rollout of one template has come (H8): the places that are taken, and the stacks in line for one, over
// what is known of its newest change (`template-change.ts`). Knows nothing of Git or the server: it is told.
import { templateWait } from "./order.ts";
import type { RunEnd, TemplateRollout } from "./order.ts";
import { createTemplateChange } from "./template-change.ts";

/** By what it is decided at this moment who may go. */
export interface LedgerRules {
  /** Null: the template is not in Git. */
  readonly rollout: TemplateRollout | null;
  /** Its stacks whose rollout an earlier process began, and nobody knows yet what became of it. */
  readonly unknown: readonly string[];
}

export interface TemplateLedger {
  /** A change of the template that reaches these stacks: it may go where an earlier one failed. */
  changed(stacks: readonly string[]): void;
  /** Forgets what waits or failed and is not one of its stacks any more; a place is given back by `ended` alone. */
  keep(isOfTemplate: (name: string) => boolean): void;
  /** Null: the stack has a place until `ended` gives it back. Otherwise it stands in line, and why. */
  take(name: string, rules: LedgerRules): string | null;
  /** The run of any stack ended; `busy`: rollouts of it go on. */
  ended(name: string, judged: RunEnd, busy: boolean): void;
  /** Stacks in line to run now; each is named once until its run has ended. */
  next(rules: LedgerRules): readonly string[];
}

/** A rollout is still under way, or will go on by itself. */
function keepsPlace({ outcome }: RunEnd): boolean {
  return (
    outcome.kind === "progressing" ||
    (outcome.kind === "waiting" && (outcome.reason === "answer" || outcome.reason === "deployment"))
  );
}

export function createTemplateLedger(template: string): TemplateLedger {
  const change = createTemplateChange();
  const holders = new Set<string>();
  /** In the order in which they came. */
  const line = new Set<string>();
  /** Sent for out of the line; they count as holders until their run has ended. */
  const called = new Set<string>();

  function wait(name: string, { rollout, unknown }: LedgerRules): string | null {
    if (rollout === null) return null;
    const others = unknown.filter((one) => one !== name);
    const inFlight = new Set([...holders, ...called, ...others]);
    inFlight.delete(name);
    const siblings = { inFlight: [...inFlight].sort(), unknown: others, failed: change.failed };
    return templateWait(template, rollout, siblings, change.isToCome(name));
  }

  /** Nobody further down the line can have a place: it need not be asked one by one. */
  function isFull({ rollout }: LedgerRules): boolean {
    const most = rollout?.maxParallel ?? null;
    return most !== null && new Set([...holders, ...called]).size >= most;
  }

  return {
    changed(stacks) {
      change.renew(stacks);
    },
    keep(isOfTemplate) {
      for (const name of [...change.names(), ...line]) {
        if (isOfTemplate(name)) continue;
        change.forget(name);
        line.delete(name);
      }
    },
    take(name, rules) {
      if (holders.has(name)) return null;
      const message = wait(name, rules);
      called.delete(name);
      if (message === null) {
        line.delete(name);
        holders.add(name);
      } else {
        line.add(name);
      }
      return message;
    },
    ended(name, judged, busy) {
      const { outcome } = judged;
      const leftIt = outcome.kind === "degraded" && outcome.rollback !== undefined;
      const began = holders.has(name) || change.failed.has(name) || leftIt;
      called.delete(name);
      if (outcome.kind !== "waiting" || outcome.reason !== "template") line.delete(name);
      if (!busy && !keepsPlace(judged)) holders.delete(name);
      change.ended(name, judged, began);
    },
    next(rules) {
      const names: string[] = [];
      // A failure is told to everybody in line, also to those that have no place yet.
      const tellsAll = change.hasNewFailure();
      for (const name of line) {
        if (called.has(name)) continue;
        if (wait(name, rules) === null) {
          called.add(name);
          names.push(name);
        } else if (tellsAll) {
          names.push(name);
        } else if (isFull(rules)) {
          break;
        }
      }
      return names;
    },
  };
}
