// Every command that a page has its reader type: in blocks, and in the middle of sentences.
import { posix } from "node:path";
import { blocksOf, commandLines, docsFolder, stepsOf, tokensOf } from "./pages.ts";
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

/** A page's name as its links have it: `how-to/dns.md`. */
export function nameOf({ file }: Page): string {
  return posix.relative(docsFolder, file).replace(/^(?:\.\.\/)+/, "");
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
