// The Dokploys of this controller: how each is; a click shows its stacks alone.
import type { Overview } from "../../../api/shapes/dashboard.ts";
import { mark } from "../../components/mark.ts";
import type { Look } from "../../components/states.ts";
import { html } from "../../html.ts";
import { dokployTitle } from "./filter.ts";

type Dokploy = Overview["dokploys"][number];

export interface DokployBarProps {
  readonly dokploys: Overview["dokploys"];
  /** Empty: all. */
  readonly chosen: string;
  readonly onChoose: (dokploy: string) => void;
}

function lookOf({ error, waitsFor, ready }: Dokploy): Look {
  if (error !== null) return { word: "cannot be read", shape: "cross", tone: "bad" };
  if (waitsFor !== null) return { word: "on standby", shape: "paused", tone: "quiet" };
  if (!ready) return { word: "being read", shape: "turning", tone: "busy" };
  return { word: "", shape: "check", tone: "ok" };
}

export function DokployBar({ dokploys, chosen, onChoose }: DokployBarProps) {
  if (dokploys.length === 0) return null;
  return html`<div class="summary dokploys" role="group" aria-label="Show only the stacks of">
    ${dokploys.map((one) => {
      const look = lookOf(one);
      const title = dokployTitle(one.name);
      const isChosen = chosen === title;
      return html`<button
        key=${title}
        type="button"
        class="chip"
        title=${one.error ?? one.waitsFor ?? one.title}
        aria-pressed=${isChosen ? "true" : "false"}
        onClick=${() => onChoose(isChosen ? "" : title)}
      >
        ${mark(look)}<span>${title}</span>
        <span class="chip-count">${one.stacks}</span>
        ${look.word !== "" && html`<span>${look.word}</span>`}
      </button>`;
    })}
  </div>`;
}
