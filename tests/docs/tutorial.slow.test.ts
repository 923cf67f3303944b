// The tutorials, walked by a reader who has nothing but them: every command in its terminal, in order, against the
// simulator, and what they show is what is printed.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { until } from "../support/until.ts";
import { blocksOf, commandLines, docPage, stepsOf } from "./pages.ts";
import type { Block } from "./pages.ts";
import { isShown, openTerminal } from "./terminals.ts";
import type { Terminal } from "./terminals.ts";

let home = "";
let ports: Readonly<Record<string, string>> = {};
let environment: Readonly<Record<string, string>> = {};
const terminals = new Map<string, Terminal>();

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "capstan-reader-"));
  // The tutorial's may be taken on this machine.
  ports = { "34999": String(await freePort()), "3000": String(await freePort()) };
  environment = {
    HOME: home,
    PORT: ports["3000"] ?? "",
    STATE_DIR: join(home, "state"),
    ...{ GIT_AUTHOR_NAME: "A Reader", GIT_AUTHOR_EMAIL: "reader@example.com" },
    ...{ GIT_COMMITTER_NAME: "A Reader", GIT_COMMITTER_EMAIL: "reader@example.com" },
    GIT_CONFIG_NOSYSTEM: "1",
  };
});
afterAll(async () => {
  await Promise.all([...terminals.values()].map((terminal) => terminal.close()));
  await rm(home, { recursive: true, force: true });
});

const here = (text: string): string =>
  text.replaceAll(/\b(?:34999|3000)\b/g, (port) => ports[port] ?? port);
const asShown = (line: string): string =>
  Object.entries(ports)
    .reduce((text, [shown, port]) => text.replaceAll(port, shown), line)
    .trimEnd();

function terminal(name: string): Terminal {
  const known = terminals.get(name);
  if (known !== undefined) return known;
  const opened = openTerminal(environment);
  terminals.set(name, opened);
  return opened;
}

async function runConsole(block: Block): Promise<void> {
  const steps = stepsOf(block);
  for (const [index, { command, lines }] of steps.entries()) {
    const code = index === steps.length - 1 ? Number(block.options.exit ?? "0") : 0;
    let last: unknown = null;
    const isAsShown = async (): Promise<boolean> => {
      const ended = await terminal("1").run(here(command));
      const printed = ended.lines.map(asShown);
      last = { code: ended.code, printed };
      return ended.code === code && isShown(printed, lines);
    };
    const isRight =
      "until" in block.options
        ? await until(
            `\`${command}\` prints what is shown`,
            async () => (await isAsShown()) || undefined,
            120_000,
          )
        : await isAsShown();
    expect(isRight, `${block.place}: ${command}: ${JSON.stringify(last, null, 1)}`).toBe(true);
  }
}

/** One that goes on: a server in a terminal of its own. */
async function begin({ options, text }: Block, name: string): Promise<void> {
  if ("restart" in options) {
    await terminals.get(name)?.close();
    terminals.delete(name);
  }
  terminal(name).begin(here(text));
}

/** What a server prints once it is ready. */
async function hears({ place, text }: Block, name: string): Promise<void> {
  await until(`${place}: ${text} in terminal ${name}`, () => {
    const printed = terminal(name).output().split("\n").map(asShown);
    return text.split("\n").every((line) => printed.some((one) => isShown([one], [line])));
  });
}

async function walk(block: Block): Promise<void> {
  const { language, options, place } = block;
  const { terminal: name, file } = options;
  if ("skip" in options) {
    expect(options.skip.length, place).toBeGreaterThan(10);
  } else if (language === "console") {
    await runConsole(block);
  } else if (name !== undefined) {
    await (language === "text" ? hears(block, name) : begin(block, name));
  } else if (file !== undefined) {
    const path = file.replace(/^~/, home);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `${block.text}\n`);
  } else if (language === "sh") {
    for (const { text } of commandLines(block)) {
      const { code, lines } = await terminal("1").run(here(text));
      expect(code, `${place}: ${text}: ${lines.join("\n")}`).toBe(0);
    }
  } else {
    throw new Error(`${place}: nobody can follow a block of ${language}`);
  }
}

test("what is shown is compared line by line", () => {
  expect(isShown(["a", "b"], ["a", "b"])).toBe(true);
  expect(isShown(["a", "b"], ["a"])).toBe(false);
  expect(isShown(["a", "b", "c"], ["…", "c"])).toBe(true);
  expect(isShown(["a", "b", "c"], ["…", "b"])).toBe(false);
  expect(isShown(["ready at 12 (x)"], ["ready at … (x)"])).toBe(true);
  expect(isShown([], ["…"])).toBe(true);
  expect(isShown([], ["a"])).toBe(false);
});

// In the order of the index: the second one goes on where the first one ends.
const tutorials = ["tutorial/first-stack.md", "tutorial/team-portal.md"];
for (const name of tutorials) {
  test(`${name} does what it says, command by command`, async () => {
    const blocks = blocksOf(docPage(name));
    expect(blocks.length).toBeGreaterThan(5);
    expect(blocks.filter(({ options }) => "skip" in options).length).toBeLessThanOrEqual(1);
    for (const block of blocks) await walk(block);
  }, 600_000);
}
