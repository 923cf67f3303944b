// Approves a removal after showing exactly what goes: every stack with every resource of it.
import { useState } from "preact/hooks";
import type { Approval } from "../../api/shapes/stack.ts";
import { useBrowser } from "../browser.ts";
import { Dialog } from "../components/dialog.ts";
import { icon } from "../components/icon.ts";
import { ResourceList } from "../components/resource-list.ts";
import { useToast } from "../components/toast.ts";
import { h, html } from "../html.ts";
import { counted, sentence } from "../lib/words.ts";

export interface ApprovalDialogProps {
  readonly approval: Approval;
  readonly onClose: () => void;
}

export function ApprovalDialog({ approval, onClose }: ApprovalDialogProps) {
  const browser = useBrowser();
  const toast = useToast();
  const [isSending, setSending] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const { removals, digest, reason } = approval;
  const resources = removals.reduce((sum, one) => sum + one.resources.length, 0);
  const what =
    removals.length === 1 ? (removals[0]?.stack ?? "") : counted(removals.length, "stack");
  const approve = async (): Promise<void> => {
    setSending(true);
    const answer = await browser.send("POST", "/api/v1/approve-prune", { digest });
    setSending(false);
    if (!answer.ok) {
      setRefusal(answer.message);
      return;
    }
    toast({ tone: "ok", text: `Approved. Removing ${what}.` });
    onClose();
  };
  const actions = html`<div class="actions">
    <button type="button" class="button" onClick=${onClose}>
      Keep ${removals.length === 1 ? "it" : "them"}
    </button>
    <button
      type="button"
      class="button danger sure"
      id="approve"
      disabled=${isSending}
      onClick=${approve}
    >
      ${isSending ? "Removing…" : `Remove ${what}`}
    </button>
  </div>`;
  return h(
    Dialog,
    { title: `Remove ${what}`, onClose, actions },
    html`<p>
      ${sentence(reason)} ${counted(resources, "resource", "resources")} will be removed, with the
      data in them. This cannot be undone.
    </p>`,
    html`<div class="removals">
      ${removals.map(
        (removal) =>
          html`<section key=${removal.stack}>
            <h3>${removal.stack}</h3>
            ${h(ResourceList, {
              resources: removal.resources.map(({ kind, name, id }) => ({
                kind,
                name: name === "" ? id : name,
                detail: "",
              })),
            })}
          </section>`,
      )}
    </div>`,
    refusal !== null &&
      html`<p class="callout bad" role="alert">${icon("alert")}<span>${refusal}</span></p>`,
  );
}
