// Asks before a stack is removed, by showing exactly what goes.

import { useEffect, useState } from "preact/hooks";
import { useBrowser } from "../browser.ts";
import { Dialog } from "../components/dialog.ts";
import { icon } from "../components/icon.ts";
import { ResourceList, resourcesOf } from "../components/resource-list.ts";
import type { ListedResource } from "../components/resource-list.ts";
import { h, html } from "../html.ts";
import { bareUrl } from "../lib/words.ts";
import type { StackDetail } from "../../api/shapes/dashboard.ts";

export interface RemoveDialogProps {
  readonly name: string;
  readonly url: string | null;
  readonly onClose: () => void;
  readonly onRemoved: (name: string, waitsForReview: boolean) => void;
}

type Known = readonly ListedResource[] | "loading" | "unknown";

export function RemoveDialog({ name, url, onClose, onRemoved }: RemoveDialogProps) {
  const browser = useBrowser();
  const [known, setKnown] = useState<Known>("loading");
  const [refusal, setRefusal] = useState<string | null>(null);
  const [isSending, setSending] = useState(false);
  const path = `/api/v1/stacks/${encodeURIComponent(name)}`;
  useEffect(() => {
    void browser.get<StackDetail>(path).then((answer) => {
      const tree = answer.ok ? answer.value.tree : null;
      setKnown(tree === null ? "unknown" : resourcesOf(tree));
    });
  }, []);
  const remove = async (): Promise<void> => {
    setSending(true);
    const answer = await browser.send<{ readonly review?: unknown }>("DELETE", path);
    setSending(false);
    if (answer.ok) onRemoved(name, (answer.value.review ?? null) !== null);
    else setRefusal(answer.message);
  };
  const actions = html`<div class="actions">
    <button type="button" class="button" onClick=${onClose}>Keep ${name}</button>
    <button
      type="button"
      class="button danger sure"
      id="confirm-remove"
      disabled=${isSending || known === "loading"}
      onClick=${remove}
    >
      ${isSending ? "Removing…" : `Remove ${name}`}
    </button>
  </div>`;
  return h(
    Dialog,
    { title: `Remove ${name}`, onClose, actions },
    html`<p>
      This removes its manifest from Git, and then everything below from the server. Files in
      volumes stay there until an operator deletes them; everything else cannot be undone.
    </p>`,
    known === "loading" &&
      html`<div class="skeleton-lines late" aria-hidden="true"><i></i><i></i></div>`,
    known === "unknown" &&
      html`<ul class="resource-list">
        <li>${icon("box")}<span>The service ${name} and the files in it</span></li>
        ${url !== null && html`<li>${icon("globe")}<span>The address ${bareUrl(url)}</span></li>`}
      </ul>`,
    typeof known === "object" && h(ResourceList, { resources: known }),
    refusal !== null &&
      html`<p class="callout bad" role="alert">${icon("alert")}<span>${refusal}</span></p>`,
  );
}
