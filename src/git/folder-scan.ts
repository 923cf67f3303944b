// Reads a local folder once, as it is at this moment: plain files with their bytes, everything else by
// name as unreadable, and a hash over both. Links are never followed (law P4), and a file is opened in a
// way that cannot be tricked into following one between two looks.
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open, readdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { CapstanError } from "../lib/errors.ts";
import type { SourceFile, UnreadableFile } from "../ports.ts";
import { inMebibytes, type ReadLimits } from "./limits.ts";
import { byPath } from "./order.ts";

export interface FolderScan {
  /** The same for the same content, wherever and whenever it is read. */
  readonly id: string;
  readonly files: readonly SourceFile[];
  readonly unreadable: readonly UnreadableFile[];
}

/** Never part of a revision: Git's own folder and what package managers put there. */
export const ignoredNames: ReadonlySet<string> = new Set([".git", "node_modules"]);

const maxDepth = 64;
const openFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Throws `not-found` when the folder is gone or is none, `forbidden` when it may not be listed, `invalid`
 * when it holds too much. `leaveOut`: a folder below it that is not opened and not part of the content.
 */
export async function scanFolder(
  dir: string,
  limits: ReadLimits,
  leaveOut: string | null = null,
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
    for (const entry of entries) {
      if (ignoredNames.has(entry.name)) continue;
      const path = `${prefix}${entry.name}`;
      const place = join(folder, entry.name);
      if (place === leftOut) continue;
      if (entry.name.includes("\ufffd")) {
        unreadable.push({ path, reason: "its name is not UTF-8" });
      } else if (entry.isDirectory()) {
        if (depth < maxDepth) await walk(place, `${path}/`, depth + 1);
        else unreadable.push({ path, reason: `it lies more than ${maxDepth} folders deep` });
      } else if (entry.isSymbolicLink()) {
        unreadable.push({ path, reason: "it is a symbolic link, and these are not followed" });
      } else if (entry.isFile()) {
        await read(place, path);
      } else {
        unreadable.push({ path, reason: "it is not a regular file" });
      }
      if (files.length + unreadable.length > limits.files) throw tooMuch(`${limits.files} files`);
      if (totalBytes > limits.totalBytes) throw tooMuch(inMebibytes(limits.totalBytes));
    }
  }

  async function read(place: string, path: string): Promise<void> {
    try {
      const content = await readBounded(place, limits.fileBytes);
      if ("reason" in content) {
        unreadable.push({ path, ...content });
        return;
      }
      totalBytes += content.bytes.byteLength;
      files.push({ path, content: content.bytes });
    } catch (error) {
      if (codeOf(error) === "ENOENT") return;
      const why = { path, reason: cannotRead(error) };
      // Listed as a file a moment ago; only a link may have taken its place.
      unreadable.push(codeOf(error) === "ELOOP" ? why : { ...why, plainFile: true });
    }
  }

  function tooMuch(what: string): CapstanError {
    return new CapstanError("invalid", `${dir} holds more than ${what}`, {
      hint: "give --source the folder that holds the manifests alone",
    });
  }
}

/** The bytes, or why they are not read. */
async function readBounded(
  place: string,
  maxBytes: number,
): Promise<
  { readonly bytes: Uint8Array } | { readonly reason: string; readonly plainFile?: true }
> {
  const file = await open(place, openFlags);
  try {
    const stats = await file.stat();
    if (!stats.isFile()) return { reason: "it is not a regular file" };
    if (stats.size > maxBytes) {
      return { reason: `it is larger than ${inMebibytes(maxBytes)}`, plainFile: true };
    }
    // One byte more than it should have: it may be growing at this moment.
    const buffer = Buffer.alloc(stats.size + 1);
    let size = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, size, buffer.length - size, size);
      if (bytesRead === 0) return { bytes: buffer.subarray(0, size) };
      size += bytesRead;
      if (size === buffer.length) return { reason: "it is being written", plainFile: true };
    }
  } finally {
    await file.close();
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
