// Secrets as files of one folder, as Docker and Kubernetes mount them: the name is the file's name. Links
// are followed inside the folder only (Kubernetes swaps a whole version by one link).
import { createHash } from "node:crypto";
import { readFile, readdir, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { CapstanError } from "../lib/errors.ts";

export interface SecretFile {
  /** As it is spelled in the folder. */
  readonly name: string;
  /** Resolved, inside the folder. */
  readonly path: string;
  readonly size: number;
  /** Changes when the content may have changed. */
  readonly stamp: string;
}

/** More than this is no secret, and env and files travel in requests of 1 MB. */
export const largestSecretBytes = 256 * 1024;

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

function code(error: unknown): string {
  return error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : "";
}

/** The files of a folder that can be secrets, sorted. Throws `unavailable` when it cannot be listed. */
export async function listSecretFiles(folder: string): Promise<readonly SecretFile[]> {
  let inside: string;
  let names: readonly string[];
  try {
    inside = await realpath(folder);
    names = await readdir(inside);
  } catch (error) {
    throw new CapstanError("unavailable", `SECRETS_DIR cannot be read: ${code(error)}`, {
      hint: "check that the folder exists and that Capstan may read it",
      cause: error,
    });
  }
  const found = await Promise.all(
    names.filter((name) => namePattern.test(name)).map((name) => inspect(inside, name)),
  );
  return found.filter((file) => file !== null).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Null for folders, for links that leave the folder and for what has just vanished. */
async function inspect(folder: string, name: string): Promise<SecretFile | null> {
  try {
    const path = await realpath(join(folder, name));
    if (!path.startsWith(folder + sep)) return null;
    const { size, ino, mtimeNs, ctimeNs, ...status } = await stat(path, { bigint: true });
    if ((status.mode & 0o170000n) !== 0o100000n) return null;
    return { name, path, size: Number(size), stamp: `${ino}.${size}.${mtimeNs}.${ctimeNs}` };
  } catch (error) {
    if (code(error) === "ENOENT" || code(error) === "ELOOP") return null;
    return { name, path: join(folder, name), size: 0, stamp: code(error) };
  }
}

/** The value without its one trailing newline. Throws `invalid` or `unavailable`; never shows any of it. */
export async function readSecretFile(file: SecretFile): Promise<string> {
  const fail = (what: string, hint: string): never => {
    throw new CapstanError("invalid", `the secret file ${file.name} ${what}`, { hint });
  };
  if (file.size > largestSecretBytes) {
    fail(`is larger than ${largestSecretBytes / 1024} KiB`, "a secret is a short text");
  }
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file.path);
  } catch (error) {
    throw new CapstanError(
      "unavailable",
      `the secret file ${file.name} cannot be read: ${code(error)}`,
      {
        hint: "check that Capstan may read it",
      },
    );
  }
  // It may have grown since it was listed.
  if (bytes.byteLength > largestSecretBytes) {
    fail(`is larger than ${largestSecretBytes / 1024} KiB`, "a secret is a short text");
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return text.replace(/\r?\n$/, "");
  } catch {
    return fail("is not UTF-8 text", "encode binary values as base64");
  }
}

export function stampOf(files: readonly SecretFile[]): string {
  const lines = files.map(({ name, stamp }) => `${name} ${stamp}`);
  return createHash("sha256").update(lines.join("\n")).digest("hex");
}
