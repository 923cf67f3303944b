// Who of a template's stacks may roll out now (H8). Whatever reaches two or more stacks of a template in one revision
// counts as a change of the template, wherever it was written; a stack's own edit, or one new stack, does not. How far
// each template has come is in its ledger (`template-ledger.ts`).
import type { DesiredStack } from "../../model/desired.ts";
import type { Loaded } from "../state/desired-state.ts";
import type { View } from "../state/world.ts";
import { createInterrupted } from "./interrupted.ts";
import type { RunEnd } from "./order.ts";
import { createTemplateLedger } from "./template-ledger.ts";
import type { LedgerRules, TemplateLedger } from "./template-ledger.ts";

export interface TemplateAdmission {
  /** Takes what a revision changed; calling it again with the same one does nothing. */
  sync(loaded: Loaded): void;
  /** Null: the stack has a place until `ended` takes it back. Otherwise it stands in line, and why. */
  take(desired: DesiredStack, loaded: Loaded, view: View): string | null;
  /** `busy`: rollouts of the stack go on. */
  ended(name: string, judged: RunEnd, busy: boolean): void;
  /** Stacks in line to run now; each is named once until its run has ended. */
  next(loaded: Loaded): readonly string[];
}

/** By template: its stacks that changed after `sequence`, where there are two or more. */
function changesOfTemplates(
  { byName, changedAt }: Loaded,
  sequence: number,
): ReadonlyMap<string, readonly string[]> {
  const changed = new Map<string, readonly string[]>();
  for (const { name, template } of byName.values()) {
    if (template === null || (changedAt.get(name) ?? 0) <= sequence) continue;
    changed.set(template, [...(changed.get(template) ?? []), name]);
  }
  return new Map([...changed].filter(([, names]) => names.length > 1));
}

/** `expects`: whether a stack will be run in this engine's pass at all. */
export function createTemplateAdmission(expects: (name: string) => boolean): TemplateAdmission {
  const ledgers = new Map<string, TemplateLedger>();
  const interrupted = createInterrupted();
  let sequence = 0;

  function ledgerOf(template: string): TemplateLedger {
    const ledger = ledgers.get(template) ?? createTemplateLedger(template);
    ledgers.set(template, ledger);
    return ledger;
  }

  function rulesOf(template: string, { byName, manifests }: Loaded): LedgerRules {
    const rollout = manifests.templates.find(({ name }) => name === template)?.rollout ?? null;
    const unknown = interrupted
      .names()
      .filter((name) => expects(name) && byName.get(name)?.template === template);
    return { rollout, unknown };
  }

  return {
    sync(loaded) {
      if (loaded.sequence <= sequence) return;
      for (const [template, stacks] of changesOfTemplates(loaded, sequence)) {
        ledgerOf(template).changed(stacks);
      }
      sequence = loaded.sequence;
      for (const [template, ledger] of ledgers) {
        ledger.keep(
          (name) =>
            loaded.byName.get(name)?.template === template ||
            loaded.manifests.brokenStacks.has(name),
        );
      }
    },
    take(desired, loaded, view) {
      const { name, template } = desired;
      if (template === null) return null;
      interrupted.look(loaded, view);
      return ledgerOf(template).take(name, rulesOf(template, loaded));
    },
    ended(name, judged, busy) {
      interrupted.ended(name);
      for (const ledger of ledgers.values()) ledger.ended(name, judged, busy);
    },
    next(loaded) {
      return [...ledgers].flatMap(([template, ledger]) => ledger.next(rulesOf(template, loaded)));
    },
  };
}
