// Where a stack has been: the revisions it can return to, and how its runs ended.
import { useState } from "preact/hooks";
import type { StackDetail } from "../../../api/shapes/dashboard.ts";
import { CommitLink } from "../../components/commit-link.ts";
import { icon } from "../../components/icon.ts";
import { mark } from "../../components/mark.ts";
import type { Look } from "../../components/states.ts";
import { TimeAgo } from "../../components/time-ago.ts";
import { h, html } from "../../html.ts";
import { counted, shortSha } from "../../lib/words.ts";
import { ReturnDialog } from "./return-dialog.ts";

type Revision = StackDetail["revisions"][number];
type Run = StackDetail["history"][number];

const outcomes: Readonly<Record<string, Look>> = {
  converged: { word: "In sync", shape: "check", tone: "ok" },
  progressing: { word: "Rolling out", shape: "turning", tone: "busy" },
  waiting: { word: "Waiting", shape: "attention", tone: "wait" },
  failed: { word: "Failed", shape: "cross", tone: "bad" },
  degraded: { word: "Failing", shape: "cross", tone: "bad" },
  terminal: { word: "Stopped", shape: "cross", tone: "bad" },
  removed: { word: "Removed", shape: "minus", tone: "quiet" },
};
const unknownOutcome: Look = { word: "Ended", shape: "dashed", tone: "quiet" };

function Revisions({
  stack,
  onReturn,
}: {
  readonly stack: StackDetail;
  readonly onReturn: (revision: Revision) => void;
}) {
  if (stack.revisions.length === 0) {
    return html`<p class="hint">Git has no earlier version of its manifest.</p>`;
  }
  return html`<ul class="facts">
    ${stack.revisions.map((revision) => {
      const { commit, healthy, current } = revision;
      const look: Look = healthy
        ? { word: "Was healthy", shape: "check", tone: "ok" }
        : { word: "Not confirmed healthy", shape: "dashed", tone: "quiet" };
      return html`<li key=${commit.sha}>
        <span title=${look.word}>${mark(look, true)}</span>
        <div>
          ${h(CommitLink, { commit, hasHost: true })}
          <p>
            ${h(TimeAgo, { at: commit.at })}${current && html` · <span class="ok">in Git now</span>`}
          </p>
        </div>
        ${
          !current &&
          stack.may.operate &&
          html`<button
            type="button"
            class="button small needs-script"
            onClick=${() => onReturn(revision)}
          >
            ${icon("return")}Return to this<span class="unseen"> (${shortSha(commit.sha)})</span>
          </button>`
        }
      </li>`;
    })}
  </ul>`;
}

function Runs({ runs }: { readonly runs: readonly Run[] }) {
  if (runs.length === 0) return null;
  return html`<ul class="facts">
    ${runs.map(({ at, revision, outcome, message, reasons, actions }) => {
      const look = outcomes[outcome] ?? unknownOutcome;
      const done = actions.filter(({ status }) => status === "done").length;
      return html`<li key=${at}>
        ${mark(look)}
        <div>
          <strong>${look.word}</strong>
          <p>${message}</p>
          ${
            actions.length > 0 &&
            html`<details>
              <summary class="fold">
                ${icon("chevron")}<span
                  >${done === actions.length ? counted(done, "action") : `${done} of ${counted(actions.length, "action")} done`}</span
                >
              </summary>
              <ul class="run-actions">
                ${actions.map(
                  (action, index) =>
                    html`<li key=${index}>
                      ${icon(action.status === "done" ? "check" : action.status === "failed" ? "cross" : "minus", action.status === "done" ? "ok" : action.status === "failed" ? "bad" : "quiet")}
                      <span>
                        ${action.title}
                        <small>${action.message === "" ? action.reason : action.message}</small>
                      </span>
                    </li>`,
                )}
              </ul>
            </details>`
          }
          ${actions.length === 0 && reasons.length > 0 && html`<p>Reason: ${reasons.join(", ")}</p>`}
        </div>
        <span class="fact-since">
          <a class="sha" href=${`/commits/${encodeURIComponent(revision)}`}
            >${shortSha(revision)}</a
          >
          ${" "}${h(TimeAgo, { at })}
        </span>
      </li>`;
    })}
  </ul>`;
}

export function HistoryTab({ stack }: { readonly stack: StackDetail }) {
  const [chosen, setChosen] = useState<Revision | null>(null);
  return html`<div class="sections">
    <section>
      <h3>Revisions</h3>
      ${h(Revisions, { stack, onReturn: setChosen })}
    </section>
    <section>
      <h3>Last runs</h3>
      ${h(Runs, { runs: stack.history })}
    </section>
    ${
      chosen !== null &&
      h(ReturnDialog, {
        stack: stack.name,
        commit: chosen.commit,
        onClose: () => setChosen(null),
      })
    }
  </div>`;
}
