// What people read of a proposal of newer images: the commit and the pull request, with the plan in it. Pure.
import { renderMarkdown, code } from "../../plan/render/markdown.ts";
import { renderSummary } from "../../plan/render/line.ts";
import { summarise } from "../../plan/render/view.ts";
import { plural, serviceTitle } from "../../plan/render/words.ts";
import type { ProposalPlan } from "../reader/plan-sets.ts";
import type { Update } from "./updates.ts";

/** Hosts refuse texts of 64 KiB and more. */
const maxCharacters = 45_000;
const mostRows = 100;

const nameOf = ({ stack, service }: Update): string => `${stack} ${serviceTitle(service)}`;

/** One line: `Update ghcr.io/acme/shop to 1.4.3`. */
export function titleOf(updates: readonly Update[]): string {
  const images = [...new Set(updates.map(({ to }) => to))];
  const [only] = images;
  if (images.length !== 1 || only === undefined) return `Update ${plural(images.length, "image")}`;
  const colon = only.lastIndexOf(":");
  return `Update ${only.slice(0, colon)} to ${only.slice(colon + 1)}`;
}

const planned = (plan: ProposalPlan) => ({ ...plan, problems: plan.newProblems });

export function pullText(updates: readonly Update[], plan: ProposalPlan): string {
  const rows = updates
    .slice(0, mostRows)
    .map(
      (one) =>
        `| ${one.stack} | ${serviceTitle(one.service)} | ${code(one.from)} | ${code(one.to)} |`,
    );
  const more = updates.length - rows.length;
  return [
    "The registry has newer images that the `imagePolicy` of these services allows:",
    "",
    "| stack | service | now | newer |",
    "| --- | --- | --- | --- |",
    ...rows,
    ...(more > 0 ? ["", `and ${more} more`] : []),
    "",
    "- **Merge it** to roll them out.",
    "- **Close it** to leave them out: Capstan proposes none of these again, and newer ones when there are any.",
    "",
    renderMarkdown(planned(plan), { maxCharacters, approval: "run" }),
  ].join("\n");
}

export function commitMessage(updates: readonly Update[], plan: ProposalPlan): string {
  const lines = updates
    .slice(0, mostRows)
    .map((one) => `- ${nameOf(one)}: ${one.from} -> ${one.to}`);
  const summary = renderSummary(summarise(planned(plan)));
  return `${titleOf(updates)}\n\nAs imagePolicy says:\n\n${lines.join("\n")}\n\nPlan: ${summary}\n`;
}

export const endings = {
  gone: "Closed by Capstan: none of these is newer any more than what Git has.",
  replaced: (number: number): string => `Closed by Capstan: #${number} takes its place.`,
} as const;
