// The documentation and the README as tests look at them: pages, their blocks of code, their commands and links.
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { Marked } from "marked";
import type { Token, Tokens } from "marked";
import { readDocs } from "../../src/http/docs/library.ts";
import { infoOf } from "../../src/http/docs/markdown.ts";

export const docsFolder = "src/http/public/docs";

export interface Page {
  /** From the root of the repository. */
  readonly file: string;
  readonly text: string;
  readonly tokens: readonly Token[];
}

export interface Block {
  readonly file: string;
  /** Where it stands, for people: `how-to/secrets.md:12`. */
  readonly place: string;
  readonly language: string;
  readonly options: Readonly<Record<string, string>>;
  readonly text: string;
}

const marked = new Marked();

function pageOf(file: string, text: string): Page {
  return { file, text, tokens: marked.lexer(text) };
}

export const readme = pageOf("README.md", readFileSync("README.md", "utf8"));
export const docs: readonly Page[] = [...readDocs()].map(([name, text]) =>
  pageOf(posix.join(docsFolder, name), text),
);
export const pages: readonly Page[] = [readme, ...docs];

/** One page of the documentation, by its name below its folder. */
export function docPage(name: string): Page {
  const found = docs.find(({ file }) => file === posix.join(docsFolder, name));
  if (found === undefined) throw new Error(`there is no page ${name}`);
  return found;
}

export function tokensOf({ tokens }: Page): readonly Token[] {
  const all: Token[] = [];
  void marked.walkTokens([...tokens], (token) => void all.push(token));
  return all;
}

/** Every block of code, in lists and quotes too. */
export function blocksOf(page: Page): readonly Block[] {
  let from = 0;
  return tokensOf(page)
    .filter((token): token is Tokens.Code => token.type === "code")
    .map((token) => {
      const opening = "```" + (token.lang ?? "");
      const at = page.text.indexOf(opening, from);
      if (at < 0) throw new Error(`${page.file}: only fenced blocks have a language`);
      from = at + opening.length;
      const line = page.text.slice(0, at).split("\n").length;
      return {
        file: page.file,
        place: `${page.file}:${line}`,
        ...infoOf(token.lang),
        text: token.text,
      };
    });
}

export interface Step {
  readonly command: string;
  /** What it prints, as the page shows it. */
  readonly lines: readonly string[];
}

/** Of a `console` block: each line with `$` and what follows it. */
export function stepsOf({ text }: Block): readonly Step[] {
  const parts = ` ${text}`.split(/^ ?\$ /m);
  if (parts[0]?.trim() !== "") throw new Error(`a console block begins with a command: ${text}`);
  return parts.slice(1).map((part) => {
    const [command = "", ...lines] = part.trimEnd().split("\n");
    return { command, lines };
  });
}

export interface Command {
  readonly place: string;
  readonly text: string;
}

/** Lines that a shell gets, with continued ones joined and comments left out. */
export function commandLines(block: Block): readonly Command[] {
  const { place, language } = block;
  if (language !== "sh" && language !== "console") return [];
  const lines =
    language === "sh"
      ? block.text.replaceAll(/\\\n\s*/g, " ").split("\n")
      : stepsOf(block).map(({ command }) => command);
  return lines
    .map((line) => line.replace(/(?:^|\s)#.*$/, "").trim())
    .filter((line) => line !== "")
    .map((text) => ({ place, text }));
}

/** Arguments of each `capstan …` in a line, or `npm run -s capstan -- …`, as a shell splits them. */
export function capstanCalls(line: string): readonly (readonly string[])[] {
  return line
    .split(/&&|\|\||[|;]/)
    .map((part) => part.trim().replace(/^(?:[A-Z_]+=\S*\s+)+/, ""))
    .flatMap((part) => {
      const [, rest] = /^(?:(?:npx )?capstan|npm run -s capstan --)(?:\s+(.*))?$/.exec(part) ?? [];
      if (rest === undefined) return part === "capstan" ? [[]] : [];
      const words = rest.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
      const own = words.filter((word) => !/^\d?>/.test(word) && !/^[~/].*\.token$/.test(word));
      return [own.map((word) => word.replaceAll(/["']/g, ""))];
    });
}
