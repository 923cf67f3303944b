// A deployment under way: where it will answer, a bar, and the steps with their own times.

import { useEffect, useState } from "preact/hooks";
import { useBrowser } from "../browser.ts";
import { icon } from "../components/icon.ts";
import { mark } from "../components/mark.ts";
import type { Look } from "../components/states.ts";
import { h, html } from "../html.ts";
import { duration, timeOf } from "../lib/time.ts";
import { bareUrl, safeUrl } from "../lib/words.ts";
import type { DeploymentStateView } from "../../api/shapes/portal.ts";

type Step = DeploymentStateView["steps"][number];

const looks: Readonly<Record<Step["state"], Look>> = {
  done: { word: "Done", shape: "check", tone: "ok" },
  active: { word: "Now", shape: "turning", tone: "busy" },
  waiting: { word: "Not started", shape: "dashed", tone: "quiet" },
  failed: { word: "Failed", shape: "cross", tone: "bad" },
};

/** How long a step took, or takes so far; kept true while it is active. */
function StepTime({ step }: { readonly step: Step }) {
  const browser = useBrowser();
  const [, setShown] = useState("");
  const started = timeOf(step.startedAt);
  const textNow = (): string => {
    if (started === null) return "";
    return duration((timeOf(step.endedAt) ?? browser.now()) - started);
  };
  const isActive = step.state === "active";
  useEffect(() => {
    if (!isActive) return undefined;
    return browser.every(1_000, () => setShown(textNow()));
  }, [isActive, step.startedAt]);
  return html`<span class="step-time">${textNow()}</span>`;
}

export function Steps({ steps }: { readonly steps: readonly Step[] }) {
  return html`<ol class="steps">
    ${steps.map((step) => {
      const link = safeUrl(step.link);
      return html`<li
        key=${step.id}
        class=${step.state}
        aria-current=${step.state === "active" ? "step" : undefined}
      >
        ${mark(looks[step.state], true)}
        <span class="step-title">
          ${step.title}
          ${
            link !== null &&
            html`<a class="step-link" href=${link} target="_blank" rel="noreferrer">
              ${icon("pull")}Open the pull request
            </a>`
          }
        </span>
        ${h(StepTime, { step })}
      </li>`;
    })}
  </ol>`;
}

export interface ProgressCardProps {
  readonly deployment: DeploymentStateView | null;
  readonly isLost: boolean;
}

function Waiting() {
  return html`<div class="skeleton-lines late" aria-hidden="true"><i></i><i></i><i></i></div>`;
}

export function ProgressCard({ deployment, isLost }: ProgressCardProps) {
  if (deployment === null)
    return html`<div>
      ${h(Waiting, {})}
      <p class="unseen" role="status">Loading</p>
    </div>`;
  const { name, url, progress, steps, currentStep } = deployment;
  const address = url === undefined ? name : bareUrl(url);
  return html`<div class="progress-card">
    <p class="address coming">${address}</p>
    <progress max="100" value=${progress} aria-label=${`${name}: ${progress} %`}></progress>
    ${h(Steps, { steps })}
    <p class="unseen" role="status">${currentStep}</p>
    ${
      isLost
        ? html`<p class="callout wait" role="status">
            ${icon("alert")}<span
              >Connection lost, trying again. Your stack keeps starting meanwhile.</span
            >
          </p>`
        : html`<p class="hint">
            You can close this page. Your stack keeps starting, and this address shows its progress.
          </p>`
    }
  </div>`;
}
