// Mistakes in manifests, by file: line, sentence, what to do, and the way to the line.
import type { ProblemView } from "../../../api/shapes/dashboard.ts";
import { icon } from "../../components/icon.ts";
import { html } from "../../html.ts";
import { counted, safeUrl } from "../../lib/words.ts";

export interface ProblemListProps {
  readonly problems: readonly ProblemView[];
  /** Whether stacks may be linked. */
  readonly hasLinks: boolean;
}

export function byFile(
  problems: readonly ProblemView[],
): readonly (readonly [file: string, problems: readonly ProblemView[]])[] {
  const files = new Map<string, ProblemView[]>();
  for (const problem of problems) {
    const known = files.get(problem.file);
    if (known === undefined) files.set(problem.file, [problem]);
    else known.push(problem);
  }
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1));
}

export function ProblemList({ problems, hasLinks }: ProblemListProps) {
  return html`<div class="problems">
    ${byFile(problems).map(
      ([file, some]) =>
        html`<section key=${file} class="panel problem-file">
          <h3>
            ${icon("file")}<code>${file}</code
            ><span class="hint">${counted(some.length, "mistake")}</span>
          </h3>
          <ul>
            ${some.map(({ line, column, message, hint, stack, url }) => {
              const safe = safeUrl(url);
              const place = html`<code>${line}:${column}</code>`;
              return html`<li key=${`${line}:${column} ${message}`}>
                <span class="problem-place">
                  ${safe === null ? place : html`<a href=${safe} target="_blank" rel="noreferrer" title="Open the line on the Git host">${place}</a>`}
                </span>
                <div>
                  <p class="problem-message">${message}</p>
                  ${hint !== null && html`<p class="problem-hint">${icon("return")}<span>${hint}</span></p>`}
                </div>
                ${stack !== null && hasLinks && html`<a class="label" href=${`/stacks/${encodeURIComponent(stack)}`}>${stack}</a>`}
              </li>`;
            })}
          </ul>
        </section>`,
    )}
  </div>`;
}
