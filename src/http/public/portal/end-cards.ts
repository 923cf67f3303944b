// How a deployment ended: the address as the largest thing there is, or one sentence and what to do.

import { CopyButton } from "../components/copy-button.ts";
import { icon } from "../components/icon.ts";
import { h, html } from "../html.ts";
import { duration, timeOf } from "../lib/time.ts";
import { bareUrl, dashboardPath, safeUrl } from "../lib/words.ts";
import type { DeploymentStateView } from "../../api/shapes/portal.ts";

export interface SuccessCardProps {
  readonly deployment: DeploymentStateView;
  /** Whether the caller may see the dashboard. */
  readonly hasDashboard: boolean;
  readonly onAfresh: () => void;
}

export function tookText({ startedAt, endedAt }: DeploymentStateView): string {
  const [start, end] = [timeOf(startedAt), timeOf(endedAt)];
  return start === null || end === null ? "" : duration(end - start);
}

export function SuccessCard({ deployment, hasDashboard, onAfresh }: SuccessCardProps) {
  const url = safeUrl(deployment.url);
  const took = tookText(deployment);
  return html`<div class="end-card">
    <p class="lead">${took === "" ? "It runs." : `Ready after ${took}.`}</p>
    ${
      url !== null &&
      html`<div class="address-row">
        <a class="button primary large address-button" id="open-stack" href=${url}>
          <span>${bareUrl(url)}</span>${icon("external")}
        </a>
        ${h(CopyButton, { text: url, what: "the address", isLarge: true })}
      </div>`
    }
    <h3>What to do first</h3>
    <ol class="first-steps">
      ${
        url === null
          ? html`<li>
              Ask whoever runs this portal how to reach it: it has no address of its own.
            </li>`
          : html`<li>
              Open the address and keep it as a bookmark. The first page may take a few seconds.
            </li>`
      }
      <li>Work in it. It keeps running and keeps your files until you remove it.</li>
      <li>Come back here to see how it is, or to remove it.</li>
    </ol>
    <p class="end-links">
      <button type="button" class="link-button" onClick=${onAfresh}>Create another stack</button>
      ${hasDashboard && html`<a href=${dashboardPath(deployment.name)}>See it in the dashboard</a>`}
    </p>
  </div>`;
}

export interface FailureCardProps {
  readonly deployment: DeploymentStateView;
  readonly contact: string | null;
  readonly hasDashboard: boolean;
  readonly onAgain: () => void;
}

/** An address to write to or to open; plain text when it is neither. */
function Contact({ contact }: { readonly contact: string }) {
  const url = safeUrl(contact);
  if (url !== null) return html`<a href=${url}>${bareUrl(url)}</a>`;
  if (/^[^\s@<>"]+@[^\s@<>"]+$/.test(contact))
    return html`<a href=${`mailto:${contact}`}>${contact}</a>`;
  return html`<span>${contact}</span>`;
}

/** What failed at these is on no branch, so that the dashboard has no page of it. */
const beforeGit: ReadonlySet<string> = new Set(["written", "review", "seen"]);

export function FailureCard({ deployment, contact, hasDashboard, onAgain }: FailureCardProps) {
  const { error, log = [], steps, name } = deployment;
  const failed = steps.find(({ state }) => state === "failed");
  return html`<div class="end-card">
    <p class="callout bad" role="alert">
      ${icon("alert")}<span>${error ?? `${name} did not start.`}</span>
    </p>
    ${failed !== undefined && html`<p class="hint">It stopped at: ${failed.title}.</p>`}
    ${
      log.length > 0 &&
      html`<details class="last-lines">
        <summary>
          ${icon("chevron")}<span
            >Last ${log.length === 1 ? "line" : `${log.length} lines`} of the log</span
          >
        </summary>
        <pre tabindex="0" aria-label="Log">${log.join("\n")}</pre>
      </details>`
    }
    <button type="button" class="button primary large" id="again" onClick=${onAgain}>
      Try again
    </button>
    ${
      hasDashboard &&
      failed !== undefined &&
      !beforeGit.has(failed.id) &&
      html`<p class="hint centered">
        <a href=${dashboardPath(name)}>See what happened in the dashboard</a>
      </p>`
    }
    ${
      contact !== null &&
      html`<p class="hint centered">
        If it fails again, ask ${h(Contact, { contact })} and mention <code>${deployment.id}</code>.
      </p>`
    }
  </div>`;
}
