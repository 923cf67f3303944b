// Light, dark, or as the system has it: one button that goes round.
import { useState } from "preact/hooks";
import { useBrowser } from "../browser.ts";
import type { Theme } from "../browser.ts";
import { html } from "../html.ts";
import { icon } from "./icon.ts";

const next: Readonly<Record<Theme, Theme>> = { system: "light", light: "dark", dark: "system" };
const icons = { system: "system", light: "sun", dark: "moon" } as const;

export function ThemeButton({ theme }: { readonly theme: Theme }) {
  const browser = useBrowser();
  const [now, setNow] = useState(theme);
  const turn = (): void => {
    browser.setTheme(next[now]);
    setNow(next[now]);
  };
  const label = `Theme: ${now}. Switch to ${next[now]}`;
  return html`<button
    type="button"
    class="quiet-button needs-script"
    title=${label}
    onClick=${turn}
  >
    ${icon(icons[now])}<span class="unseen">${label}</span>
  </button>`;
}
