// Every `capstan …` on the documentation's pages is a command with options that the program has.
import { CommanderError } from "commander";
import { describe, expect, test } from "vitest";
import { createProgram } from "../../src/cli/program.ts";
import { commentCommand } from "../../src/engine/checks/comment-commands.ts";
import { createStage } from "../cli/support.ts";
import { blocksOf, capstanCalls, commandLines, pages, tokensOf } from "./pages.ts";

/** What the program's own parser says of a line; null: it would run. */
async function refusalOf(args: readonly string[]): Promise<string | null> {
  const stage = createStage();
  let asked = 0;
  const program = createProgram(stage.context, async () => {
    asked += 1;
  });
  try {
    await program.parseAsync([...args], { from: "user" });
    return asked === 1 ? null : "nothing runs";
  } catch (error) {
    // Help and the version are told instead of running something.
    if (error instanceof CommanderError && error.exitCode === 0) return null;
    return stage.terminal.err();
  }
}

const lines = pages.flatMap(blocksOf).flatMap(commandLines);
const calls = lines.flatMap(({ place, text }) =>
  capstanCalls(text).map((args) => ({ place, args })),
);

test("pages show many commands, of all sorts", () => {
  expect(calls.length).toBeGreaterThan(25);
  expect(new Set(calls.map(({ args }) => args[0])).size).toBeGreaterThan(10);
});

describe.each(calls.map(({ place, args }) => [`capstan ${args.join(" ")}`, place, args] as const))(
  "%s",
  (_, place, args) => {
    test(`in ${place} is a line that the program takes`, async () => {
      expect(await refusalOf(args)).toBe(null);
    });
  },
);

/** In the text: `capstan redeploy NAME`. Comments on pull requests look the same and are obeyed there. */
const inText = pages.flatMap((page) =>
  tokensOf(page)
    .filter(({ type }) => type === "codespan")
    .map((token) => ("text" in token ? String(token.text) : ""))
    .filter((text) => /^capstan [a-z]/.test(text))
    .map((text) => ({ place: page.file, text })),
);

test("commands in sentences are those of the program, or of comments", async () => {
  expect(inText.length).toBeGreaterThan(30);
  const refused: string[] = [];
  for (const { place, text } of inText) {
    const isComment = commentCommand(text.replace("DIGEST", "0123456789abcdef")) !== null;
    if (isComment) continue;
    const [args = []] = capstanCalls(text);
    // A command alone stands for all of its options.
    const said = await refusalOf(args);
    const isName = args.length === 1 && /missing required|required option/.test(said ?? "");
    const isGroup = args.length === 1 && said?.includes("Usage:") === true;
    if (said !== null && !isName && !isGroup) refused.push(`${place}: ${text}: ${said}`);
  }
  expect(refused).toEqual([]);
});

test("a wrong option would be seen", async () => {
  expect(await refusalOf(["plan", "--sorce", "stacks"])).toContain("--sorce");
  expect(await refusalOf(["aply"])).toContain("aply");
  expect(
    capstanCalls("CAPSTAN_URL=http://x capstan get stacks | head && capstan logs 'a b'"),
  ).toEqual([
    ["get", "stacks"],
    ["logs", "a b"],
  ]);
});
