// Patterns of policies. `*` is anything but a separator, `**` anything, `?` one character; at a beginning or after a
// separator `**` with the separator behind it may also be nothing: `**/x` is `x` in any folder. `*` alone is anything. Time
// grows with the product of both lengths, whatever they hold.

type Token =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "one" }
  | { readonly kind: "part" }
  | { readonly kind: "all" }
  /** `**` and a separator. */
  | { readonly kind: "folders" };

export interface Glob {
  readonly pattern: string;
  matches(text: string): boolean;
}

/** Nothing longer is matched by a pattern. */
const longestText = 4_096;
/** How many answers a pattern remembers: a load asks the same of many stacks. */
const mostKnown = 5_000;

function tokensOf(pattern: string, separator: string): readonly Token[] {
  // Alone it can only be meant to be everything.
  if (pattern === "*") return [{ kind: "all" }];
  const tokens: Token[] = [];
  let index = 0;
  while (index < pattern.length) {
    const char = pattern[index] ?? "";
    if (pattern.startsWith("**", index)) {
      const end = /^\*+/.exec(pattern.slice(index))?.[0].length ?? 2;
      const before = index === 0 ? separator : pattern[index - 1];
      const isFolders =
        separator !== "" && before === separator && pattern[index + end] === separator;
      tokens.push({ kind: isFolders ? "folders" : "all" });
      index += end + (isFolders ? 1 : 0);
    } else if (char === "*") {
      tokens.push({ kind: separator === "" ? "all" : "part" });
      index += 1;
    } else if (char === "?") {
      tokens.push({ kind: "one" });
      index += 1;
    } else {
      const text = /^[^*?]+/.exec(pattern.slice(index))?.[0] ?? char;
      tokens.push({ kind: "text", text });
      index += text.length;
    }
  }
  return tokens;
}

/** The places in the text that can be reached behind a token, from those before it. */
function step(token: Token, text: string, from: ReadonlySet<number>, separator: string) {
  const reached = new Set<number>();
  const run = (at: number, stops: (char: string) => boolean): void => {
    // Where another one has been, it has gone on to the same ends.
    for (let place = at; !reached.has(place); place += 1) {
      reached.add(place);
      if (place >= text.length || stops(text[place] ?? "")) return;
    }
  };
  for (const at of from) {
    switch (token.kind) {
      case "text":
        if (text.startsWith(token.text, at)) reached.add(at + token.text.length);
        break;
      case "one":
        if (at < text.length && text[at] !== separator) reached.add(at + 1);
        break;
      case "part":
        run(at, (char) => char === separator);
        break;
      case "all":
        run(at, () => false);
        break;
      case "folders":
        reached.add(at);
        break;
    }
  }
  if (token.kind === "folders") {
    for (let place = Math.min(...from); place < text.length; place += 1) {
      if (text[place] === separator) reached.add(place + 1);
    }
  }
  return reached;
}

function matchesNow(tokens: readonly Token[], text: string, separator: string): boolean {
  let places: ReadonlySet<number> = new Set([0]);
  for (const token of tokens) {
    places = step(token, text, places, separator);
    if (places.size === 0) return false;
  }
  return places.has(text.length);
}

/** `separator`: one character, or none: `*` is anything then. */
export function createGlob(pattern: string, separator: "/" | "." | ""): Glob {
  const tokens = tokensOf(pattern, separator);
  const [first] = tokens;
  const prefix = first?.kind === "text" ? first.text : "";
  const known = new Map<string, boolean>();
  return {
    pattern,
    matches(text) {
      if (text.length > longestText || !text.startsWith(prefix)) return false;
      const before = known.get(text);
      if (before !== undefined) return before;
      const now = matchesNow(tokens, text, separator);
      if (known.size < mostKnown) known.set(text, now);
      return now;
    },
  };
}
