// All mistakes in manifests.
import type { ProblemView } from "../../../api/shapes/dashboard.ts";
import { Empty } from "../../components/empty.ts";
import { Shell } from "../../components/shell.ts";
import { h, html } from "../../html.ts";
import { counted } from "../../lib/words.ts";
import type { ProblemsData } from "../data.ts";
import { useFresh } from "../live/use-fresh.ts";
import { useLive } from "../live/use-live.ts";
import { ProblemList } from "./problem-list.ts";

interface Answer {
  readonly problems: readonly ProblemView[];
  readonly total: number;
}

export function ProblemsPage({ data }: { readonly data: ProblemsData }) {
  const first: Answer = { problems: data.problems, total: data.total };
  const fresh = useFresh(first, "/api/v1/problems");
  const page = useLive(data, (messages) => {
    if (messages.some(({ type }) => type === "overview")) fresh.refresh();
  });
  const { problems, total } = fresh.value;
  return h(
    Shell,
    { page: "problems", theme: data.theme, overview: page.live.overview, stream: page },
    html`<div class="page-head">
      <h1>Problems</h1>
      <p class="page-lead">
        ${
          total === 0
            ? "Mistakes in manifests would be listed here."
            : `${counted(total, "mistake")} in manifests. Stacks with one keep running as they are until it is corrected.`
        }
      </p>
    </div>`,
    problems.length === 0
      ? h(
          Empty,
          { icon: "check", title: "No problems" },
          html`<p>All manifests of ${page.live.overview.branch} can be read.</p>`,
        )
      : h(ProblemList, { problems, hasLinks: true }),
    problems.length < total &&
      html`<p class="hint">The first ${problems.length} of ${total} are shown.</p>`,
  );
}
