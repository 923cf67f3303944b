// A stack as one row: what it is, how it is, why, from which commit, since when.
import type { StackSummary } from "../../../api/shapes/stack.ts";
import { CommitLink } from "../../components/commit-link.ts";
import { icon } from "../../components/icon.ts";
import { mark } from "../../components/mark.ts";
import { memo } from "../../components/memo.ts";
import { stackLooks } from "../../components/states.ts";
import { TimeAgo } from "../../components/time-ago.ts";
import { h, html } from "../../html.ts";
import { bareUrl, classes, safeUrl } from "../../lib/words.ts";

export interface StackRowProps {
  readonly stack: StackSummary;
  readonly index: number;
}

function Said({ stack }: { readonly stack: StackSummary }) {
  const { preview } = stack;
  const url = safeUrl(stack.urls[0]);
  const of =
    preview !== null &&
    html`<span class="row-preview"
      >${"preview of "}<a href=${safeUrl(preview.url)} target="_blank" rel="noreferrer"
        >${preview.repository ?? ""}#${preview.pull}</a
      ></span
    >`;
  if (stack.state !== "ready" || url === null) {
    return html`<span class="row-text" title=${stack.message}>${of}${stack.message}</span>`;
  }
  const more = stack.urls.length - 1;
  return html`<span class="row-text">
    ${of}
    <a class="row-address" href=${url} target="_blank" rel="noreferrer">
      ${bareUrl(url)}${icon("external")}
    </a>
    ${more > 0 && html`<span class="row-more" title=${stack.urls.slice(1).join("\n")}>+${more}</span>`}
  </span>`;
}

function Row({ stack, index }: StackRowProps) {
  const { name, state, stateText, commit, since } = stack;
  return html`<li class=${classes("row", "stack-row", state)}>
    ${mark(stackLooks[state])}
    <a class="row-name" id=${`row-${index}`} href=${`/stacks/${encodeURIComponent(name)}`}
      >${name}</a
    >
    <span class=${`row-state ${stackLooks[state].tone}`}>${stateText}</span>
    ${h(Said, { stack })}
    <span class="row-commit">${commit !== null && h(CommitLink, { commit })}</span>
    <span class="row-age">${h(TimeAgo, { at: since, isShort: true })}</span>
  </li>`;
}

export const StackRow = memo(Row);
