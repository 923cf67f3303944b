// Who of a template's stacks may roll out now (H8): the places that are taken, the stacks that wait for
// one, and who failed. Whatever reaches two or more stacks of a template in one revision counts as a
// change of the template, wherever it was written; a stack's own edit, or one new stack, does not.
import type { DesiredStack } from "../../model/desired.ts";
import { sameWant } from "../../model/marker.ts";
import { servicesOf } from "../../plan/ownership.ts";
import type { Loaded } from "../state/desired-state.ts";
import { templateWait } from "./order.ts";
import type { Judged, Siblings, TemplateRollout } from "./order.ts";
import type { View } from "../state/world.ts";

export interface TemplateTurns {
  /** Takes what a revision changed; calling it again with the same one does nothing. */
  sync(loaded: Loaded): void;
  /** Null: the stack has a place until `ended` takes it back. Otherwise it stands in line, and why. */
  take(desired: DesiredStack, loaded: Loaded, view: View): string | null;
  /** `busy`: rollouts of the stack go on. */
  ended(name: string, judged: Judged, busy: boolean): void;
  /** Stacks in line to run now; each is named once until its run has ended. */
  next(loaded: Loaded): readonly string[];
}

interface Ledger {
  /** Stacks in which the newest change of the template has not been carried out. */
  readonly reached: Set<string>;
  readonly failed: Map<string, string>;
  readonly holders: Set<string>;
  /** In the order in which they came. */
  readonly line: Set<string>;
  /** Sent for out of the line; they count as holders until their run has ended. */
  readonly called: Set<string>;
  /** A failure that those in line have not been told. */
  untold: boolean;
}

/** A rollout is still under way, or will go on by itself. */
function keepsPlace({ outcome }: Judged): boolean {
  return (
    outcome.kind === "progressing" ||
    (outcome.kind === "waiting" && (outcome.reason === "answer" || outcome.reason === "deployment"))
  );
}

function rolloutOf(loaded: Loaded, template: string): TemplateRollout | null {
  return loaded.manifests.templates.find(({ name }) => name === template)?.rollout ?? null;
}

/** Stacks of templates with a rollout that an earlier process began and whose end was not written down. */
function interruptedIn(loaded: Loaded, view: View): Set<string> {
  const owing = [...loaded.byName.values()].filter(({ name, template }) => {
    if (template === null) return false;
    return (view.ownership.owned.get(name) ?? []).flatMap(servicesOf).some(({ marker }) => {
      const want = marker?.want ?? null;
      // What was rolled back has failed, and says so when it is looked at.
      if (marker !== null && marker.bad !== null) return true;
      return want !== null && !sameWant(want, marker?.done ?? null);
    });
  });
  return new Set(owing.map(({ name }) => name));
}

/** `expects`: whether a stack will be run in this engine's pass at all. */
export function createTemplateTurns(expects: (name: string) => boolean): TemplateTurns {
  const ledgers = new Map<string, Ledger>();
  const seen = new Set<string>();
  let interrupted: Set<string> | null = null;
  let sequence = 0;

  function ledgerOf(template: string): Ledger {
    let ledger = ledgers.get(template);
    if (ledger === undefined) {
      ledger = {
        reached: new Set(),
        failed: new Map(),
        holders: new Set(),
        line: new Set(),
        called: new Set(),
        untold: false,
      };
      ledgers.set(template, ledger);
    }
    return ledger;
  }

  function wait(name: string, template: string, ledger: Ledger, loaded: Loaded): string | null {
    const rollout = rolloutOf(loaded, template);
    if (rollout === null) return null;
    const unknown = [...(interrupted ?? [])].filter(
      (one) => one !== name && expects(one) && loaded.byName.get(one)?.template === template,
    );
    const inFlight = new Set([...ledger.holders, ...ledger.called, ...unknown]);
    inFlight.delete(name);
    const siblings: Siblings = { inFlight: [...inFlight].sort(), unknown, failed: ledger.failed };
    const reached = ledger.reached.has(name) && !ledger.failed.has(name);
    return templateWait(template, rollout, siblings, reached);
  }

  /** Nobody further down the line can have a place: it need not be asked one by one. */
  function isFull(template: string, { holders, called }: Ledger, loaded: Loaded): boolean {
    const most = rolloutOf(loaded, template)?.maxParallel ?? null;
    return most !== null && new Set([...holders, ...called]).size >= most;
  }

  function sync(loaded: Loaded): void {
    if (loaded.sequence <= sequence) return;
    const isNew = ({ name }: DesiredStack): boolean => (loaded.changedAt.get(name) ?? 0) > sequence;
    const changed = Map.groupBy([...loaded.byName.values()].filter(isNew), (one) => one.template);
    sequence = loaded.sequence;
    for (const [template, stacks] of changed) {
      if (template === null || stacks.length < 2) continue;
      const ledger = ledgerOf(template);
      ledger.failed.clear();
      for (const { name } of stacks) ledger.reached.add(name);
    }
    for (const [template, { reached, failed, line }] of ledgers) {
      for (const name of new Set([...reached, ...failed.keys(), ...line])) {
        const stays = loaded.byName.get(name)?.template === template;
        if (stays || loaded.manifests.brokenStacks.has(name)) continue;
        reached.delete(name);
        failed.delete(name);
        line.delete(name);
      }
    }
  }

  return {
    sync,

    take(desired, loaded, view) {
      const { name, template } = desired;
      if (template === null) return null;
      if (interrupted === null) {
        interrupted = interruptedIn(loaded, view);
        for (const one of seen) interrupted.delete(one);
      }
      const ledger = ledgerOf(template);
      if (ledger.holders.has(name)) return null;
      const message = wait(name, template, ledger, loaded);
      ledger.called.delete(name);
      if (message === null) {
        ledger.line.delete(name);
        ledger.holders.add(name);
      } else {
        ledger.line.add(name);
      }
      return message;
    },

    ended(name, judged, busy) {
      const { outcome } = judged;
      seen.add(name);
      interrupted?.delete(name);
      for (const ledger of ledgers.values()) {
        const leftIt = outcome.kind === "degraded" && outcome.rollback !== undefined;
        const began = ledger.holders.has(name) || ledger.failed.has(name) || leftIt;
        ledger.called.delete(name);
        if (outcome.kind !== "waiting" || outcome.reason !== "template") ledger.line.delete(name);
        if (!busy && !keepsPlace(judged)) ledger.holders.delete(name);
        switch (outcome.kind) {
          case "converged":
          case "removed":
            ledger.reached.delete(name);
            ledger.failed.delete(name);
            break;
          case "degraded":
          case "failed":
          case "terminal":
            if (!judged.desired || !began || !ledger.reached.has(name)) break;
            ledger.untold ||= !ledger.failed.has(name);
            ledger.failed.set(name, outcome.message);
            break;
          case "progressing":
          case "waiting":
            break;
        }
      }
    },

    next(loaded) {
      const names: string[] = [];
      for (const [template, ledger] of ledgers) {
        for (const name of ledger.line) {
          if (ledger.called.has(name)) continue;
          if (wait(name, template, ledger, loaded) === null) {
            ledger.called.add(name);
            names.push(name);
          } else if (ledger.untold) {
            names.push(name);
          } else if (isFull(template, ledger, loaded)) {
            break;
          }
        }
        ledger.untold = false;
      }
      return names;
    },
  };
}
