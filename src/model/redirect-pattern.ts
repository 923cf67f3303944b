// Whether Traefik can read the pattern of a redirect: it takes Go's regular expressions, which are RE2's.
import { RE2JS, RE2JSSyntaxException } from "re2js";
import type { Refusal } from "./refusal.ts";

/** Reading costs time by length and by what is repeated; beyond this it is left to Traefik (P4). */
const longestJudged = 4_000;
const mostRepeats = 500;

const syntax = "Traefik takes the syntax of Go's RE2: https://github.com/google/re2/wiki/Syntax";

/** What other dialects have, by how it begins. */
const foreign: readonly (readonly [start: RegExp, what: string, hint: string])[] = [
  [
    /^\(\?[=!]/,
    "look-ahead",
    "RE2 has neither: match the whole address, and keep its parts as groups, $1 and $2",
  ],
  [
    /^\(\?<[=!]/,
    "look-behind",
    "RE2 has neither: match the whole address, and keep its parts as groups, $1 and $2",
  ],
  [/^\\[1-9k]/, "back reference", "RE2 has none; in `replacement`, $1 is the first group"],
];

export function refuseRedirectPattern(pattern: string): Refusal | null {
  if (isCostly(pattern)) return null;
  try {
    RE2JS.compile(pattern);
    return null;
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) {
      return { message: "cannot be read by Traefik", hint: syntax };
    }
    const about = error.getPattern() ?? "";
    for (const [start, what, hint] of foreign) {
      const found = start.exec(about)?.[0];
      if (found !== undefined) {
        return { message: `has a ${what}, \`${found}\`, which Traefik does not take`, hint };
      }
    }
    const detail = about === "" ? "" : `: ${about}`;
    const message = `cannot be read by Traefik: ${error.getDescription()}${detail}`;
    return { message, hint: syntax };
  }
}

function isCostly(pattern: string): boolean {
  if (pattern.length > longestJudged) return true;
  let repeats = 0;
  for (const [, count, most = count] of pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g)) {
    // A count that is refused anyway costs nothing.
    if (Number(most) <= 1_000) repeats += Math.max(Number(count), Number(most));
  }
  return repeats > mostRepeats;
}
