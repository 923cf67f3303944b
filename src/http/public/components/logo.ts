// The capstan: a drum with its bars, seen from above.
import { html } from "../html.ts";

export function Logo() {
  return html`<svg class="logo" viewBox="0 0 24 24" aria-hidden="true">
    <path
      d="M12 1.8v5M12 17.2v5M3.2 6.9l4.3 2.5M16.5 14.6l4.3 2.5M3.2 17.1l4.3-2.5M16.5 9.4l4.3-2.5"
    />
    <circle cx="12" cy="12" r="5.2" />
    <circle class="hub" cx="12" cy="12" r="1.7" />
  </svg>`;
}
