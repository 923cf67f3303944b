// What an operator may do with a stack. Buttons say what they do; what cannot be undone shows first what goes.
import { useState } from "preact/hooks";
import type { StackDetail } from "../../../api/shapes/dashboard.ts";
import { useBrowser } from "../../browser.ts";
import { Dialog } from "../../components/dialog.ts";
import { icon } from "../../components/icon.ts";
import { Menu } from "../../components/menu.ts";
import { useToast } from "../../components/toast.ts";
import { h, html } from "../../html.ts";
import { counted, safeUrl, sentence } from "../../lib/words.ts";
import { RemoveDialog } from "../../portal/remove-dialog.ts";

export interface ActionsProps {
  readonly stack: StackDetail;
  readonly onDone: () => void;
  readonly onHistory: () => void;
}

type Verb = "reconcile" | "redeploy" | "suspend" | "resume";

interface Asked {
  readonly message?: string;
}

function RedeployDialog({
  stack,
  onClose,
  onSure,
}: {
  readonly stack: StackDetail;
  readonly onClose: () => void;
  readonly onSure: () => void;
}) {
  const { services, name } = stack;
  return h(
    Dialog,
    {
      title: `Redeploy ${name}`,
      onClose,
      actions: html`<div class="actions">
        <button type="button" class="button" onClick=${onClose}>Leave it running</button>
        <button type="button" class="button primary" id="confirm-redeploy" onClick=${onSure}>
          Redeploy ${counted(services.length, "service")}
        </button>
      </div>`,
    },
    html`<p>These are deployed again without a change in Git. Each restarts once.</p>`,
    html`<ul class="resource-list">
      ${services.map(
        (one) =>
          html`<li key=${one.service}>
            ${icon("box")}<span><strong>${one.name}</strong></span
            ><span class="detail">${one.image}</span>
          </li>`,
      )}
    </ul>`,
  );
}

export function Actions({ stack, onDone, onHistory }: ActionsProps) {
  const browser = useBrowser();
  const toast = useToast();
  const [busy, setBusy] = useState<Verb | null>(null);
  const [asked, setAsked] = useState<"redeploy" | "remove" | null>(null);
  const { name, may, suspended } = stack;
  const dokploy = safeUrl(stack.dokployUrl);
  const ask = async (verb: Verb): Promise<void> => {
    setAsked(null);
    setBusy(verb);
    const answer = await browser.send<Asked>(
      "POST",
      `/api/v1/stacks/${encodeURIComponent(name)}/${verb}`,
    );
    setBusy(null);
    toast(
      answer.ok
        ? { tone: "ok", text: sentence(answer.value.message ?? `${name}: ${verb}`) }
        : { tone: "bad", text: answer.message },
    );
    onDone();
  };
  const canResume = suspended !== null;
  return html`<div class="stack-actions">
    ${
      may.operate &&
      html`<button
        type="button"
        class="button needs-script"
        disabled=${busy !== null}
        onClick=${() => void ask("reconcile")}
        title="Compare with Git now, and correct it"
      >
        ${icon("refresh")}Reconcile
      </button>`
    }
    ${
      may.operate &&
      canResume &&
      html`<button
        type="button"
        class="button primary needs-script"
        disabled=${busy !== null}
        onClick=${() => void ask("resume")}
      >
        ${icon("play")}Resume
      </button>`
    }
    ${
      (may.operate || may.remove || dokploy !== null) &&
      h(
        Menu,
        { title: "More", label: [icon("menu"), html`<span class="unseen">More</span>`] },
        html`<div>
          ${
            may.operate &&
            stack.services.length > 0 &&
            html`<button
              type="button"
              class="menu-item needs-script"
              onClick=${() => setAsked("redeploy")}
            >
              ${icon("rocket")}Redeploy…
            </button>`
          }
          ${
            may.operate &&
            !canResume &&
            html`<button
              type="button"
              class="menu-item needs-script"
              onClick=${() => void ask("suspend")}
            >
              ${icon("pause")}Suspend: write nothing
            </button>`
          }
          ${
            may.operate &&
            stack.revisions.length > 0 &&
            html`<button type="button" class="menu-item needs-script" onClick=${onHistory}>
              ${icon("return")}Return to a revision…
            </button>`
          }
          ${dokploy !== null && html`<a class="menu-item" href=${dokploy} target="_blank" rel="noreferrer">${icon("external")}Open in Dokploy</a>`}
          ${
            may.remove &&
            html`<button
              type="button"
              class="menu-item danger needs-script"
              onClick=${() => setAsked("remove")}
            >
              ${icon("trash")}Remove ${name}…
            </button>`
          }
        </div>`,
      )
    }
    ${asked === "redeploy" && h(RedeployDialog, { stack, onClose: () => setAsked(null), onSure: () => void ask("redeploy") })}
    ${
      asked === "remove" &&
      h(RemoveDialog, {
        name,
        url: stack.urls[0] ?? null,
        onClose: () => setAsked(null),
        onRemoved: () => {
          setAsked(null);
          toast({
            tone: "ok",
            text: `${name} is being removed from Git, and then from the server.`,
          });
          onDone();
        },
      })
    }
  </div>`;
}
