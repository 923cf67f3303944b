// The newest commits of the branch and what became of each.
import type { CommitSummary } from "../../../api/shapes/dashboard.ts";
import { CommitLink } from "../../components/commit-link.ts";
import { Empty } from "../../components/empty.ts";
import { mark } from "../../components/mark.ts";
import { Shell } from "../../components/shell.ts";
import { checkLook } from "../../components/states.ts";
import { TimeAgo } from "../../components/time-ago.ts";
import { useRowKeys } from "../../components/use-keys.ts";
import { h, html } from "../../html.ts";
import { counted, shortSha } from "../../lib/words.ts";
import type { CommitsData } from "../data.ts";
import { useFresh } from "../live/use-fresh.ts";
import { useLive } from "../live/use-live.ts";

function Row({ one, index }: { readonly one: CommitSummary; readonly index: number }) {
  const { commit, description, at, stacks } = one;
  const look = checkLook(one);
  return html`<li class="row commit-row">
    ${mark(look)}
    <a class="row-name" id=${`row-${index}`} href=${`/commits/${encodeURIComponent(commit.sha)}`}>
      ${commit.title === "" ? shortSha(commit.sha) : commit.title}
    </a>
    <span class=${`row-state ${look.tone}`}>${look.word}</span>
    <span class="row-text" title=${description}>${description}</span>
    <span class="row-count">${stacks === 0 ? "" : counted(stacks, "stack")}</span>
    <span class="row-commit">${h(CommitLink, { commit, hasTitle: false, hasHost: true })}</span>
    <span class="row-age">${h(TimeAgo, { at, isShort: true })}</span>
  </li>`;
}

export function CommitsPage({ data }: { readonly data: CommitsData }) {
  const first = { commits: data.commits };
  const fresh = useFresh<{ readonly commits: readonly CommitSummary[] }>(first, "/api/v1/commits");
  const page = useLive(data, (messages) => {
    // A commit's state moves with its stacks.
    if (messages.some(({ type }) => type === "stack" || type === "overview")) fresh.refresh();
  });
  const { commits } = fresh.value;
  useRowKeys(commits.length);
  return h(
    Shell,
    { page: "commits", theme: data.theme, overview: page.live.overview, stream: page },
    html`<div class="page-head">
      <h1>Commits</h1>
      <p class="page-lead">The result of each commit on ${page.live.overview.branch}.</p>
    </div>`,
    commits.length === 0
      ? h(
          Empty,
          { icon: "commit", title: "No commits yet" },
          html`<p>Push one, and it appears here.</p>`,
        )
      : html`<ul class="rows panel" aria-label="Commits">
          ${commits.map((one, index) => h(Row, { key: one.commit.sha, one, index }))}
        </ul>`,
  );
}
