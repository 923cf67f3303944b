// `capstan init`: the files of a new repository of stacks. What is there already is never touched.
import { existsSync } from "node:fs";
import { mkdir, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { CapstanError } from "../lib/errors.ts";
import { createPaint } from "../plan/render/paint.ts";
import type { Command } from "./context.ts";
import { newFiles, nextSteps } from "./init-files.ts";
import { schemaFiles } from "./schema.ts";

export interface InitOptions {
  readonly folder?: string;
}

/** Folder by folder: in places where nothing can be made, such as /proc, Node's own `recursive` tries forever. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" && (await stat(path)).isDirectory()) return;
    const parent = dirname(path);
    if (code !== "ENOENT" || existsSync(parent)) throw error;
    await makeFolder(parent);
    await mkdir(path);
  }
}

/** False when there is a file of that name already. */
async function writeNew(path: string, content: string): Promise<boolean> {
  try {
    await makeFolder(dirname(path));
    await writeFile(path, content, { flag: "wx" });
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    throw new CapstanError("unavailable", `${path} cannot be written: ${code ?? String(error)}`, {
      hint: "choose a folder that you may write to",
      cause: error,
    });
  }
}

export const init: Command<InitOptions> = async (context, options) => {
  const { io } = context;
  const paint = createPaint(io.outColour);
  const named = options.folder ?? ".";
  const folder = resolve(context.folder, named);
  for (const [path, content] of [...newFiles, ...schemaFiles("schemas")]) {
    const written = await writeNew(join(folder, path), content);
    const mark = written ? paint("green", "+") : paint("dim", "=");
    io.out(`${mark} ${join(named, path)}${written ? "" : " (kept as it is)"}\n`);
  }
  io.out(`\n${nextSteps(named, context.program)}`);
  return 0;
};
