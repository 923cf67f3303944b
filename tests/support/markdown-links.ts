// Relative links and pictures of Markdown files that lead nowhere among the files given.
import { posix } from "node:path";
import { Marked } from "marked";
import type { Token, Tokens } from "marked";
import { createSlugs, plainText } from "../../src/http/docs/markdown.ts";

const marked = new Marked();
/** Addresses with a scheme, and those of a running controller. */
const isAway = (href: string): boolean => /^(?:[a-z][a-z\d+.-]*:|\/)/i.test(href);

function tokensOf(text: string): readonly Token[] {
  const all: Token[] = [];
  void marked.walkTokens(marked.lexer(text), (token) => void all.push(token));
  return all;
}

function headingsOf(text: string): ReadonlySet<string> {
  const slugs = createSlugs();
  const headings = tokensOf(text).filter((one): one is Tokens.Heading => one.type === "heading");
  return new Set(headings.map(({ tokens }) => slugs(plainText(tokens).trim())));
}

/** `from: href`, of each that leads nowhere. `read` is asked for the Markdown files of `paths`. */
export function deadLinks(
  paths: ReadonlySet<string>,
  read: (path: string) => string,
): { readonly dead: readonly string[]; readonly followed: number } {
  let followed = 0;
  const dead: string[] = [];
  for (const from of [...paths].filter((path) => path.endsWith(".md"))) {
    const links = tokensOf(read(from)).filter((token): token is Tokens.Link | Tokens.Image =>
      /^(?:link|image)$/.test(token.type),
    );
    for (const { href } of links.filter((one) => !isAway(one.href))) {
      followed += 1;
      const [path = "", anchor = ""] = href.split("#", 2);
      const target = path === "" ? from : posix.join(posix.dirname(from), path);
      const leads = paths.has(target) && (anchor === "" || headingsOf(read(target)).has(anchor));
      if (!leads) dead.push(`${from}: ${href}`);
    }
  }
  return { dead, followed };
}
