// What a PromQL or LogQL text asks for: metrics, labels and the values that they are compared with.

export interface Matcher {
  readonly label: string;
  /** Alternatives of a pattern count each. */
  readonly values: readonly string[];
}

export interface Asked {
  /** Names that are compared with nothing: metrics. */
  readonly metrics: readonly { readonly name: string; readonly matchers: readonly Matcher[] }[];
  /** Within `by (…)` and the like. */
  readonly grouped: readonly string[];
}

const keywords = new Set(["and", "or", "unless", "bool", "offset", "inf", "nan"]);
const grouping = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g;
const name = "[a-zA-Z_:][a-zA-Z0-9_:]*";

export function matchersIn(text: string): readonly Matcher[] {
  return [...text.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"/g)].map(
    ([, label = "", value = ""]) => ({ label, values: value.split("|") }),
  );
}

export function askedOf(promql: string): Asked {
  const grouped = [...promql.matchAll(grouping)].flatMap(([, inside = ""]) =>
    inside.split(",").flatMap((label) => (label.trim() === "" ? [] : [label.trim()])),
  );
  const rest = promql.replaceAll(grouping, " ").replaceAll(/\[[^\]]*\]/g, " ");
  const metrics: { name: string; matchers: readonly Matcher[] }[] = [];
  const pattern = new RegExp(`(${name})\\s*(\\{[^}]*\\})?(\\s*\\()?`, "g");
  // Texts within braces are taken with their metric, so that what is in them counts as no metric.
  for (const [, found = "", selector = "", call] of rest.matchAll(pattern)) {
    if (call !== undefined || keywords.has(found.toLowerCase())) continue;
    metrics.push({ name: found, matchers: matchersIn(selector) });
  }
  return { metrics, grouped };
}
