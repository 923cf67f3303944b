// Runs one git command in its prepared environment: credentials stay out of its arguments, and it ends
// with the source that started it.
import { CapstanError, isCapstanError } from "../lib/errors.ts";
import { runProgram, type ProgramResult } from "../lib/spawn.ts";

export interface GitCommand {
  readonly args: readonly string[];
  readonly timeoutMs: number;
  readonly maxStdoutBytes?: number;
  /** More output is thrown away instead of being a failure. */
  readonly cutStdout?: boolean;
  readonly stdin?: Uint8Array;
}

/** Any exit code is an answer. Throws `unavailable` at the time-out, `cancelled` when closed. */
export type Git = (command: GitCommand) => Promise<ProgramResult>;

const fewBytes = 16 * 1024 * 1024;

export function createGit(options: {
  readonly env: Readonly<Record<string, string>>;
  /** For errors: the repository, without credentials. */
  readonly url: string;
  readonly signal?: AbortSignal;
}): Git {
  return async ({ args, timeoutMs, maxStdoutBytes = fewBytes, cutStdout = false, stdin }) => {
    const subcommand =
      args.find((word, index) => !word.startsWith("-") && args[index - 1] !== "-c") ?? "";
    try {
      return await runProgram({
        program: "git",
        args,
        env: options.env,
        title: `git ${subcommand} of ${options.url}`,
        timeoutMs,
        maxStdoutBytes,
        cutStdout,
        ...(stdin === undefined ? {} : { stdin }),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
    } catch (error) {
      if (!isCapstanError(error, "unavailable") || error.hint !== undefined) throw error;
      throw new CapstanError("unavailable", error.message, {
        hint: "check that the repository's host answers from here, and that its disk and ours are healthy",
      });
    }
  };
}
