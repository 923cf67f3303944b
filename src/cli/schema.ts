// `capstan schema`: the JSON Schemas for editors, printed or written to a folder.
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { CapstanError } from "../lib/errors.ts";
import { renderSchemas } from "../manifest/json-schema.ts";
import type { Command } from "./context.ts";

export interface SchemaOptions {
  /** `stack`; all when absent and written, the first when printed. */
  readonly name?: string;
  readonly write?: string;
}

const suffix = ".schema.json";

/** All schemas as files below a folder. */
export function schemaFiles(folder: string): readonly (readonly [path: string, text: string])[] {
  return [...renderSchemas()].map(([name, text]) => [join(folder, name), text] as const);
}

function selected(name: string | undefined): ReadonlyMap<string, string> {
  const all = renderSchemas();
  if (name === undefined) return all;
  const file = `${name.replace(suffix, "")}${suffix}`;
  const text = all.get(file);
  if (text !== undefined) return new Map([[file, text]]);
  const known = [...all.keys()].map((one) => one.replace(suffix, "")).join(", ");
  throw new CapstanError("invalid", `there is no schema ${JSON.stringify(name)}`, {
    hint: `there is ${known}`,
  });
}

export const schema: Command<SchemaOptions> = async (context, options) => {
  const schemas = selected(options.name);
  if (options.write === undefined) {
    const [first] = schemas.values();
    context.io.out(first ?? "");
    return 0;
  }
  const folder = resolve(context.folder, options.write);
  try {
    await mkdir(folder, { recursive: true });
    for (const [name, text] of schemas) {
      await writeFile(join(folder, name), text);
      context.io.err(`${join(options.write, name)}\n`);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CapstanError("unavailable", `${folder} cannot be written: ${code ?? String(error)}`, {
      hint: "choose a folder that you may write to",
      cause: error,
    });
  }
  return 0;
};
