// The head of a stack's page: name, state, address, commit, buttons; below it what is wrong and why.
import { useState } from "preact/hooks";
import type { StackDetail } from "../../../api/shapes/dashboard.ts";
import { CommitLink } from "../../components/commit-link.ts";
import { CopyButton } from "../../components/copy-button.ts";
import { icon } from "../../components/icon.ts";
import { mark } from "../../components/mark.ts";
import { stackLooks } from "../../components/states.ts";
import { TimeAgo } from "../../components/time-ago.ts";
import { h, html } from "../../html.ts";
import { shownLabels } from "../../lib/labels.ts";
import { bareUrl, safeUrl } from "../../lib/words.ts";
import { ApprovalDialog } from "../approval-dialog.ts";
import { Actions } from "./actions.ts";
import { pathOf } from "./place.ts";
import type { Place, Tab } from "./place.ts";

export interface HeadProps {
  readonly stack: StackDetail;
  readonly isGone: boolean;
  readonly onGo: (place: Place) => void;
  readonly onDone: () => void;
}

function Addresses({ urls }: { readonly urls: readonly string[] }) {
  const safe = urls.flatMap((url) => safeUrl(url) ?? []);
  const [first] = safe;
  if (first === undefined) return null;
  return html`<p class="stack-address">
    <a href=${first} target="_blank" rel="noreferrer">${bareUrl(first)}${icon("external")}</a>
    ${h(CopyButton, { text: first, what: "the address" })}
    ${safe.length > 1 && html`<span class="hint" title=${safe.slice(1).join("\n")}>and ${safe.length - 1} more</span>`}
  </p>`;
}

/** Where the reason of a state is seen best. */
function nextTab({
  state,
  rollouts,
  plan,
}: StackDetail): readonly [tab: Tab, words: string] | null {
  if (state === "failing") {
    const failed = rollouts.find((one) => one.state === "failed");
    return failed === undefined ? ["logs", "See the log"] : ["rollout", "See the rollout"];
  }
  if (state === "rolling-out") return ["rollout", "Follow the rollout"];
  if (state === "waiting" && plan !== null) return ["change", "See what would change"];
  return null;
}

function Why({ stack, onGo }: { readonly stack: StackDetail; readonly onGo: HeadProps["onGo"] }) {
  const [isReviewed, setReviewed] = useState(false);
  const { state, message, approval, suspended, name } = stack;
  if (state === "ready" || state === "removed") return null;
  const look = stackLooks[state];
  const next = nextTab(stack);
  const target: Place | null = next === null ? null : { tab: next[0], node: null };
  return html`<div class=${`callout why ${look.tone}`}>
    ${mark(look)}
    <div>
      <p class="why-text">${message}</p>
      ${
        suspended !== null &&
        html`<p class="hint">
          By ${suspended.by}, ${h(TimeAgo, { at: suspended.since })}. Nothing is written until
          somebody resumes it.
        </p>`
      }
    </div>
    ${
      approval !== null && stack.may.operate
        ? html`<button
            type="button"
            class="button small needs-script"
            onClick=${() => setReviewed(true)}
          >
            Review
          </button>`
        : next !== null &&
          target !== null &&
          html`<a
            class="button small"
            href=${pathOf(name, target)}
            onClick=${(event: { preventDefault(): void }) => {
              event.preventDefault();
              onGo(target);
            }}
            >${next[1]}</a
          >`
    }
    ${isReviewed && approval !== null && h(ApprovalDialog, { approval, onClose: () => setReviewed(false) })}
  </div>`;
}

function PreviewOf({ preview }: { readonly preview: StackDetail["preview"] }) {
  if (preview === null) return null;
  const { stack, pull, url, repository } = preview;
  return html`<span
    >${"Preview of "}<a href=${`/stacks/${encodeURIComponent(stack)}`}>${stack}</a>${" for "}<a
      class="with-mark"
      href=${safeUrl(url)}
      target="_blank"
      rel="noreferrer"
      >${repository ?? ""}#${pull}${icon("external")}</a
    ></span
  >`;
}

export function Head({ stack, isGone, onGo, onDone }: HeadProps) {
  const { name, state, stateText, commit, since, template, labels } = stack;
  const look = stackLooks[state];
  return html`<div class="stack-head">
    <nav class="crumbs" aria-label="Where this is">
      <a href="/stacks">${icon("chevron", "back")}Stacks</a>
    </nav>
    <div class="stack-title">
      <h1 id="title" tabindex="-1">${name}</h1>
      <span class=${`state-pill ${look.tone}`}>${mark(look)}${stateText}</span>
      ${h(Actions, { stack, onDone, onHistory: () => onGo({ tab: "history", node: null }) })}
    </div>
    ${h(Addresses, { urls: stack.urls })}
    <p class="stack-facts">
      ${h(PreviewOf, { preview: stack.preview })}
      ${commit !== null && h(CommitLink, { commit, hasHost: true })}
      ${since !== null && html`<span>${h(TimeAgo, { at: since, how: "duration" })}</span>`}
      ${template !== null && html`<span>template ${template}</span>`}
      ${shownLabels(labels).map(
        ({ pair, text }) =>
          html`<a key=${pair} class="label" href=${`/stacks?label=${encodeURIComponent(pair)}`}
            >${text}</a
          >`,
      )}
    </p>
    ${
      isGone
        ? html`<p class="callout wait" role="status">
            ${icon("info")}<span
              >${name} has been removed from Git and from the server. This is how it was last.</span
            >
          </p>`
        : h(Why, { stack, onGo })
    }
  </div>`;
}
