// Who looks at the page, and the way out. Signing out changes something: it is a form that posts.
import { h, html } from "../html.ts";
import { icon } from "./icon.ts";
import { Menu } from "./menu.ts";

export interface PersonMenuProps {
  readonly name: string;
  readonly role: string | null;
  /** False on the server's own machine, where nobody signs in. */
  readonly signedIn: boolean;
}

export function PersonMenu({ name: given, role, signedIn }: PersonMenuProps) {
  const name = signedIn ? given : "Local operator";
  return h(
    Menu,
    {
      kind: "person",
      title: name,
      label: [icon("user"), html`<span class="person-name">${name}</span>`],
    },
    html`<p class="menu-head">
      <strong>${name}</strong>
      ${role !== null && html`<span>${role}</span>`}
    </p>`,
    signedIn
      ? html`<form method="post" action="/sign-out">
          <button type="submit" class="menu-item">${icon("return")}Sign out</button>
        </form>`
      : html`<p class="menu-note">Nobody has to sign in on this machine.</p>`,
  );
}
