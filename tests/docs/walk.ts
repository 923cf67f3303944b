// A how-to page in the hands of a reader: its commands are typed in a real shell, as the page writes them, and what it
// shows is what is printed. At the end of the walk none of them may be left that was not run.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { until } from "../support/until.ts";
import { leftOut } from "./left-out.ts";
import { commandsOf, pageOf } from "./page-commands.ts";
import type { PageCommand } from "./page-commands.ts";
import { isShown, openTerminal } from "./terminals.ts";
import type { Terminal } from "./terminals.ts";

/** What stands on a page for a reader's own: `NAME` is `shop` here. */
export type Own = Readonly<Record<string, string>>;

export interface Step {
  readonly own?: Own;
  /** Where the page does not say how it ends; 0 by default. */
  readonly code?: number;
  /** Typed in front of the command, and after it: variables, where its output goes, or what it reads. */
  readonly before?: string;
  readonly then?: string;
  /** Again and again, until it ends and prints as the page says, and this holds. */
  readonly until?: (output: string) => boolean;
}

export interface Walk {
  /** The reader's home, in which the shell starts. */
  readonly home: string;
  /** Types the one command of the page that is this or begins so, and compares what it prints with what is shown. */
  run(command: string, step?: Step): Promise<string>;
  /** The same for a command that goes on, in a terminal of its own: a server. */
  begin(command: string, step?: Pick<Step, "own" | "then" | "before">): Terminal;
  /** Types something that is not on the page: what its reader has done before. */
  prepare(line: string): Promise<string>;
  write(files: Readonly<Record<string, string>>): Promise<void>;
  /** For what is no command of a shell (a comment at a Git host): the test has done it. */
  did(command: string): void;
  /** Fails when the page has a command that was not run and is not left out on purpose. */
  end(): void;
  close(): Promise<void>;
}

export const root = fileURLToPath(new URL("../../", import.meta.url));

/** Commands of a page that neither ran nor are left out. */
export function notRun(
  name: string,
  commands: readonly PageCommand[],
  ran: ReadonlySet<PageCommand>,
): readonly string[] {
  return commands
    .filter((one) => !ran.has(one))
    .filter(({ text }) => !leftOut.some((row) => row.page === name && row.command === text))
    .map(({ place, text }) => `${place}: ${text}`);
}

function replaced(text: string, own: Own): string {
  return Object.entries(own).reduce((line, [shown, mine]) => {
    if (!line.includes(shown)) throw new Error(`${shown} does not stand in: ${text}`);
    return line.replaceAll(shown, mine);
  }, text);
}

/** A line of output as the page would show it. */
function asShown(line: string, own: Own): string {
  return Object.entries(own)
    .reduce((text, [shown, mine]) => (mine === "" ? text : text.replaceAll(mine, shown)), line)
    .trimEnd();
}

export async function walkOf(
  name: string,
  settings: {
    readonly environment?: Readonly<Record<string, string>>;
    /** Where the shell starts; the reader's home by default. */
    readonly folder?: string;
    /** What is printed here and not on the page, as what the page shows in its place. */
    readonly shown?: (line: string) => string;
  } = {},
): Promise<Walk> {
  const commands = commandsOf(pageOf(name));
  const home = await mkdtemp(join(tmpdir(), "capstan-reader-"));
  // As where it is installed: a program of this name.
  const program = `#!/bin/sh\nexec "${process.execPath}" "${root}src/main.ts" "$@"\n`;
  await mkdir(join(home, "bin"));
  await writeFile(join(home, "bin", "capstan"), program, { mode: 0o755 });
  const person = { NAME: "A Reader", EMAIL: "reader@example.com" };
  const environment = {
    PATH: `${join(home, "bin")}:${process.env.PATH ?? ""}`,
    STATE_DIR: join(home, "state"),
    GIT_CONFIG_NOSYSTEM: "1",
    ...Object.fromEntries(
      ["AUTHOR", "COMMITTER"].flatMap((role) =>
        Object.entries(person).map(([what, value]) => [`GIT_${role}_${what}`, value]),
      ),
    ),
    ...settings.environment,
    // Nothing is written into the home of whoever runs the tests.
    HOME: home,
  };
  const folder = settings.folder ?? home;
  const terminals: Terminal[] = [];
  const open = (): Terminal => {
    const opened = openTerminal(environment);
    opened.begin(`cd "${folder}"`);
    terminals.push(opened);
    return opened;
  };
  const first = open();
  const ran = new Set<PageCommand>();
  const find = (text: string): PageCommand => {
    const found = commands.filter((one) => one.text === text);
    const like = found.length > 0 ? found : commands.filter((one) => one.text.startsWith(text));
    const one = like.find((command) => !ran.has(command)) ?? like[0];
    if (one === undefined) throw new Error(`${name} has no command: ${text}`);
    ran.add(one);
    return one;
  };
  const lineOf = (text: string, { own = {}, before = "", then = "" }: Step): string =>
    `${before} ${replaced(text, own)} ${then}`.trim();
  return {
    home,
    async run(text, step = {}) {
      const { place, text: typed, shown, code } = find(text);
      const wanted = step.code ?? code;
      const own = step.own ?? {};
      let last = { code: -1, printed: [] as readonly string[] };
      const isRight = async (): Promise<boolean> => {
        const ended = await first.run(lineOf(typed, step));
        const lines = ended.lines.map(settings.shown ?? ((line) => line));
        last = { code: ended.code, printed: lines.map((line) => asShown(line, own)) };
        const isAsSaid = step.until?.(ended.lines.join("\n")) ?? true;
        return isAsSaid && last.code === wanted && (shown === null || isShown(last.printed, shown));
      };
      const right =
        step.until === undefined
          ? await isRight()
          : await until(`\`${typed}\` does what is said`, async () => (await isRight()) || null);
      expect(right, `${place}: ${typed}: ${JSON.stringify(last, null, 1)}`).toBe(true);
      return last.printed.join("\n");
    },
    begin(text, step = {}) {
      const terminal = open();
      terminal.begin(lineOf(find(text).text, step));
      return terminal;
    },
    async prepare(line) {
      const { code, lines } = await first.run(line);
      expect(code, `${line}: ${lines.join("\n")}`).toBe(0);
      return lines.join("\n");
    },
    async write(files) {
      for (const [path, text] of Object.entries(files)) {
        const file = join(home, path);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, text);
      }
    },
    did: (text) => void find(text),
    end() {
      expect(notRun(name, commands, ran)).toEqual([]);
    },
    async close() {
      await Promise.all(terminals.map((terminal) => terminal.close()));
      await rm(home, { recursive: true, force: true });
    },
  };
}
