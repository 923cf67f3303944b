// Patterns of policies. `*` is anything but a separator, `**` anything, `?` one character; at a beginning or after a
// separator `**` with the separator behind it may also be nothing: `**/x` is `x` in any folder. `*` alone is anything.
// RE2 takes no time that grows with wildcards, whoever wrote the pattern.
import { RE2JS } from "re2js";

export interface Glob {
  readonly pattern: string;
  matches(text: string): boolean;
}

/** Nothing longer is matched by a pattern. */
const longestText = 4_096;
/** How many answers a pattern remembers: a load asks the same of many stacks. */
const mostKnown = 5_000;
const wildcards = /\*{2,}|[*?]/g;
const anything = "[\\s\\S]*";

function expressionOf(pattern: string, separator: string): string {
  // Alone it can only be meant to be everything.
  if (pattern === "*") return anything;
  const end = RE2JS.quote(separator);
  const inPart = separator === "" ? "[\\s\\S]" : `[^${end}]`;
  let result = "";
  let index = 0;
  for (const { 0: found, index: at } of pattern.matchAll(wildcards)) {
    result += RE2JS.quote(pattern.slice(index, at));
    index = at + found.length;
    const before = at === 0 ? separator : pattern[at - 1];
    const isFolders = separator !== "" && before === separator && pattern[index] === separator;
    if (found === "?") result += inPart;
    else if (found === "*") result += `${inPart}*`;
    else if (!isFolders) result += anything;
    else {
      result += `(?:${anything}${end})?`;
      index += 1;
    }
  }
  return result + RE2JS.quote(pattern.slice(index));
}

/** `separator`: one character, or none: `*` is anything then. */
export function createGlob(pattern: string, separator: "/" | "." | ""): Glob {
  const expression = RE2JS.compile(expressionOf(pattern, separator));
  const known = new Map<string, boolean>();
  return {
    pattern,
    matches(text) {
      if (text.length > longestText) return false;
      const before = known.get(text);
      if (before !== undefined) return before;
      const now = expression.matches(text);
      if (known.size < mostKnown) known.set(text, now);
      return now;
    },
  };
}
