// How many stacks are in which state; a click shows only those.
import type { StackStateName } from "../../../api/shapes/stack.ts";
import { mark } from "../../components/mark.ts";
import { stackLooks } from "../../components/states.ts";
import { html } from "../../html.ts";

export interface SummaryBarProps {
  readonly counts: readonly (readonly [StackStateName, number])[];
  readonly chosen: readonly StackStateName[];
  readonly onToggle: (state: StackStateName) => void;
}

export function SummaryBar({ counts, chosen, onToggle }: SummaryBarProps) {
  return html`<div class="summary" role="group" aria-label="Show only">
    ${counts.map(
      ([state, count]) =>
        html`<button
          key=${state}
          type="button"
          class="chip"
          aria-pressed=${chosen.includes(state) ? "true" : "false"}
          onClick=${() => onToggle(state)}
        >
          ${mark(stackLooks[state])}<span class="chip-count">${count}</span>
          <span>${stackLooks[state].word.toLowerCase()}</span>
        </button>`,
    )}
  </div>`;
}
