// The manifest as Git has it, with line numbers.
import type { StackDetail } from "../../../api/shapes/dashboard.ts";
import { CopyButton } from "../../components/copy-button.ts";
import { Empty } from "../../components/empty.ts";
import { icon } from "../../components/icon.ts";
import { h, html } from "../../html.ts";
import { safeUrl } from "../../lib/words.ts";

/** The parts of a line that get a colour: key, text behind it, comment. */
const yamlLine = /^(\s*(?:- )*)([\w.$/-]+|"[^"]*")(:)(\s.*|)$/;

function Line({ text }: { readonly text: string }) {
  if (/^\s*#/.test(text)) return html`<span class="yaml-comment">${text}</span>`;
  const [, indent = "", key, colon = "", rest = ""] = yamlLine.exec(text) ?? [];
  if (key === undefined) return html`<span>${text}</span>`;
  return html`<span>${indent}<span class="yaml-key">${key}</span>${colon}${rest}</span>`;
}

export function ManifestTab({ stack }: { readonly stack: StackDetail }) {
  const { manifest } = stack;
  if (manifest === null) {
    return h(
      Empty,
      { icon: "file", title: "Its manifest cannot be shown" },
      html`<p>It is not in the newest revision of Git, or Git could not be read.</p>`,
    );
  }
  const url = safeUrl(manifest.url);
  const lines = manifest.text.replace(/\n$/, "").split("\n");
  return html`<div class="manifest">
    <div class="manifest-head">
      ${icon("file")}<code>${manifest.file}</code>
      <span class="spacer"></span>
      ${h(CopyButton, { text: manifest.text, what: "the manifest" })}
      ${url !== null && html`<a class="button small" href=${url} target="_blank" rel="noreferrer">Open on the Git host${icon("external")}</a>`}
    </div>
    <pre class="code" tabindex="0" aria-label=${manifest.file}><ol>
      ${lines.map((text, index) => html`<li key=${index}>${h(Line, { text })}${"\n"}</li>`)}
    </ol></pre>
  </div>`;
}
