// A plan for people: each action with its reason and its risk, and field by field what was and what will be.
import type { StackPlan } from "../../../api/shapes/stack.ts";
import { icon } from "../../components/icon.ts";
import { h, html } from "../../html.ts";
import { counted } from "../../lib/words.ts";

type Action = StackPlan["actions"][number];
type Risk = Action["risk"];

/** The gravest first. */
const risks: readonly Risk[] = ["data-loss", "replace", "rebuild", "restart", "none"];
const riskWords: Readonly<Record<Risk, string>> = {
  "data-loss": "Data loss",
  replace: "Replaced",
  rebuild: "Rebuild",
  restart: "Restart",
  none: "No restart",
};

export function byRisk(actions: readonly Action[]): readonly Action[] {
  return [...actions].sort((a, b) => risks.indexOf(a.risk) - risks.indexOf(b.risk));
}

function Side({ sign, text }: { readonly sign: "−" | "+"; readonly text: string }) {
  const isOld = sign === "−";
  return html`<div class=${isOld ? "was" : "is"}>
    <span class="diff-sign" aria-hidden="true">${sign}</span>
    <span class="unseen">${isOld ? "Was: " : "Will be: "}</span>
    <code>${text === "" ? '""' : text}</code>
  </div>`;
}

function Changes({ changes }: { readonly changes: Action["changes"] }) {
  return html`<dl class="changes">
    ${changes.map(
      ({ path, was, is }) =>
        html`<div key=${path} class="change">
          <dt>${path}</dt>
          <dd>
            ${was !== null && was !== is && h(Side, { sign: "−", text: was })}
            ${is !== null && was !== is && h(Side, { sign: "+", text: is })}
            ${was === is && html`<span class="hidden-change">changed; the value is not shown</span>`}
          </dd>
        </div>`,
    )}
  </dl>`;
}

/** What nobody should overlook stands before everything else. */
function HostAccess({ access }: { readonly access: StackPlan["hostAccess"] }) {
  return html`<div class="callout wait host-access">
    ${icon("alert")}
    <ul>
      ${access.map(({ service, part, reaches }) => {
        const name = service.slice(service.indexOf("/") + 1);
        const title = part === null ? name : `${name}/${part}`;
        return html`<li key=${title}><strong>${title}</strong> reaches ${reaches.join(", ")}</li>`;
      })}
    </ul>
  </div>`;
}

function isLong(changes: Action["changes"]): boolean {
  return changes.length > 8;
}

function ActionItem({ action }: { readonly action: Action }) {
  const { title, reason, risk, changes } = action;
  return html`<li class="action">
    <div class="action-head">
      <span class=${`risk ${risk}`}>${riskWords[risk]}</span>
      <strong>${title}</strong>
    </div>
    <p class="hint">${reason}</p>
    ${changes.length > 0 && !isLong(changes) && h(Changes, { changes })}
    ${
      isLong(changes) &&
      html`<details>
        <summary class="fold">
          ${icon("chevron")}<span>${counted(changes.length, "field")}</span>
        </summary>
        ${h(Changes, { changes })}
      </details>`
    }
  </li>`;
}

export interface PlanViewProps {
  readonly plan: StackPlan;
  /** Only of this service; null: all. */
  readonly service: string | null;
  /** Said when nothing is to be done. */
  readonly nothing: string;
}

export function PlanView({ plan, service, nothing }: PlanViewProps) {
  const actions = byRisk(
    plan.actions.filter((action) => service === null || action.service === service),
  );
  const access = plan.hostAccess.filter((one) => service === null || one.service === service);
  return html`<div class="plan">
    ${access.length > 0 && h(HostAccess, { access })}
    ${
      plan.conflict !== null &&
      html`<p class="callout bad">${icon("alert")}<span>${plan.conflict}</span></p>`
    }
    ${
      actions.length === 0 && plan.conflict === null
        ? html`<p class="quiet-line">${icon("check")}${nothing}</p>`
        : html`<ol class="actions-list">
            ${actions.map((action, index) => h(ActionItem, { key: `${index} ${action.title}`, action }))}
          </ol>`
    }
    ${plan.notes.map(
      ({ kind, message }) =>
        html`<p key=${`${kind} ${message}`} class="callout">
          ${icon("info")}<span>${message}</span>
        </p>`,
    )}
  </div>`;
}
