// `capstan …` as a process of its own, as people start it: for what signals and locks do to it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { until } from "./until.ts";

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

export interface CapstanProcess {
  readonly pid: number;
  out(): string;
  /** Standard error, where its log goes too. */
  err(): string;
  signal(name: "SIGTERM" | "SIGINT" | "SIGKILL" | "SIGSTOP" | "SIGCONT"): void;
  /** The exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;
  /** Of `run`: where it listens. */
  address(): Promise<string>;
  /** Ends it, whatever it does. */
  close(): Promise<void>;
}

export function startCapstan(
  args: readonly string[],
  options: {
    readonly folder: string;
    readonly environment: Readonly<Record<string, string>>;
    /** An installed one; absent: this checkout's. */
    readonly program?: string;
  },
): CapstanProcess {
  const { program } = options;
  const [command, all] =
    program === undefined ? [process.execPath, [main, ...args]] : [program, [...args]];
  const child = spawn(command, all, {
    cwd: options.folder,
    env: { PATH: process.env.PATH ?? "", ...options.environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const closed = once(child, "close");
  return {
    pid: child.pid ?? 0,
    out: () => out,
    err: () => err,
    signal: (name) => void child.kill(name),
    ended: closed.then(() => child.exitCode),
    address: () =>
      until("it says where it listens", () => {
        if (child.exitCode !== null) throw new Error(`it ended: ${err}`);
        // The newest one: a run that has lost its lead starts again.
        return [...err.matchAll(/health (http:\S+)\/health/g)].at(-1)?.[1];
      }),
    async close() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await closed;
    },
  };
}
