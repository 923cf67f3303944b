// Copies a text, and says that it did.
import { useEffect, useState } from "preact/hooks";
import { useBrowser } from "../browser.ts";
import { html } from "../html.ts";
import { classes } from "../lib/words.ts";
import { icon } from "./icon.ts";

export interface CopyButtonProps {
  readonly text: string;
  /** What is copied: `the address`. */
  readonly what: string;
  readonly isLarge?: boolean;
}

type Result = "none" | "copied" | "failed";

export function CopyButton({ text, what, isLarge = false }: CopyButtonProps) {
  const browser = useBrowser();
  const [result, setResult] = useState<Result>("none");
  useEffect(() => {
    if (result === "none") return undefined;
    return browser.after(2_000, () => setResult("none"));
  }, [result]);
  const copy = async (): Promise<void> => {
    setResult((await browser.copy(text)) ? "copied" : "failed");
  };
  const said = { none: "", copied: "Copied", failed: "Select it and copy by hand" }[result];
  return html`<button
    type="button"
    class=${classes("copy", isLarge ? "button large" : "quiet-button", result)}
    title=${`Copy ${what}`}
    onClick=${copy}
  >
    ${icon(result === "copied" ? "check" : "copy")}
    <span class=${isLarge ? "" : "unseen"}
      >${isLarge && said !== "" ? said : `Copy ${isLarge ? "" : what}`}</span
    >
    <span class="unseen" role="status">${said}</span>
  </button>`;
}
