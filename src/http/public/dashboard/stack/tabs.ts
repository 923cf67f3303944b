// The tabs of a stack's page as links: each has an address of its own.
import { useBrowser } from "../../browser.ts";
import { html } from "../../html.ts";
import { pathOf, tabs } from "./place.ts";
import type { Place, Tab } from "./place.ts";

const tabWords: Readonly<Record<Tab, string>> = {
  now: "Now",
  change: "Change",
  rollout: "Rollout",
  events: "Events",
  logs: "Logs",
  history: "History",
  manifest: "Manifest",
};

export interface TabsProps {
  readonly stack: string;
  readonly place: Place;
  /** A number beside a tab's word; absent or 0: none. */
  readonly counts: Partial<Readonly<Record<Tab, number>>>;
  readonly onGo: (place: Place) => void;
}

interface KeyEvent {
  readonly key: string;
  preventDefault(): void;
}

export function Tabs({ stack, place, counts, onGo }: TabsProps) {
  const browser = useBrowser();
  const go = (tab: Tab): void => {
    onGo({ ...place, tab });
    browser.focus(`tab-${tab}`);
  };
  const onKey = (event: KeyEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const at = tabs.indexOf(place.tab) + step;
    go(tabs[(at + tabs.length) % tabs.length] ?? "now");
  };
  return html`<div class="tabs" role="tablist" aria-label=${`About ${stack}`} onKeyDown=${onKey}>
    ${tabs.map((tab) => {
      const isChosen = tab === place.tab;
      const count = counts[tab] ?? 0;
      return html`<a
        key=${tab}
        id=${`tab-${tab}`}
        role="tab"
        aria-selected=${isChosen ? "true" : "false"}
        aria-controls=${isChosen ? "tab-panel" : undefined}
        tabindex=${isChosen ? 0 : -1}
        href=${pathOf(stack, { ...place, tab })}
        onClick=${(event: KeyEvent) => {
          event.preventDefault();
          go(tab);
        }}
      >
        ${tabWords[tab]}${count > 0 && html`<span class="tab-count">${count}</span>`}
      </a>`;
    })}
  </div>`;
}
