// Labels as people read them. Those that the portal writes say whose a stack is: two of them, shown as one.

const ownerLabel = "capstan.portal/owner";
const ownerNameLabel = "capstan.portal/owner-name";

export interface ShownLabel {
  /** What is filtered by: `team=web`. */
  readonly pair: string;
  /** `team=web`, `owner: Zoe Martin`. */
  readonly text: string;
}

type Labels = Readonly<Record<string, string>>;

function ownerOf(labels: Labels): readonly ShownLabel[] {
  const id = labels[ownerLabel];
  if (id === undefined) return [];
  return [{ pair: `${ownerLabel}=${id}`, text: `owner: ${labels[ownerNameLabel] ?? id}` }];
}

/** Of one stack: its owner first. */
export function shownLabels(labels: Labels): readonly ShownLabel[] {
  const others = Object.entries(labels)
    .filter(([key]) => key !== ownerLabel && key !== ownerNameLabel)
    .map(([key, value]) => ({ pair: `${key}=${value}`, text: `${key}=${value}` }));
  return [...ownerOf(labels), ...others];
}

/** Of all stacks, in order. People of the same name are told apart by their ids. */
export function allLabels(stacks: Iterable<{ readonly labels: Labels }>): readonly ShownLabel[] {
  const found = new Map<string, string>();
  for (const { labels } of stacks) {
    for (const { pair, text } of shownLabels(labels)) found.set(pair, text);
  }
  const uses = new Map<string, number>();
  for (const text of found.values()) uses.set(text, (uses.get(text) ?? 0) + 1);
  return [...found]
    .map(([pair, text]) => ({
      pair,
      text: (uses.get(text) ?? 0) > 1 ? `${text} (${pair.slice(pair.indexOf("=") + 1)})` : text,
    }))
    .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
}
