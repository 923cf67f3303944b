// A modal dialog: the element itself keeps the focus inside, closes on Escape and gives the focus back.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { html } from "../html.ts";
import { icon } from "./icon.ts";

export interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children?: ComponentChildren;
  /** Buttons at its end. */
  readonly actions?: ComponentChildren;
}

/** What is used of HTMLDialogElement. */
interface DialogElement {
  showModal(): void;
  readonly open: boolean;
}

export function Dialog({ title, onClose, children, actions }: DialogProps) {
  const dialog = useRef<DialogElement | null>(null);
  useEffect(() => {
    if (dialog.current?.open === false) dialog.current.showModal();
  }, []);
  const onClick = (event: { readonly target: unknown }): void => {
    // The dialog's own box is hit only outside its content: on the backdrop.
    if (event.target === dialog.current) onClose();
  };
  return html`<dialog
    ref=${dialog}
    aria-labelledby="dialog-title"
    onClose=${onClose}
    onClick=${onClick}
  >
    <div class="dialog-box">
      <header>
        <h2 id="dialog-title">${title}</h2>
        <button type="button" class="quiet-button" onClick=${onClose} title="Close">
          ${icon("cross")}<span class="unseen">Close</span>
        </button>
      </header>
      <div class="dialog-text">${children}</div>
      ${actions !== undefined && html`<footer>${actions}</footer>`}
    </div>
  </dialog>`;
}
