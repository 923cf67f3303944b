// An environment as Capstan reads it: the configuration, or what is wrong with it.
import { readConfig, requireConfig, type Config } from "../../src/config.ts";
import type { Environment } from "../../src/config-environment.ts";

export interface Reading {
  /** Throws when there are problems. */
  readonly config: (env: Environment) => Config;
  /** Empty when all is well. */
  readonly problems: (env: Environment) => readonly string[];
}

/** `readFile` stands for the files that `…_FILE` variables name. */
export function reading(readFile: (path: string) => string): Reading {
  return {
    config: (env) => requireConfig(env, readFile),
    problems(env) {
      const result = readConfig(env, readFile);
      return result.ok ? [] : result.problems;
    },
  };
}

/** The contents of these files; any other one does not exist. */
export function inFiles(files: Readonly<Record<string, string>>): (path: string) => string {
  return (path) => {
    const text = files[path];
    if (text === undefined) throw Object.assign(new Error("no such file"), { code: "ENOENT" });
    return text;
  };
}

/** Where no variable names a file. */
export function noFile(): string {
  throw new Error("no file is read");
}
