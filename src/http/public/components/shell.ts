// What every page of the dashboard has around it: the pages, how the controller is, the connection.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Overview } from "../../api/shapes/dashboard.ts";
import type { Theme } from "../browser.ts";
import type { Stream } from "../dashboard/live/use-stream.ts";
import { h, html } from "../html.ts";
import { shortSha } from "../lib/words.ts";
import { ConnectionBar } from "./connection-bar.ts";
import { HelpDialog } from "./help-dialog.ts";
import { icon } from "./icon.ts";
import { Logo } from "./logo.ts";
import { PersonMenu } from "./person-menu.ts";
import { ThemeButton } from "./theme-button.ts";
import { TimeAgo } from "./time-ago.ts";
import { Toasts } from "./toast.ts";
import { useKeys } from "./use-keys.ts";

export type PageName = "stacks" | "commits" | "events" | "problems";

const pages: readonly (readonly [PageName, string])[] = [
  ["stacks", "Stacks"],
  ["commits", "Commits"],
  ["events", "Events"],
  ["problems", "Problems"],
];

export interface ShellProps {
  readonly page: PageName;
  readonly theme: Theme;
  readonly overview: Overview;
  readonly stream: Stream;
  readonly children?: ComponentChildren;
}

function Nav({ page, attention }: { readonly page: PageName; readonly attention: number }) {
  return html`<nav class="pages" aria-label="Pages">
    ${pages.map(
      ([name, word]) =>
        html`<a key=${name} href=${`/${name}`} aria-current=${name === page ? "page" : undefined}>
          ${word}
          ${
            name === "problems" &&
            attention > 0 &&
            html`<span class="badge" title="Need attention">${attention}</span>`
          }
        </a>`,
    )}
  </nav>`;
}

function Where({ overview }: { readonly overview: Overview }) {
  const { instance, branch, revision, lastList } = overview;
  return html`<p class="where">
    <span class="where-instance">${instance}</span>
    <span class="where-branch" title=${`Branch ${branch}`}>
      ${branch}${revision !== null && html`<span class="where-at">@</span>`}
      ${revision !== null && html`<a href=${`/commits/${encodeURIComponent(revision)}`}>${shortSha(revision)}</a>`}
    </span>
    ${
      lastList !== null &&
      html`<span class="where-list" title="When Dokploy was read last"
        >${h(TimeAgo, { at: lastList })}</span
      >`
    }
  </p>`;
}

function Notices({ overview }: { readonly overview: Overview }) {
  const { errors, waitsFor } = overview;
  const notice = (tone: string, title: string, text: string) =>
    html`<p class=${`callout ${tone}`}>
      ${icon("alert")}<span><strong>${title}</strong> ${text}</span>
    </p>`;
  const isOut = Object.values(errors).some((error) => error !== null);
  if (!isOut && waitsFor === null) return null;
  return html`<div class="notices" role="status">
    ${waitsFor !== null && notice("wait", "This process is on standby.", waitsFor)}
    ${errors.source !== null && notice("bad", "Git cannot be read.", errors.source)}
    ${errors.platform !== null && notice("bad", "Dokploy cannot be read.", errors.platform)}
    ${errors.swarm !== null && notice("bad", "Docker cannot be read.", errors.swarm)}
  </div>`;
}

export function Shell({ page, theme, overview, stream, children }: ShellProps) {
  const [hasHelp, setHelp] = useState(false);
  useKeys({ onHelp: () => setHelp(true) });
  const { person, version } = overview;
  return html`<div class="shell">
    <a class="skip-link" href="#main">Skip to the content</a>
    <header class="top">
      <div class="top-inner">
        <a class="brand" href="/stacks">${h(Logo, {})}<span>Capstan</span></a>
        ${h(Nav, { page, attention: overview.attention })}
        <div class="top-end">
          ${h(Where, { overview })}
          <button
            type="button"
            class="quiet-button needs-script help-button"
            title="Keyboard (?)"
            onClick=${() => setHelp(true)}
          >
            ${icon("help")}<span class="unseen">Keyboard</span>
          </button>
          ${h(ThemeButton, { theme })} ${person !== null && h(PersonMenu, person)}
        </div>
      </div>
    </header>
    ${h(ConnectionBar, stream)}
    ${h(
      Toasts,
      {},
      html`<main id="main" tabindex="-1">${h(Notices, { overview })} ${children}</main>`,
    )}
    <footer class="foot">
      <span>Capstan ${version}</span>
      <a href="/">Portal</a>
      <a href="/docs">Docs</a>
      <a href="/api/docs">API</a>
    </footer>
    ${hasHelp && h(HelpDialog, { onClose: () => setHelp(false) })}
  </div>`;
}
