// Removals that wait until somebody approves them after seeing what goes.
import { useState } from "preact/hooks";
import type { Approval } from "../../api/shapes/stack.ts";
import { mark } from "../components/mark.ts";
import { stackLooks } from "../components/states.ts";
import { h, html } from "../html.ts";
import { counted, sentence } from "../lib/words.ts";
import { ApprovalDialog } from "./approval-dialog.ts";

interface ListProps {
  readonly approvals: readonly Approval[];
  readonly onReview: (approval: Approval) => void;
}

function List({ approvals, onReview }: ListProps) {
  if (approvals.length === 0) return null;
  return html`<ul class="approvals">
    ${approvals.map(
      (approval) =>
        html`<li key=${approval.digest} class="callout wait">
          ${mark(stackLooks.waiting)}
          <div>
            <strong>
              ${counted(approval.removals.length, "removal waits", "removals wait")} for an approval
            </strong>
            <p>${sentence(approval.reason)}</p>
          </div>
          <button type="button" class="button small" onClick=${() => onReview(approval)}>
            Review
          </button>
        </li>`,
    )}
  </ul>`;
}

export function Approvals({ approvals }: { readonly approvals: readonly Approval[] }) {
  const [reviewed, setReviewed] = useState<Approval | null>(null);
  return html`${h(List, { approvals, onReview: setReviewed })}
  ${
    reviewed !== null && h(ApprovalDialog, { approval: reviewed, onClose: () => setReviewed(null) })
  }`;
}
