// Buttons beside blocks of code that copy them, where the browser lets pages write to the clipboard.

export interface Copying {
  readonly isForCopying: (language: string) => boolean;
  readonly copiedText: (language: string, text: string) => string;
}

const saidForMs = 2_000;

function buttonFor(text: string): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy-code";
  button.textContent = "Copy";
  button.addEventListener("click", () => {
    void navigator.clipboard.writeText(text).then(
      () => say("Copied"),
      () => say("Select it and copy by hand"),
    );
  });
  let timer = 0;
  function say(words: string): void {
    button.textContent = words;
    window.clearTimeout(timer);
    timer = window.setTimeout(() => {
      button.textContent = "Copy";
    }, saidForMs);
  }
  // What it says afterwards is read to people who do not see it.
  button.setAttribute("aria-live", "polite");
  return button;
}

export function addCopyButtons(page: Document, { isForCopying, copiedText }: Copying): void {
  // Only pages of this machine, or over HTTPS, have one.
  if (!window.isSecureContext) return;
  for (const figure of page.querySelectorAll<HTMLElement>("figure.code")) {
    const { language = "" } = figure.dataset;
    const code = figure.querySelector("code");
    if (code === null || !isForCopying(language)) continue;
    figure.append(buttonFor(copiedText(language, code.textContent)));
  }
  page.documentElement.dataset.alive = "yes";
}
