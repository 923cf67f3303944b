// What became of an action, for some seconds, and read out.
import type { ComponentChildren } from "preact";
import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import { useBrowser } from "../browser.ts";
import { h, html } from "../html.ts";
import { classes, safeUrl } from "../lib/words.ts";
import { icon } from "./icon.ts";

export interface Toast {
  readonly tone: "ok" | "bad";
  readonly text: string;
  readonly link?: { readonly url: string; readonly text: string };
}

const ToastContext = createContext<(toast: Toast) => void>(() => undefined);

export function useToast(): (toast: Toast) => void {
  return useContext(ToastContext);
}

const shownMs = 8_000;

/** Around a page: keeps the newest message at the lower edge. */
export function Toasts({ children }: { readonly children?: ComponentChildren }) {
  const browser = useBrowser();
  const [toast, setToast] = useState<Toast | null>(null);
  useEffect(() => {
    // A refusal stays until it was read.
    if (toast?.tone !== "ok") return undefined;
    return browser.after(shownMs, () => setToast(null));
  }, [toast]);
  const link = safeUrl(toast?.link?.url);
  return h(
    ToastContext.Provider,
    { value: setToast },
    children,
    html`<div class="toast-place" role="status">
      ${
        toast !== null &&
        html`<div class=${classes("toast", toast.tone)}>
          ${icon(toast.tone === "ok" ? "check" : "alert")}
          <span>
            ${toast.text}
            ${link !== null && html` <a href=${link} target="_blank" rel="noreferrer">${toast.link?.text}</a>`}
          </span>
          <button type="button" class="quiet-button" title="Close" onClick=${() => setToast(null)}>
            ${icon("cross")}<span class="unseen">Close</span>
          </button>
        </div>`
      }
    </div>`,
  );
}
