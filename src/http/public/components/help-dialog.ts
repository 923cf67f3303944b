// The keyboard on one page.
import { h, html } from "../html.ts";
import { Dialog } from "./dialog.ts";

const keys: readonly (readonly [keys: readonly string[], does: string])[] = [
  [["/"], "Search"],
  [["j"], "Next row"],
  [["k"], "Previous row"],
  [["Enter"], "Open the row"],
  [["g", "s"], "Stacks"],
  [["g", "c"], "Commits"],
  [["g", "e"], "Events"],
  [["g", "p"], "Problems"],
  [["Esc"], "Leave the search, close a dialog"],
  [["?"], "This help"],
];

export function HelpDialog({ onClose }: { readonly onClose: () => void }) {
  return h(
    Dialog,
    { title: "Keyboard", onClose },
    html`<dl class="keys">
      ${keys.map(
        ([names, does]) =>
          html`<div key=${does}>
            <dt>${names.map((name) => html`<kbd key=${name}>${name}</kbd>`)}</dt>
            <dd>${does}</dd>
          </div>`,
      )}
    </dl>`,
  );
}
