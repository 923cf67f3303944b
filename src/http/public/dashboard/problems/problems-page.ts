// Everything that needs a person: removals to approve, stacks that fail or wait for a decision, mistakes in
// manifests, and what is left on the server.
import { useMemo } from "preact/hooks";
import type { ComponentChildren } from "preact";
import type { OrphanView } from "../../../api/shapes/answers.ts";
import type { Overview, ProblemView } from "../../../api/shapes/dashboard.ts";
import type { StackSummary } from "../../../api/shapes/stack.ts";
import { Empty } from "../../components/empty.ts";
import { Shell } from "../../components/shell.ts";
import { h, html } from "../../html.ts";
import { counted } from "../../lib/words.ts";
import { Approvals } from "../approvals.ts";
import type { ProblemsData } from "../data.ts";
import { useFresh } from "../live/use-fresh.ts";
import { useLive } from "../live/use-live.ts";
import { sorted } from "../stacks/filter.ts";
import { StackRow } from "../stacks/stack-row.ts";
import { OrphanList } from "./orphan-list.ts";
import { ProblemList } from "./problem-list.ts";

interface Mistakes {
  readonly problems: readonly ProblemView[];
  readonly total: number;
}

/** `2 stacks, 1 mistake in manifests`. */
function leadOf(stacks: number, mistakes: number, orphans: number): string {
  const parts = [
    stacks > 0 && counted(stacks, "stack"),
    mistakes > 0 && counted(mistakes, "mistake in manifests", "mistakes in manifests"),
    orphans > 0 && counted(orphans, "service left on the server", "services left on the server"),
  ];
  return parts.filter((part) => part !== false).join(", ");
}

function Section(props: {
  readonly title: string;
  readonly hint: string;
  readonly children?: ComponentChildren;
}) {
  return html`<section class="problem-section">
    <h2>${props.title}</h2>
    <p class="hint">${props.hint}</p>
    ${props.children}
  </section>`;
}

function Nothing({ errors, branch }: Overview) {
  // What cannot be read may be wrong all the same: the notices above say so.
  if (Object.values(errors).some((error) => error !== null)) return null;
  return h(
    Empty,
    { icon: "check", title: "Nothing needs attention" },
    html`<p>
      No stack is failing or waiting for a decision, and all manifests on ${branch} are valid.
    </p>`,
  );
}

export function ProblemsPage({ data }: { readonly data: ProblemsData }) {
  const mistakes = useFresh<Mistakes>(data, "/api/v1/problems");
  const left = useFresh<{ readonly orphans: readonly OrphanView[] }>(data, "/api/v1/orphans");
  const page = useLive(data, (messages) => {
    if (!messages.some(({ type }) => type === "overview")) return;
    mistakes.refresh();
    left.refresh();
  });
  const { live } = page;
  const stacks = useMemo(() => {
    const needy = [...live.stacks.values()].filter(({ needsPerson }) => needsPerson);
    return sorted(needy, "attention");
  }, [live.stacks]);
  const { problems, total } = mistakes.value;
  const { orphans } = left.value;
  const lead = leadOf(stacks.length, total, orphans.length);
  return h(
    Shell,
    { page: "problems", theme: data.theme, overview: live.overview, stream: page },
    html`<div class="page-head">
      <h1>Problems</h1>
      <p class="page-lead">${lead}</p>
    </div>`,
    h(Approvals, { approvals: live.overview.approvals }),
    lead === "" && h(Nothing, live.overview),
    stacks.length > 0 &&
      h(
        Section,
        { title: "Stacks", hint: "Failing, or waiting for somebody to decide." },
        html`<ul class="rows panel" aria-label="Stacks">
          ${stacks.map((stack: StackSummary, index) => h(StackRow, { key: stack.name, stack, index }))}
        </ul>`,
      ),
    problems.length > 0 &&
      h(
        Section,
        {
          title: "Mistakes in manifests",
          hint: "A stack with a mistake keeps running as it is until the mistake is corrected.",
        },
        h(ProblemList, { problems, hasLinks: true }),
        problems.length < total &&
          html`<p class="hint">The first ${problems.length} of ${total} are shown.</p>`,
      ),
    orphans.length > 0 &&
      h(
        Section,
        {
          title: "Left on the server",
          hint: "Swarm services that Capstan created and whose application no longer exists. To remove one, run its command on a swarm manager.",
        },
        h(OrphanList, { orphans }),
      ),
  );
}
