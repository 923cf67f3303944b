// Every command that a page has its reader type: in blocks, and in the middle of sentences.
import { posix } from "node:path";
import { indexFile } from "../../src/http/docs/library.ts";
import { blocksOf, commandLines, docsFolder, pages, readme, stepsOf, tokensOf } from "./pages.ts";
import type { Page } from "./pages.ts";

export interface PageCommand {
  readonly place: string;
  readonly text: string;
  /** What it prints, as the page shows it; null where the page shows nothing. */
  readonly shown: readonly string[] | null;
  /** How it ends, as the page says. */
  readonly code: number;
}

const programs = [
  ...["capstan", "npm", "npx", "node", "git", "docker", "curl", "alias", "export", "apt-get"],
  ...[
    "sops",
    "age-keygen",
    "cosign",
    "psql",
    "pg_dump",
    "pg_restore",
    "gh",
    "openssl",
    "systemctl",
  ],
];
const typed = new RegExp(`^(?:[A-Z_]+=\\S+ )*(?:${programs.join("|")}) [a-z.-]`);

/** `capstan …` is a way of writing commands, and no command. */
const isTyped = (text: string): boolean => typed.test(text) && !text.endsWith(" …");

/** A page's name below the documentation's folder: `how-to/dns.md`; `README.md` is that of the repository. */
export function nameOf(page: Page): string {
  if (page === readme) return page.file;
  const name = posix.relative(docsFolder, page.file);
  return name === indexFile ? `docs/${name}` : name;
}

/** By its name. */
export function pageOf(name: string): Page {
  const found = pages.find((page) => nameOf(page) === name);
  if (found === undefined) throw new Error(`there is no page ${name}`);
  return found;
}

/** In their order, blocks first; a command that stands in several sentences counts once. */
export function commandsOf(page: Page): readonly PageCommand[] {
  const inBlocks = blocksOf(page).flatMap((block): readonly PageCommand[] => {
    const { place } = block;
    if (block.language !== "console") {
      return commandLines(block).map(({ text }) => ({ place, text, shown: null, code: 0 }));
    }
    const steps = stepsOf(block);
    return steps.map(({ command, lines }, index) => ({
      place,
      text: command,
      shown: lines,
      code: index === steps.length - 1 ? Number(block.options.exit ?? "0") : 0,
    }));
  });
  const inSentences = tokensOf(page)
    .filter(({ type }) => type === "codespan")
    .map((token) => ("text" in token ? String(token.text) : ""))
    .filter((text) => isTyped(text) && inBlocks.every((one) => one.text !== text));
  return [
    ...inBlocks,
    ...[...new Set(inSentences)].map((text) => ({
      ...{ place: page.file, text, shown: null, code: 0 },
    })),
  ];
}
