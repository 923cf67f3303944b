// Markup for components: htm on preact. Components themselves go through `h`, so that the compiler checks
// their properties: html`<ul>${stacks.map((stack) => h(StackRow, { key: stack.name, stack }))}</ul>`.
import htm from "htm";
import { h as create } from "preact";
import type { Attributes, ComponentChildren, ComponentType, VNode } from "preact";

export type Piece = VNode;

interface Htm {
  bind(h: typeof create): (strings: TemplateStringsArray, ...values: unknown[]) => Piece;
}

// Its types are written for CommonJS, where the function stands one level deeper.
const withHtm = htm as unknown as Htm;

/** Exactly one root; several of them go into a `Fragment`. */
export const html = withHtm.bind(create);

export function h<P extends object>(
  component: ComponentType<P>,
  properties: P & Attributes,
  ...children: ComponentChildren[]
): Piece {
  return create(component, properties, ...children) as unknown as Piece;
}
