// A list with nothing in it: says so, and what to do about it.
import type { ComponentChildren } from "preact";
import { html } from "../html.ts";
import { icon } from "./icon.ts";
import type { IconName } from "./icon.ts";

export interface EmptyProps {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ComponentChildren;
}

export function Empty({ icon: name, title, children }: EmptyProps) {
  return html`<div class="empty">
    <span class="empty-sign">${icon(name)}</span>
    <p class="empty-title">${title}</p>
    <div class="empty-text">${children}</div>
  </div>`;
}
