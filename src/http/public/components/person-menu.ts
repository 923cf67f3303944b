// Who is signed in, and the way out. Signing out changes something: it is a form that posts.
import { html } from "../html.ts";
import { icon } from "./icon.ts";

export interface PersonMenuProps {
  readonly name: string;
  readonly role: string | null;
}

export function PersonMenu({ name, role }: PersonMenuProps) {
  return html`<details class="menu person">
    <summary title=${name}>${icon("user")}<span class="person-name">${name}</span></summary>
    <div class="menu-box">
      <p class="menu-head">
        <strong>${name}</strong>
        ${role !== null && html`<span>${role}</span>`}
      </p>
      <form method="post" action="/sign-out">
        <button type="submit" class="menu-item">${icon("return")}Sign out</button>
      </form>
    </div>
  </details>`;
}
