// The caller's stacks below the card: state, open, remove.

import { useState } from "preact/hooks";
import { icon } from "../components/icon.ts";
import { mark } from "../components/mark.ts";
import { stackLooks } from "../components/states.ts";
import type { Look } from "../components/states.ts";
import { h, html } from "../html.ts";
import { bareUrl, dashboardPath, safeUrl } from "../lib/words.ts";
import type { OwnStackView } from "../../api/shapes/portal.ts";
import { RemoveDialog } from "./remove-dialog.ts";

export interface OwnStacksProps {
  readonly stacks: readonly OwnStackView[];
  readonly quota: number | null;
  /** Whether the caller may see the dashboard. */
  readonly hasDashboard: boolean;
  /** Called when the server has taken a removal. */
  readonly onRemoved: (name: string, waitsForReview: boolean) => void;
}

function lookOf(state: string): Look {
  return (stackLooks as Readonly<Record<string, Look>>)[state] ?? stackLooks.unknown;
}

function Row({
  stack,
  hasDashboard,
  onRemove,
}: {
  readonly stack: OwnStackView;
  readonly hasDashboard: boolean;
  readonly onRemove: (stack: OwnStackView) => void;
}) {
  const { name, state, stateText, deploymentId, removable } = stack;
  const url = safeUrl(stack.url);
  return html`<li class="own-stack">
    ${mark(lookOf(state))}
    <div class="own-text">
      ${
        // What is not in Git, not yet or not any more, has no page there.
        hasDashboard && removable
          ? html`<a class="own-name" href=${dashboardPath(name)} title="See it in the dashboard"
              >${name}</a
            >`
          : html`<span class="own-name">${name}</span>`
      }
      <span class="own-state">
        ${stateText} ${url !== null && html`<span class="own-address"> · ${bareUrl(url)}</span>`}
      </span>
    </div>
    ${
      deploymentId !== null
        ? html`<a class="button small" href=${`/?deployment=${encodeURIComponent(deploymentId)}`}
            >Show progress</a
          >`
        : url !== null &&
          state !== "failing" &&
          html`<a class="button small" href=${url}
            >Open<span class="unseen"> ${name}</span>${icon("external")}</a
          >`
    }
    ${
      removable &&
      html`<button
        type="button"
        class="quiet-button needs-script"
        title=${`Remove ${name}`}
        onClick=${() => onRemove(stack)}
      >
        ${icon("trash")}<span class="unseen">Remove ${name}</span>
      </button>`
    }
  </li>`;
}

export function OwnStacks({ stacks, quota, hasDashboard, onRemoved }: OwnStacksProps) {
  const [asked, setAsked] = useState<OwnStackView | null>(null);
  if (stacks.length === 0) return null;
  return html`<section class="own-stacks" aria-labelledby="own-title">
    <h2 id="own-title">
      Your stacks ${quota !== null && html`<span class="quota">${stacks.length} of ${quota}</span>`}
    </h2>
    <ul>
      ${stacks.map((stack) => h(Row, { key: stack.name, stack, hasDashboard, onRemove: setAsked }))}
    </ul>
    ${
      asked !== null &&
      h(RemoveDialog, {
        name: asked.name,
        url: asked.url,
        onClose: () => setAsked(null),
        onRemoved: (name: string, waitsForReview: boolean) => {
          setAsked(null);
          onRemoved(name, waitsForReview);
        },
      })
    }
  </section>`;
}
