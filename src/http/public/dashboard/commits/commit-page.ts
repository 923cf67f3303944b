// One commit: what it asked, and what became of each stack, in the order of attention. Checks on the Git host
// link here, so it is read by people who see nothing else of the dashboard, too.
import type { CommitDetail } from "../../../api/shapes/dashboard.ts";
import { useBrowser } from "../../browser.ts";
import { icon } from "../../components/icon.ts";
import { Logo } from "../../components/logo.ts";
import { mark } from "../../components/mark.ts";
import { Shell } from "../../components/shell.ts";
import { checkLook } from "../../components/states.ts";
import { ThemeButton } from "../../components/theme-button.ts";
import { TimeAgo } from "../../components/time-ago.ts";
import { useRowKeys } from "../../components/use-keys.ts";
import { h, html } from "../../html.ts";
import type { Piece } from "../../html.ts";
import { counted, safeUrl, shortSha } from "../../lib/words.ts";
import type { CommitData } from "../data.ts";
import { useFresh } from "../live/use-fresh.ts";
import { useLive } from "../live/use-live.ts";
import { ProblemList } from "../problems/problem-list.ts";
import { useEffect } from "preact/hooks";

type Check = CommitDetail["checks"][number];

const attention: readonly Check["state"][] = [
  "failure",
  "attention",
  "pending",
  "neutral",
  "success",
];

export function inOrder(checks: readonly Check[]): readonly Check[] {
  return [...checks].sort((a, b) => attention.indexOf(a.state) - attention.indexOf(b.state));
}

function StackRow({
  check,
  index,
  hasLinks,
}: {
  readonly check: Check;
  readonly index: number;
  readonly hasLinks: boolean;
}) {
  const { stack, context, description, change, at } = check;
  const look = checkLook(check);
  const name = stack ?? context;
  return html`<li class="row check-row">
    ${mark(look)}
    ${
      hasLinks && stack !== null
        ? html`<a
            class="row-name"
            id=${`row-${index}`}
            href=${`/stacks/${encodeURIComponent(stack)}`}
            >${name}</a
          >`
        : html`<span class="row-name">${name}</span>`
    }
    <span class=${`row-state ${look.tone}`}>${look.word}</span>
    <span class="row-text whole">${description}</span>
    <span class="row-count">${change ?? ""}</span>
    <span class="row-age">${h(TimeAgo, { at, isShort: true })}</span>
  </li>`;
}

export function CommitBody({
  detail,
  hasLinks,
}: {
  readonly detail: CommitDetail;
  readonly hasLinks: boolean;
}) {
  const { commit, description, at, checks, problems } = detail;
  const look = checkLook(detail);
  const url = safeUrl(commit.url);
  const stacks = inOrder(checks.filter(({ stack }) => stack !== null));
  const others = inOrder(checks.filter(({ stack }) => stack === null)).slice(1);
  useRowKeys(stacks.length);
  return html`<div class="commit-body">
    <div class="stack-head">
      ${hasLinks && html`<nav class="crumbs" aria-label="Where this is"><a href="/commits">${icon("chevron", "back")}Commits</a></nav>`}
      <div class="stack-title">
        <h1>${commit.title === "" ? `Commit ${shortSha(commit.sha)}` : commit.title}</h1>
        <span class=${`state-pill ${look.tone}`}>${mark(look)}${look.word}</span>
        ${
          url !== null &&
          html`<div class="stack-actions">
            <a class="button" href=${url} target="_blank" rel="noreferrer"
              >Open on the Git host${icon("external")}</a
            >
          </div>`
        }
      </div>
      <p class="stack-facts">
        <code title=${commit.sha}>${commit.sha.slice(0, 12)}</code>
        ${commit.at !== null && html`<span>committed ${h(TimeAgo, { at: commit.at })}</span>`}
        <span>last change ${h(TimeAgo, { at })}</span>
      </p>
      <p class=${`callout why ${look.tone}`}>${mark(look)}<span>${description}</span></p>
    </div>
    ${
      problems.length > 0 &&
      html`<section class="block">
        <h2>${counted(problems.length, "mistake")}</h2>
        ${h(ProblemList, { problems, hasLinks })}
      </section>`
    }
    <section class="block">
      <h2>${stacks.length === 0 ? "No stacks" : counted(stacks.length, "stack")}</h2>
      ${
        stacks.length === 0
          ? html`<p class="hint">This commit touches no stack.</p>`
          : html`<ul class="rows panel" aria-label="Stacks">
              ${stacks.map((check, index) => h(StackRow, { key: check.context, check, index, hasLinks }))}
            </ul>`
      }
    </section>
    ${
      others.length > 0 &&
      html`<section class="block">
        <h2>Other checks</h2>
        <ul class="rows panel">
          ${others.map((check, index) => h(StackRow, { key: check.context, check, index, hasLinks: false }))}
        </ul>
      </section>`
    }
  </div>`;
}

function Inside({
  data,
}: {
  readonly data: CommitData & { readonly overview: NonNullable<CommitData["overview"]> };
}) {
  const { sha } = data.commit.commit;
  const fresh = useFresh(data.commit, `/api/v1/commits/${encodeURIComponent(sha)}`);
  const page = useLive(data, (messages) => {
    if (messages.some(({ type }) => type === "stack" || type === "overview")) fresh.refresh();
  });
  return h(
    Shell,
    { page: "commits", theme: data.theme, overview: page.live.overview, stream: page },
    h(CommitBody, { detail: fresh.value, hasLinks: true }),
  );
}

const followMs = 4_000;

/** For whoever came by the link of a check: nothing but this commit, loaded again while it is under way. */
function Outside({ data }: { readonly data: CommitData }) {
  const browser = useBrowser();
  const isPending = data.commit.checks.some(({ state }) => state === "pending");
  useEffect(() => {
    if (!isPending) return undefined;
    return browser.after(followMs, () => browser.open(browser.path()));
  }, []);
  return html`<div class="shell">
    <header class="top">
      <div class="top-inner">
        <span class="brand">${h(Logo, {})}<span>Capstan</span></span>
        <div class="top-end">${h(ThemeButton, { theme: data.theme })}</div>
      </div>
    </header>
    <main id="main">
      ${h(CommitBody, { detail: data.commit, hasLinks: false })}
      ${isPending && html`<p class="hint">This page updates itself until everything has finished.</p>`}
    </main>
  </div>`;
}

export function CommitPage({ data }: { readonly data: CommitData }): Piece {
  const { overview } = data;
  return overview === null ? h(Outside, { data }) : h(Inside, { data: { ...data, overview } });
}
