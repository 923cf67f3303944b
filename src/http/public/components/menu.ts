// A menu that opens below its button. It closes by Escape, by a press elsewhere, and when something was chosen.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useBrowser } from "../browser.ts";
import { html } from "../html.ts";
import { classes } from "../lib/words.ts";

export interface MenuProps {
  readonly kind?: string;
  /** What stands on the button. */
  readonly label: ComponentChildren;
  readonly title: string;
  readonly children?: ComponentChildren;
}

/** What is used of HTMLDetailsElement. */
interface DetailsElement {
  open: boolean;
}

export function Menu({ kind, label, title, children }: MenuProps) {
  const browser = useBrowser();
  const details = useRef<DetailsElement | null>(null);
  const close = (): void => {
    if (details.current !== null) details.current.open = false;
  };
  useEffect(() => {
    const ends = [
      browser.onPress((isInside) => {
        if (!isInside(details.current)) close();
      }),
      browser.onKey(({ key }) => {
        if (key === "Escape") close();
      }),
    ];
    return () => {
      for (const end of ends) end();
    };
  }, []);
  return html`<details class=${classes("menu", kind)} ref=${details}>
    <summary class=${kind === "person" ? "" : "button"} title=${title}>${label}</summary>
    <div class="menu-box" onClick=${close}>${children}</div>
  </details>`;
}
