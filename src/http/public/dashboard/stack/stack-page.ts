// One stack: its head, its parts as a tree on the left, and what belongs to the selected part on the right.
import { useEffect, useState } from "preact/hooks";
import type { StackDetail } from "../../../api/shapes/dashboard.ts";
import { useBrowser } from "../../browser.ts";
import { Empty } from "../../components/empty.ts";
import { icon } from "../../components/icon.ts";
import { kindLook } from "../../components/kinds.ts";
import { Shell } from "../../components/shell.ts";
import { h, html } from "../../html.ts";
import type { Piece } from "../../html.ts";
import type { StackData } from "../data.ts";
import { EventList } from "../events/event-list.ts";
import { eventService } from "../events/filter.ts";
import { OlderButton, useOlder } from "../events/older.ts";
import type { OlderEvents } from "../events/older.ts";
import { useFresh } from "../live/use-fresh.ts";
import { useLive } from "../live/use-live.ts";
import { Head } from "./head.ts";
import { HistoryTab } from "./history-tab.ts";
import { LogsTab } from "./logs-tab.ts";
import { ManifestTab } from "./manifest-tab.ts";
import { NowTab } from "./now-tab.ts";
import { pathOf, placeOf, serviceName, serviceOf, wayTo } from "./place.ts";
import type { Place } from "./place.ts";
import { PlanView } from "./plan-view.ts";
import { RolloutTab } from "./rollout-tab.ts";
import { Tabs } from "./tabs.ts";
import { Tree } from "./tree.ts";

function usePlace(stack: string) {
  const browser = useBrowser();
  const [place, setPlace] = useState(() => placeOf(browser.path()));
  useEffect(() => browser.onPath(() => setPlace(placeOf(browser.path()))), []);
  const go = (next: Place): void => {
    setPlace(next);
    browser.setPath(pathOf(stack, next), next.tab === place.tab ? "replace" : "push");
  };
  return { place, go };
}

interface PanelProps {
  readonly stack: StackDetail;
  readonly place: Place;
  readonly events: OlderEvents;
  readonly onGo: (place: Place) => void;
}

function panel({ stack, place, events, onGo }: PanelProps): Piece {
  const service = serviceOf(stack, place.node);
  switch (place.tab) {
    case "now":
      return h(NowTab, { stack, node: wayTo(stack.tree, place.node).at(-1) ?? null });
    case "change":
      return stack.plan === null
        ? h(
            Empty,
            { icon: "branch", title: "Not compared with Git yet" },
            html`<p>The first run shows here what it changed.</p>`,
          )
        : h(PlanView, {
            plan: stack.plan,
            service,
            nothing: "No changes: the server matches Git.",
          });
    case "rollout":
      return h(RolloutTab, { stack, service });
    case "events": {
      const { events: all, ...older } = events;
      const shown = all.filter((event) => service === null || eventService(event) === service);
      const nothing = h(
        Empty,
        { icon: "history", title: "No events" },
        html`<p>What Capstan does with it, and why, is listed here.</p>`,
      );
      const list = shown.length > 0 ? h(EventList, { events: shown, hasStack: false }) : nothing;
      return html`${list}${h(OlderButton, older)}`;
    }
    case "logs":
      return h(LogsTab, {
        stack,
        service,
        onService: (chosen) => onGo({ ...place, node: chosen }),
      });
    case "history":
      return h(HistoryTab, { stack });
    case "manifest":
      return h(ManifestTab, { stack });
  }
}

/** Of which part the panel speaks. */
function Scope({ stack, place, onGo }: Omit<PanelProps, "events">) {
  const way = wayTo(stack.tree, place.node);
  const node = way.at(-1);
  if (node === undefined || way.length < 2) return null;
  const service = serviceOf(stack, node.id);
  const isPart = place.tab === "now" || service === node.id;
  const name = isPart || service === null ? node.name : serviceName(stack, service);
  return html`<p class="scope">
    ${icon(kindLook(isPart ? node.kind : "application").icon)}
    <span>Only <strong>${name}</strong></span>
    <button
      type="button"
      class="quiet-button needs-script"
      onClick=${() => onGo({ ...place, node: null })}
    >
      ${icon("cross")}Show the whole stack
    </button>
  </p>`;
}

const wholeStack: ReadonlySet<Place["tab"]> = new Set(["history", "manifest"]);

export function StackPage({ data }: { readonly data: StackData }) {
  const { name } = data.stack;
  const fresh = useFresh(data.stack, `/api/v1/stacks/${encodeURIComponent(name)}`);
  const page = useLive({ ...data, stacks: [data.stack] }, (messages) => {
    const concerns = messages.some(
      ({ type, data: said }) =>
        (type === "stack" && (said as { readonly name: string }).name === name) ||
        (type === "event" && (said as { readonly stack: string | null }).stack === name),
    );
    if (concerns) fresh.refresh();
  });
  const { place, go } = usePlace(name);
  const { live } = page;
  const isGone = !live.stacks.has(name) || fresh.refusal?.status === 404;
  // The summary comes with the stream and is there before the whole.
  const summary = live.stacks.get(name);
  const stack: StackDetail = summary === undefined ? fresh.value : { ...fresh.value, ...summary };
  const own = live.events.filter((event) => event.stack === name);
  const events = useOlder(own, data.older, { stack: name });
  const active = stack.rollouts.filter(({ state }) => state === "active").length;
  return h(
    Shell,
    { page: "stacks", theme: data.theme, overview: live.overview, stream: page },
    h(Head, { stack, isGone, onGo: go, onDone: fresh.refresh }),
    html`<div class="columns">
      <section class="parts panel" aria-labelledby="parts-title">
        <h2 id="parts-title">Parts</h2>
        ${h(Tree, { stack, place, onGo: go })}
      </section>
      <section class="about">
        ${h(Tabs, {
          stack: name,
          place,
          counts: { change: stack.plan?.actions.length ?? 0, rollout: active },
          onGo: go,
        })}
        <div class="tab-panel" id="tab-panel" role="tabpanel" aria-labelledby=${`tab-${place.tab}`}>
          ${!wholeStack.has(place.tab) && h(Scope, { stack, place, onGo: go })}
          ${panel({ stack, place, events, onGo: go })}
        </div>
      </section>
    </div>`,
  );
}
