// Which stacks of a list are shown, and in which order. Pure.
import { CapstanError } from "../../lib/errors.ts";
import { pullTitle } from "../../model/preview-name.ts";
import { stackStates } from "../../plan/state-words.ts";
import type { ListQuery } from "./input.ts";
import type { SummaryView } from "./view-types.ts";

function matchesText(summary: SummaryView, q: string): boolean {
  const wanted = q.trim().toLowerCase();
  if (wanted === "") return true;
  const { name, project, template, message, stateText, owner, urls, labels, commit } = summary;
  const { preview } = summary;
  const texts = [
    ...[name, project, template, message, stateText, owner, commit?.title],
    ...(preview === null ? [] : [`preview of ${preview.stack} for ${pullTitle(preview)}`]),
    ...urls,
    ...Object.entries(labels).map(([label, value]) => `${label}=${value}`),
  ];
  return texts.some((text) => text?.toLowerCase().includes(wanted) === true);
}

function matchesLabel({ labels }: SummaryView, label: string): boolean {
  const at = label.indexOf("=");
  if (at === -1) return Object.hasOwn(labels, label);
  const name = label.slice(0, at);
  return Object.hasOwn(labels, name) && labels[name] === label.slice(at + 1);
}

type Compare = (a: SummaryView, b: SummaryView) => number;

const byName: Compare = (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
/** What changed last comes first. */
const byChange: Compare = (a, b) => {
  const [one, other] = [a.since ?? "", b.since ?? ""];
  return one > other ? -1 : one < other ? 1 : 0;
};
const byAttention: Compare = (a, b) => stackStates.indexOf(a.state) - stackStates.indexOf(b.state);

const orders: Readonly<Record<ListQuery["sort"], readonly Compare[]>> = {
  name: [byName],
  attention: [byAttention, byChange, byName],
  changed: [byChange, byName],
};

function compare(sort: ListQuery["sort"]): Compare {
  return (a, b) => {
    for (const order of orders[sort]) {
      const result = order(a, b);
      if (result !== 0) return result;
    }
    return 0;
  };
}

/** Where the page after a name begins. */
function startOf(sorted: readonly SummaryView[], { after, sort }: ListQuery): number {
  if (after === undefined) return 0;
  if (sort === "name") {
    const next = sorted.findIndex(({ name }) => name > after);
    return next === -1 ? sorted.length : next;
  }
  const last = sorted.findIndex(({ name }) => name === after);
  if (last !== -1) return last + 1;
  throw new CapstanError("invalid", `the address: after names no stack of this list`, {
    hint: "begin again with the first page, or sort by name",
  });
}

export function pageOf(summaries: readonly SummaryView[], query: ListQuery) {
  const { q, state, label, limit, sort } = query;
  const fitting = summaries
    .filter((one) => state === undefined || state.length === 0 || state.includes(one.state))
    .filter((one) => (label ?? []).every((wanted) => matchesLabel(one, wanted)))
    .filter((one) => q === undefined || matchesText(one, q))
    .sort(compare(sort));
  const rest = fitting.slice(startOf(fitting, query));
  const stacks = rest.slice(0, limit);
  return {
    stacks,
    total: fitting.length,
    next: rest.length > stacks.length ? (stacks.at(-1)?.name ?? null) : null,
  };
}
