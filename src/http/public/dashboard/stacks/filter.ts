// Which stacks a list shows and in which order. Pure; the address holds it all.
import type { StackStateName, StackSummary } from "../../../api/shapes/stack.ts";
import { attentionOrder } from "../../components/states.ts";

export const sorts = ["attention", "name", "changed"] as const;
export type Sort = (typeof sorts)[number];

export interface Filter {
  readonly text: string;
  readonly states: readonly StackStateName[];
  /** `team=web`; empty for any. */
  readonly label: string;
  /** Of this Dokploy, as `dokployTitle` has it; empty for any. */
  readonly dokploy: string;
  readonly sort: Sort;
}

export const everything: Filter = {
  text: "",
  states: [],
  label: "",
  dokploy: "",
  sort: "attention",
};

/** From the query of an address; what it does not know is left out. */
export function filterOf(path: string): Filter {
  const query = new URL(path, "http://localhost").searchParams;
  const states = (query.get("state") ?? "").split(",");
  return {
    text: query.get("q") ?? "",
    states: attentionOrder.filter((state) => states.includes(state)),
    label: query.get("label") ?? "",
    dokploy: query.get("dokploy") ?? "",
    sort: sorts.find((sort) => sort === query.get("sort")) ?? "attention",
  };
}

export function pathOf({ text, states, label, dokploy, sort }: Filter): string {
  const query = new URLSearchParams();
  if (text !== "") query.set("q", text);
  if (states.length > 0) query.set("state", states.join(","));
  if (label !== "") query.set("label", label);
  if (dokploy !== "") query.set("dokploy", dokploy);
  if (sort !== "attention") query.set("sort", sort);
  const written = query.toString().replaceAll("%2C", ",");
  return written === "" ? "/stacks" : `/stacks?${written}`;
}

export function isEverything({ text, states, label, dokploy }: Filter): boolean {
  return text === "" && states.length === 0 && label === "" && dokploy === "";
}

/** All that somebody may search for, in small letters. */
function searched(stack: StackSummary): string {
  const { name, message, stateText, commit, urls, template, owner, labels } = stack;
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  const parts = [name, message, stateText, commit?.sha, commit?.title, template, owner];
  return [...parts, ...urls, ...pairs].join(" ").toLowerCase();
}

const haystacks = new WeakMap<StackSummary, string>();

function haystack(stack: StackSummary): string {
  const text = haystacks.get(stack) ?? searched(stack);
  haystacks.set(stack, text);
  return text;
}

/** What people call a Dokploy: that of DOKPLOY_URL has no name. */
export function dokployTitle(name: string): string {
  return name === "" ? "default" : name;
}

/** The Dokploy of a stack that is called `shop@production`. */
function dokployOf({ name }: StackSummary): string {
  const at = name.lastIndexOf("@");
  return dokployTitle(at === -1 ? "" : name.slice(at + 1));
}

export function passes(stack: StackSummary, { text, states, label, dokploy }: Filter): boolean {
  if (dokploy !== "" && dokployOf(stack) !== dokploy) return false;
  if (states.length > 0 && !states.includes(stack.state)) return false;
  if (label !== "") {
    const [key = "", value = ""] = label.split(/=(.*)/s);
    if (stack.labels[key] !== value) return false;
  }
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return words.every((word) => haystack(stack).includes(word));
}

const byName = (a: StackSummary, b: StackSummary): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
/** The newest change first. */
const byChange = (a: StackSummary, b: StackSummary): number => {
  const [one, other] = [a.since ?? "", b.since ?? ""];
  return one > other ? -1 : one < other ? 1 : byName(a, b);
};
const rank = (stack: StackSummary): number => attentionOrder.indexOf(stack.state);

export function sorted(stacks: readonly StackSummary[], sort: Sort): readonly StackSummary[] {
  const compare = {
    attention: (a: StackSummary, b: StackSummary) => rank(a) - rank(b) || byChange(a, b),
    name: byName,
    changed: byChange,
  }[sort];
  return [...stacks].sort(compare);
}

/**
 * Keeps the rows where they are while somebody points at them: `before` in its order, without those that
 * are gone, and new ones at the end.
 */
export function held(
  before: readonly string[],
  fresh: readonly StackSummary[],
): readonly StackSummary[] {
  const byItsName = new Map(fresh.map((stack) => [stack.name, stack]));
  const kept = before.flatMap((name) => byItsName.get(name) ?? []);
  const known = new Set(before);
  return [...kept, ...fresh.filter(({ name }) => !known.has(name))];
}

export function countsOf(
  stacks: Iterable<StackSummary>,
): readonly (readonly [StackStateName, number])[] {
  const counts = new Map<StackStateName, number>();
  for (const { state } of stacks) counts.set(state, (counts.get(state) ?? 0) + 1);
  return attentionOrder.flatMap((state): (readonly [StackStateName, number])[] => {
    const count = counts.get(state) ?? 0;
    return count === 0 ? [] : [[state, count]];
  });
}

/** The first rows of which `budget` at most are new: a long list is drawn bit by bit. */
export function firstRows(
  rows: readonly StackSummary[],
  drawn: ReadonlySet<string>,
  budget: number,
): readonly StackSummary[] {
  let left = budget;
  const end = rows.findIndex(({ name }) => {
    if (!drawn.has(name)) left -= 1;
    return left < 0;
  });
  return end === -1 ? rows : rows.slice(0, end);
}
