// Renders a component again only when one of its properties is another one.
import { Component, h } from "preact";
import type { ComponentChildren, ComponentType } from "preact";

function isSame(a: object, b: object): boolean {
  const [before, after] = [Object.entries(a), Object.entries(b)];
  const byName = b as Readonly<Record<string, unknown>>;
  return before.length === after.length && before.every(([name, value]) => byName[name] === value);
}

export function memo<P extends object>(component: ComponentType<P>): ComponentType<P> {
  return class Memo extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      return !isSame(this.props, next);
    }
    override render(): ComponentChildren {
      return h(component, this.props);
    }
  };
}
