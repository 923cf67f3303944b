// Who is signed in, and the way out. Signing out changes something: it is a form that posts.
import { h, html } from "../html.ts";
import { icon } from "./icon.ts";
import { Menu } from "./menu.ts";

export interface PersonMenuProps {
  readonly name: string;
  readonly role: string | null;
}

export function PersonMenu({ name, role }: PersonMenuProps) {
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
    html`<form method="post" action="/sign-out">
      <button type="submit" class="menu-item">${icon("return")}Sign out</button>
    </form>`,
  );
}
