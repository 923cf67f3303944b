// A list of resources with icon, kind and name: what goes, before it goes.
import type { TreeNode } from "../../api/shapes/stack.ts";
import { html } from "../html.ts";
import { icon } from "./icon.ts";
import { kindLook } from "./kinds.ts";

export interface ListedResource {
  readonly kind: string;
  readonly name: string;
  readonly detail: string;
}

/** Everything in a tree that is a stack's own, from the top. */
export function resourcesOf(tree: TreeNode): readonly ListedResource[] {
  const own = tree.kind !== "environment" && tree.kind !== "unmanaged";
  const below = tree.children.flatMap(resourcesOf);
  return own ? [{ kind: tree.kind, name: tree.name, detail: tree.detail }, ...below] : below;
}

export function ResourceList({ resources }: { readonly resources: readonly ListedResource[] }) {
  return html`<ul class="resource-list">
    ${resources.map(
      ({ kind, name, detail }, index) =>
        html`<li key=${`${index} ${name}`}>
          ${icon(kindLook(kind).icon)}
          <span>${kindLook(kind).word} <strong>${name}</strong></span>
          ${detail !== "" && html`<span class="detail">${detail}</span>`}
        </li>`,
    )}
  </ul>`;
}
