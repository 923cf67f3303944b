// Tables of the documentation name all that there is, and no more: tools, commands, log fields, states.
import type { Tokens } from "marked";
import { expect, test } from "vitest";
import { runProgram } from "../../src/cli/program.ts";
import { logFields } from "../../src/lib/log-fields.ts";
import { tools } from "../../src/mcp/tools.ts";
import { stateTexts } from "../../src/plan/state-words.ts";
import { createStage } from "../cli/support.ts";
import { docPage, tokensOf } from "./pages.ts";

/** The rows of a page's tables, as they are written. */
function rowsOf(name: string): readonly (readonly string[])[] {
  const tables = tokensOf(docPage(name)).filter(
    (token): token is Tokens.Table => token.type === "table",
  );
  expect(tables.length, name).toBeGreaterThan(0);
  return tables.flatMap(({ rows }) => rows.map((cells) => cells.map(({ text }) => text)));
}

const firstCells = (name: string): string =>
  rowsOf(name)
    .map(([first = ""]) => first)
    .join("\n");

test("the table of tools for agents names every one, and no other", () => {
  const named = [...firstCells("how-to/agents.md").matchAll(/`([a-z_]+)`/g)].map(
    ([, name]) => name,
  );
  expect([...named].sort()).toEqual(tools.map(({ name }) => name).sort());
});

test("the table of commands names every one, and no other", async () => {
  const terminal = createStage();
  await runProgram(terminal.context, ["--help"]);
  const listing = terminal.terminal.out().split("Commands:")[1]?.split("Examples:")[0] ?? "";
  const commands = [...listing.matchAll(/^ {2}([a-z-]+)/gm)]
    .map(([, name = ""]) => name)
    .filter((name) => name !== "help");
  expect(commands.length).toBeGreaterThan(10);
  const cells = firstCells("reference/commands.md");
  const named = [...cells.matchAll(/`([a-z][a-z-]*)/g)].map(([, name = ""]) => name);
  expect([...new Set(named)].sort()).toEqual([...commands].sort());
});

test("the table of log fields is the one that the compiler holds", () => {
  const told = rowsOf("reference/log-fields.md").map(([name = "", holds]) => [
    name.replaceAll("`", ""),
    holds,
  ]);
  expect(told).toEqual(Object.entries(logFields));
});

test("the table of states names every one that asks something of somebody, in the words of the pages", () => {
  const named = [...firstCells("how-to/doctor.md").matchAll(/`([^`]+)`/g)].map(([, text]) => text);
  const quiet = ["Ready", "Removed", "Queued", "Not checked yet"];
  expect([...named].sort()).toEqual(stateTexts.filter((text) => !quiet.includes(text)).sort());
});
