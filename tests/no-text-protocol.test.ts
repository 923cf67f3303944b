// No text is protocol: nothing decides by a sentence that people read. `alone/reworded.slow.test.ts` shows it for
// what is decided today; this one keeps the next decision from being made that way.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../src/", import.meta.url));

/** Folders that decide. Adapters read what others say, and have to understand their words. */
const deciding = ["engine", "plan", "export", "manifest", "cli", "http/api", "http/auth"];

const spoken = "message|reason|detail|hint|title|description|why|words|said";
const parsing = [
  `\\b(?:${spoken})(?: \\?\\? "")?\\)?\\??\\.(?:startsWith|endsWith|includes|match|matchAll|search|indexOf|split)\\(`,
  `\\.(?:test|exec)\\(\\s*(?:\\w+\\??\\.)*(?:${spoken})\\b`,
  // Words made for people, and read again in the same breath.
  "\\b\\w+(?:Text|Words|Line)\\([^()]*\\)\\??\\.(?:startsWith|endsWith|includes|match|indexOf|split)\\(",
].map((pattern) => new RegExp(pattern));

/** Still right when all words are others. */
const allowed: readonly (readonly [path: string, code: string])[] = [
  // A closed list of words in the code, turned into a condition's CamelCase.
  ["engine/events/status.ts", "outcome.reason.split("],
  // The title of a deployment in Dokploy is an id of ours (W7).
  ["engine/rollout/own-rows.ts", "row.title.startsWith("],
  // What a person writes below a pull request is a command.
  ["engine/checks/comment-commands.ts", "/^plan$/i.test(words)"],
  ["engine/checks/comment-commands.ts", "/^preview$/i.test(words)"],
  ["engine/checks/comment-commands.ts", "/^preview\\s+stop$/i.test(words)"],
  ["engine/checks/comment-commands.ts", "approve.exec(words)"],
  // A log below a message, for people alone.
  ["engine/portal/progress.ts", '(check?.description ?? "").split('],
  // The first line of what the YAML reader says, for people alone.
  ["manifest/parse.ts", 'message.split("\\n")[0] ?? message'],
  ["manifest/compose/text.ts", 'message.split("\\n")[0] ?? message'],
  // Paragraphs of the reference.
  ["http/api/docs-page.ts", "description.split("],
];

function findings(path: string, text: string): readonly string[] {
  return text.split("\n").flatMap((line, index) => {
    const code = line.replace(/(^|\s)\/\/.*$/, "");
    if (!parsing.some((pattern) => pattern.test(code))) return [];
    if (allowed.some(([file, exempt]) => file === path && code.includes(exempt))) return [];
    return [`${path}:${index + 1} ${code.trim()}`];
  });
}

test("nothing decides by what a sentence says", () => {
  const found = deciding.flatMap((folder) =>
    readdirSync(`${root}${folder}`, { recursive: true, encoding: "utf8" })
      .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
      .filter((path) => path.endsWith(".ts"))
      .flatMap((path) => findings(path, readFileSync(`${root}${path}`, "utf8"))),
  );
  expect(found).toEqual([]);
});

test("what is allowed is still there", () => {
  const gone = allowed.filter(
    ([path, code]) => !readFileSync(`${root}${path}`, "utf8").includes(code),
  );
  expect(gone).toEqual([]);
});

test.each([
  'return reason.startsWith("drift");',
  'const bookkeeping = level === "info" && event.message.startsWith("record ");',
  "const wanted = /--approve ([0-9a-f]+)$/.exec(outcome.message)?.[1];",
  '[...problems].some(({ message }) => message?.includes(" not done: "))',
  "/ has no branch /.test(error.message)",
  'return causeText(action.cause).startsWith("made twice");',
  'plan.heldPrune?.reason.split(" ").includes(digest)',
])("such a decision is found: %s", (line) => {
  expect(findings("engine/some.ts", line)).toHaveLength(1);
});
