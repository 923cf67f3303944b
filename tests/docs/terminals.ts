// Terminals as a reader of a tutorial has them: a shell each, in the project's folder, whose commands follow each
// other, with a home of their own.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { until } from "../support/until.ts";

export interface Terminal {
  /** Runs a line to its end. */
  run(line: string): Promise<{ readonly code: number; readonly lines: readonly string[] }>;
  /** Types lines that do not end by themselves. */
  begin(text: string): void;
  output(): string;
  /** Ctrl-C, and the end of the shell. */
  close(): Promise<void>;
}

const patienceMs = 180_000;

function endGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    // The shell and all that it started.
    process.kill(-child.pid, signal);
  } catch {
    // They have ended already.
  }
}

export function openTerminal(environment: Readonly<Record<string, string>>): Terminal {
  const child = spawn("bash", ["--noprofile", "--norc", "-O", "expand_aliases"], {
    env: { PATH: process.env.PATH ?? "", TERM: "dumb", ...environment },
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  let text = "";
  const take = (chunk: Buffer): void => {
    text += chunk.toString();
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  const closed = once(child, "close");
  // What it prints and what it says of errors come in their order.
  child.stdin.write("exec 2>&1\n");
  let count = 0;
  return {
    output: () => text,
    begin: (more) => void child.stdin.write(`${more}\n`),
    async run(line) {
      count += 1;
      const mark = `end-of-command-${count}`;
      const from = text.length;
      child.stdin.write(`${line}\nprintf '\\n%s %d\\n' ${mark} $?\n`);
      const pattern = new RegExp(`^${mark} (\\d+)\n`, "m");
      const found = await until(
        `\`${line}\` has ended`,
        () => {
          if (child.exitCode !== null) throw new Error(`the shell ended: ${text}`);
          return pattern.exec(text.slice(from)) ?? undefined;
        },
        patienceMs,
      );
      const printed = text.slice(from, from + found.index).replace(/\n$/, "");
      const lines = printed === "" ? [] : printed.replace(/\n$/, "").split("\n");
      return { code: Number(found[1]), lines };
    },
    async close() {
      endGroup(child, "SIGINT");
      child.stdin.end();
      const late = setTimeout(() => {
        endGroup(child, "SIGKILL");
      }, 20_000);
      await closed;
      clearTimeout(late);
      endGroup(child, "SIGKILL");
    },
  };
}

/** Whether a line is as it is shown; `…` stands for anything. */
function isLike(line: string, shown: string): boolean {
  const parts = shown.split("…").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(line);
}

/** What is shown of an output is what was printed; a line with `…` alone stands for any lines, or none. */
export function isShown(printed: readonly string[], shown: readonly string[]): boolean {
  const [first, ...rest] = shown;
  if (first === undefined) return printed.length === 0;
  if (first === "…") {
    return printed.concat("").some((_, index) => isShown(printed.slice(index), rest));
  }
  const [line, ...others] = printed;
  return line !== undefined && isLike(line, first) && isShown(others, rest);
}
