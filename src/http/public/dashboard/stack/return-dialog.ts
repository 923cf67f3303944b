// Returns a stack to an earlier revision after showing what that would change.
import { useEffect, useState } from "preact/hooks";
import type { StackDetail } from "../../../api/shapes/dashboard.ts";
import type { StackPlan } from "../../../api/shapes/stack.ts";
import { useBrowser } from "../../browser.ts";
import { Dialog } from "../../components/dialog.ts";
import { icon } from "../../components/icon.ts";
import { useToast } from "../../components/toast.ts";
import { h, html } from "../../html.ts";
import { sentence, shortSha } from "../../lib/words.ts";
import { PlanView } from "./plan-view.ts";

export interface ReturnDialogProps {
  readonly stack: string;
  readonly commit: StackDetail["revisions"][number]["commit"];
  readonly onClose: () => void;
}

interface Changed {
  readonly message: string;
  readonly review: { readonly number: number; readonly url: string } | null;
  readonly url: string | null;
}

export function ReturnDialog({ stack, commit, onClose }: ReturnDialogProps) {
  const browser = useBrowser();
  const toast = useToast();
  const [plan, setPlan] = useState<StackPlan | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const [isSending, setSending] = useState(false);
  const path = `/api/v1/stacks/${encodeURIComponent(stack)}/revert`;
  useEffect(() => {
    void browser
      .get<StackPlan>(`${path}?revision=${encodeURIComponent(commit.sha)}`)
      .then((answer) => {
        if (answer.ok) setPlan(answer.value);
        else setRefusal(answer.message);
      });
  }, []);
  const revert = async (): Promise<void> => {
    setSending(true);
    const answer = await browser.send<Changed>("POST", path, { revision: commit.sha });
    setSending(false);
    if (!answer.ok) {
      setRefusal(answer.message);
      return;
    }
    const { message, review, url } = answer.value;
    const link = review !== null ? "Open the pull request" : "Open the commit";
    toast({
      tone: "ok",
      text: sentence(message),
      ...(url === null ? {} : { link: { url: review?.url ?? url, text: link } }),
    });
    onClose();
  };
  const actions = html`<div class="actions">
    <button type="button" class="button" onClick=${onClose}>Leave it as it is</button>
    <button
      type="button"
      class="button primary"
      id="confirm-return"
      disabled=${plan === null || isSending}
      onClick=${revert}
    >
      ${isSending ? "Returning…" : `Return to ${shortSha(commit.sha)}`}
    </button>
  </div>`;
  return h(
    Dialog,
    { title: `Return ${stack} to ${shortSha(commit.sha)}`, onClose, actions },
    html`<p>
      ${commit.title === "" ? "" : `“${commit.title}”. `}Capstan writes the manifest of that commit
      to Git again, as a new commit or a pull request. That would change:
    </p>`,
    plan === null &&
      refusal === null &&
      html`<div class="skeleton-lines late" aria-hidden="true"><i></i><i></i><i></i></div>`,
    plan !== null &&
      h(PlanView, {
        plan,
        service: null,
        nothing: "Nothing: the server already matches that commit.",
      }),
    refusal !== null &&
      html`<p class="callout bad" role="alert">${icon("alert")}<span>${refusal}</span></p>`,
  );
}
