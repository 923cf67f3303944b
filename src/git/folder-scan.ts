// Reads a local folder once, as it is at this moment: plain files with their bytes, everything else by
// name as unreadable, and a hash over both. Links are never followed (law P4), and a file is opened in a
// way that cannot be tricked into following one between two looks.
import { createHash } from "node:crypto";
import { readdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { CapstanError } from "../lib/errors.ts";
import type { SourceFile, UnreadableFile } from "../ports.ts";
import { inMebibytes, type ReadLimits } from "./limits.ts";
import { byPath } from "./order.ts";
import { readBounded } from "./read-file.ts";

export interface FolderScan {
  /** The same for the same content, wherever and whenever it is read. */
  readonly id: string;
  readonly files: readonly SourceFile[];
  readonly unreadable: readonly UnreadableFile[];
}

/** Never part of a revision: Git's own folder and what package managers put there. */
export const ignoredNames: ReadonlySet<string> = new Set([".git", "node_modules"]);

const maxDepth = 64;
/** Enough to keep a disk busy, and few enough to hold few files open. */
const readsAtOnce = 64;

/**
 * Throws `not-found` when the folder is gone or is none, `forbidden` when it may not be listed, `invalid`
 * when it holds too much. `leaveOut`: a folder below it that is not opened and not part of the content. `onFile`
 * hears of each file while others are still being read, in any order, also in a scan that fails.
 */
export async function scanFolder(
  dir: string,
  limits: ReadLimits,
  leaveOut: string | null = null,
  onFile: (file: SourceFile) => void = () => undefined,
): Promise<FolderScan> {
  const files: SourceFile[] = [];
  const unreadable: UnreadableFile[] = [];
  let totalBytes = 0;
  // The folder itself may be a link: a person named it.
  const root = await realpath(dir).catch((error: unknown) => {
    throw missingFolder(dir, error);
  });
  const leftOut = leaveOut === null ? null : await realpath(leaveOut).catch(() => null);
  await walk(root, "", 0);
  files.sort(byPath);
  unreadable.sort(byPath);
  return { id: contentHash(files, unreadable), files, unreadable };

  async function walk(folder: string, prefix: string, depth: number): Promise<void> {
    let entries;
    try {
      entries = await readdir(folder, { withFileTypes: true });
    } catch (error) {
      if (depth === 0) throw missingFolder(dir, error);
      // Gone meanwhile: the same as gone before.
      if (codeOf(error) === "ENOENT") return;
      unreadable.push({ path: prefix.slice(0, -1), reason: cannotRead(error) });
      return;
    }
    const folders: (readonly [place: string, path: string])[] = [];
    const plain: (readonly [place: string, path: string])[] = [];
    for (const entry of entries) {
      if (ignoredNames.has(entry.name)) continue;
      const path = `${prefix}${entry.name}`;
      const place = join(folder, entry.name);
      if (place === leftOut) continue;
      if (entry.name.includes("\ufffd")) {
        unreadable.push({ path, reason: "its name is not UTF-8" });
      } else if (entry.isDirectory()) {
        if (depth < maxDepth) folders.push([place, path]);
        else unreadable.push({ path, reason: `it lies more than ${maxDepth} folders deep` });
      } else if (entry.isSymbolicLink()) {
        unreadable.push({ path, reason: "it is a symbolic link, and these are not followed" });
      } else if (entry.isFile()) {
        plain.push([place, path]);
      } else {
        unreadable.push({ path, reason: "it is not a regular file" });
      }
    }
    refuseTooMuch(plain.length);
    const next = plain.values();
    await Promise.all(Array.from({ length: readsAtOnce }, () => readNext(next)));
    for (const [place, path] of folders) await walk(place, `${path}/`, depth + 1);
  }

  async function readNext(next: Iterator<readonly [place: string, path: string]>): Promise<void> {
    for (let step = next.next(); step.done !== true; step = next.next()) {
      await read(...step.value);
      refuseTooMuch(0);
    }
  }

  function refuseTooMuch(more: number): void {
    if (files.length + unreadable.length + more > limits.files) {
      throw tooMuch(`${limits.files} files`);
    }
    if (totalBytes > limits.totalBytes) throw tooMuch(inMebibytes(limits.totalBytes));
  }

  async function read(place: string, path: string): Promise<void> {
    const content = await readBounded(place, limits.fileBytes).catch((error: unknown) => {
      if (codeOf(error) === "ENOENT") return null;
      const why = { reason: cannotRead(error) };
      // Listed as a file a moment ago; only a link may have taken its place.
      return codeOf(error) === "ELOOP" ? why : { ...why, plainFile: true as const };
    });
    if (content === null) return;
    if ("reason" in content) {
      unreadable.push({ path, ...content });
      return;
    }
    totalBytes += content.bytes.byteLength;
    const file = { path, content: content.bytes };
    files.push(file);
    onFile(file);
  }

  function tooMuch(what: string): CapstanError {
    return new CapstanError("invalid", `${dir} holds more than ${what}`, {
      hint: "give --source the folder that holds the manifests alone",
    });
  }
}

/** Lengths stand before the bytes, so that no two contents can meet in one text. */
function contentHash(files: readonly SourceFile[], unreadable: readonly UnreadableFile[]): string {
  const hash = createHash("sha256");
  for (const { path, content } of files) {
    hash.update(`file ${Buffer.byteLength(path)} ${content.byteLength}\n${path}`).update(content);
  }
  for (const { path, reason } of unreadable) {
    hash.update(`not ${Buffer.byteLength(path)} ${Buffer.byteLength(reason)}\n${path}${reason}`);
  }
  return hash.digest("hex").slice(0, 40);
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "unknown error";
}

function cannotRead(error: unknown): string {
  const code = codeOf(error);
  return code === "ELOOP"
    ? "it is a symbolic link, and these are not followed"
    : `it cannot be read (${code})`;
}

function missingFolder(dir: string, error: unknown): CapstanError {
  const code = codeOf(error);
  switch (code) {
    case "ENOENT":
      return new CapstanError("not-found", `there is no folder ${dir}`, {
        hint: "check that --source names the folder that holds the manifests",
      });
    case "ENOTDIR":
      return new CapstanError("not-found", `${dir} is not a folder`, {
        hint: "give --source the folder that holds the manifests",
      });
    case "EACCES":
    case "EPERM":
      return new CapstanError("forbidden", `the folder ${dir} may not be read`, {
        hint: "give the user that Capstan runs as the right to read it",
      });
    default:
      return new CapstanError("unavailable", `the folder ${dir} cannot be read: ${code}`, {
        hint: "check that its disk is healthy",
      });
  }
}
