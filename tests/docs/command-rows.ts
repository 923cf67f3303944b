// The rows of the table in reference/commands.md: commands with the options that stand beside each, those that stand in
// brackets for all of the row, and the codes with which they end.
import type { Tokens } from "marked";
import { docPage, tokensOf } from "./pages.ts";

export interface RowCommand {
  /** `dns create`. */
  readonly name: string;
  /** As they are written, without what they take: `--target`. */
  readonly options: readonly string[];
}

export interface CommandRow {
  readonly commands: readonly RowCommand[];
  readonly shared: readonly string[];
  readonly codes: readonly number[];
}

const optionsIn = (text: string): readonly string[] =>
  text.match(/(?<=^|[\s[])--?[a-z][a-z-]*/g) ?? [];

function rowOf(first: string, third: string): CommandRow {
  const spans = [...first.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text);
  const isOption = (text: string): boolean => text.startsWith("-");
  return {
    commands: spans
      .filter((text) => !isOption(text))
      .map((text) => ({ name: text.replace(/ +[[A-Z-].*$/, ""), options: optionsIn(text) })),
    shared: spans.filter(isOption).flatMap(optionsIn),
    codes: (third.match(/\b\d\b/g) ?? []).map(Number),
  };
}

export const commandRows: readonly CommandRow[] = tokensOf(docPage("reference/commands.md"))
  .filter((token): token is Tokens.Table => token.type === "table")
  .flatMap(({ rows }) => rows)
  .map(([first, , third]) => rowOf(first?.text ?? "", third?.text ?? ""));
