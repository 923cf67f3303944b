// Swarm services that outlived their applications: what they are, and the command that removes each.
import type { OrphanView } from "../../../api/shapes/answers.ts";
import { CopyButton } from "../../components/copy-button.ts";
import { h, html } from "../../html.ts";

export function OrphanList({ orphans }: { readonly orphans: readonly OrphanView[] }) {
  return html`<ul class="rows panel" aria-label="Left on the server">
    ${orphans.map(
      ({ appName, image, stack, command }) =>
        html`<li key=${appName} class="orphan">
          <div>
            <strong>${appName}</strong>
            <span class="hint">${image}${stack !== null && `, from the stack ${stack}`}</span>
          </div>
          <span class="orphan-command">
            <code>${command}</code>${h(CopyButton, { text: command, what: "the command" })}
          </span>
        </li>`,
    )}
  </ul>`;
}
