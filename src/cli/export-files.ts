// Writes the files of an export: nothing that is there already is overwritten, and secrets are readable by their owner
// alone.
import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CapstanError } from "../lib/errors.ts";
import { secretsFileName, secretsText } from "../export/secrets-file.ts";
import { isWritableEnvValue } from "../model/env-text.ts";
import { sopsFileName, sopsText } from "../export/sops-file.ts";

const ignoreFile = ".gitignore";

async function contentOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

function failure(path: string, error: unknown): CapstanError {
  const { code } = error as NodeJS.ErrnoException;
  return new CapstanError("unavailable", `${path} cannot be written: ${code ?? String(error)}`, {
    hint: "choose a folder that you may write to",
    cause: error,
  });
}

/** Files whose content is another one than what would be written. */
async function inTheWay(folder: string, files: ReadonlyMap<string, string>): Promise<string[]> {
  const found: string[] = [];
  for (const [path, content] of files) {
    const there = await contentOf(join(folder, path));
    if (there !== null && there !== content) found.push(path);
  }
  return found;
}

/** Git does not take the file of secrets along. */
async function keepOutOfGit(folder: string): Promise<void> {
  const path = join(folder, ignoreFile);
  const there = (await contentOf(path)) ?? "";
  if (there.split(/\r?\n/).some((line) => line.trim() === secretsFileName)) return;
  const end = there === "" || there.endsWith("\n") ? "" : "\n";
  await writeFile(path, `${there}${end}${secretsFileName}\n`);
}

/** Throws `conflict`, and writes nothing, where a file is there with another content. `secret`: paths only for their owner. */
export async function writeExport(
  folder: string,
  files: ReadonlyMap<string, string>,
  secret: ReadonlySet<string>,
): Promise<void> {
  try {
    const found = await inTheWay(folder, files);
    if (found.length > 0) {
      const more = found.length > 3 ? ` and ${found.length - 3} more` : "";
      throw new CapstanError(
        "conflict",
        `${found.slice(0, 3).join(", ")}${more} exist in ${folder} and would change`,
        { hint: "export into an empty folder, and compare the two" },
      );
    }
    await mkdir(folder, { recursive: true });
    if (files.has(secretsFileName)) await keepOutOfGit(folder);
    for (const [path, content] of files) {
      const full = join(folder, path);
      await mkdir(dirname(full), { recursive: true });
      const mode = secret.has(path) ? 0o600 : 0o644;
      await writeFile(full, content, { mode });
      // One that was there keeps the mode that it had.
      if (secret.has(path)) await chmod(full, mode);
    }
  } catch (error) {
    if (error instanceof CapstanError) throw error;
    throw failure(folder, error);
  }
}

/** The text of the file of secrets of a folder; null without one. */
export function secretsIn(folder: string): Promise<string | null> {
  return contentOf(join(folder, secretsFileName));
}

/** The file with the values of secrets: encrypted for recipients, or readable by its owner alone. */
export async function secretsFile(
  secrets: ReadonlyMap<string, string>,
  recipients: readonly string[],
  nowMs: number,
): Promise<readonly [path: string, text: string]> {
  if (recipients.length === 0) {
    const unwritable = [...secrets].find(([, value]) => !isWritableEnvValue(value));
    if (unwritable === undefined) return [secretsFileName, secretsText(secrets)];
    throw new CapstanError("invalid", `no variable can hold the value of ${unwritable[0]}`, {
      hint: "encrypt the secrets with --age, which takes any value",
    });
  }
  return [sopsFileName, await sopsText(secrets, { recipients, random: randomBytes, nowMs })];
}
