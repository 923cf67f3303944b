// A commit: short id and subject. The id leads to its page here, the sign beside it to the Git host.
import type { StackSummary } from "../../api/shapes/stack.ts";
import { html } from "../html.ts";
import { safeUrl, shortSha } from "../lib/words.ts";
import { icon } from "./icon.ts";

export interface CommitLinkProps {
  readonly commit: NonNullable<StackSummary["commit"]>;
  readonly hasTitle?: boolean;
  /** With a link to the Git host. */
  readonly hasHost?: boolean;
}

export function CommitLink({ commit, hasTitle = true, hasHost = false }: CommitLinkProps) {
  const { sha, title, url } = commit;
  const host = safeUrl(url);
  return html`<span class="commit">
    <a
      class="sha"
      href=${`/commits/${encodeURIComponent(sha)}`}
      title=${title === "" ? sha : `${shortSha(sha)} ${title}`}
      >${shortSha(sha)}</a
    >
    ${hasTitle && title !== "" && html`<span class="commit-title">${title}</span>`}
    ${
      hasHost &&
      host !== null &&
      html`<a
        class="host-link"
        href=${host}
        target="_blank"
        rel="noreferrer"
        title="Open on the Git host"
      >
        ${icon("external")}<span class="unseen">Open ${shortSha(sha)} on the Git host</span>
      </a>`
    }
  </span>`;
}
