// The sign of a state: a shape in its colour. The word stands beside it, or is read out where it is hidden.
import { html } from "../html.ts";
import type { Look, Shape } from "./states.ts";

const disc = "M8 8m-6.5 0a6.5 6.5 0 1 0 13 0 6.5 6.5 0 1 0-13 0";

/** `solid` is filled with the colour, `line` is drawn on it in the page's own. */
const drawings: Readonly<Record<Shape, { readonly solid?: string; readonly line?: string }>> = {
  check: { solid: disc, line: "m5 8.3 2.1 2.1L11.2 6" },
  cross: { solid: disc, line: "m5.7 5.7 4.6 4.6M10.3 5.7l-4.6 4.6" },
  attention: { solid: "M8 1.3 15.3 14.2H.7Z", line: "M8 6v3.7M8 11.8v.1" },
  turning: {},
  paused: { solid: disc, line: "M6.3 5.7v4.6M9.7 5.7v4.6" },
  dashed: {},
  minus: { solid: disc, line: "M5.3 8h5.4" },
  dot: {},
};

/** `isAlone`: no word stands beside it, so that it is read out. */
export function mark(look: Look, isAlone = false) {
  const { solid, line } = drawings[look.shape];
  return html`<span class=${`mark ${look.tone} ${look.shape}`}>
    <svg viewBox="0 0 16 16" aria-hidden="true">
      ${look.shape === "turning" && html`<circle class="track" cx="8" cy="8" r="6" />`}
      ${look.shape === "turning" && html`<path class="arc" d="M8 2a6 6 0 0 1 6 6" />`}
      ${look.shape === "dashed" && html`<circle class="dashes" cx="8" cy="8" r="6" />`}
      ${look.shape === "dot" && html`<circle class="point" cx="8" cy="8" r="2" />`}
      ${solid !== undefined && html`<path class="solid" d=${solid} />`}
      ${line !== undefined && html`<path class="line" d=${line} />`}
    </svg>
    ${isAlone && look.word !== "" && html`<span class="unseen">${look.word}</span>`}
  </span>`;
}
