// The outputs of `git ls-tree -r -l -z` and `git cat-file --batch` taken apart, and which entries of a
// tree are read, which are named as unreadable, and when a tree is too much. Pure.
import { CapstanError } from "../lib/errors.ts";
import type { UnreadableFile } from "../ports.ts";
import { inMebibytes, type ReadLimits } from "./limits.ts";

export interface TreeEntry {
  readonly mode: string;
  readonly type: string;
  readonly oid: string;
  /** Null for what has none (a submodule). */
  readonly size: number | null;
  /** Null when it is no UTF-8. */
  readonly path: string | null;
  /** The path for people, whatever its bytes. */
  readonly shown: string;
}

const entryPattern = /^(\d{6}) (\w+) ([0-9a-f]+)\s+(\d+|-)$/;
const strictText = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Null when the output is none of `ls-tree -r -l -z`: a cut-off one proves nothing. */
export function parseTree(output: Buffer): readonly TreeEntry[] | null {
  const entries: TreeEntry[] = [];
  for (let start = 0; start < output.length;) {
    const end = output.indexOf(0, start);
    const tab = output.indexOf(9, start);
    if (end === -1 || tab === -1 || tab > end) return null;
    const match = entryPattern.exec(output.toString("latin1", start, tab));
    if (match === null) return null;
    const [, mode = "", type = "", oid = "", size = ""] = match;
    const bytes = output.subarray(tab + 1, end);
    const path = decodePath(bytes);
    const shown = path ?? bytes.toString("utf8");
    entries.push({ mode, type, oid, size: size === "-" ? null : Number(size), path, shown });
    start = end + 1;
  }
  return entries;
}

function decodePath(bytes: Uint8Array): string | null {
  try {
    return strictText.decode(bytes);
  } catch {
    return null;
  }
}

export interface Selection {
  readonly wanted: readonly {
    readonly path: string;
    readonly oid: string;
    readonly size: number;
  }[];
  readonly unreadable: readonly UnreadableFile[];
}

/** Which entries are to be read. Throws `invalid` when there are too many or too much of them. */
export function selectEntries(entries: readonly TreeEntry[], limits: ReadLimits): Selection {
  if (entries.length > limits.files) {
    throw new CapstanError(
      "invalid",
      `the stacks' path holds ${entries.length} files, more than ${limits.files}`,
      { hint: "set STACKS_PATH to the folder that holds the manifests alone" },
    );
  }
  const wanted: { path: string; oid: string; size: number }[] = [];
  const unreadable: UnreadableFile[] = [];
  let total = 0;
  for (const entry of entries) {
    const reason = whyUnreadable(entry, limits);
    if (reason !== null || entry.path === null || entry.size === null) {
      const why = { path: entry.shown, reason: reason ?? "not a regular file" };
      unreadable.push(isPlainFile(entry) ? { ...why, plainFile: true } : why);
      continue;
    }
    total += entry.size;
    wanted.push({ path: entry.path, oid: entry.oid, size: entry.size });
  }
  if (total > limits.totalBytes) {
    throw new CapstanError(
      "invalid",
      `the stacks' path holds ${inMebibytes(total)}, more than ${inMebibytes(limits.totalBytes)}`,
      { hint: "set STACKS_PATH to the folder that holds the manifests alone" },
    );
  }
  return { wanted, unreadable };
}

function isPlainFile({ type, mode }: TreeEntry): boolean {
  return type === "blob" && mode.startsWith("100");
}

function whyUnreadable(entry: TreeEntry, limits: ReadLimits): string | null {
  if (entry.mode === "120000") return "it is a symbolic link, and these are not followed";
  if (entry.mode === "160000") return "it is a submodule, and these are not read";
  if (!isPlainFile(entry)) return "it is not a regular file";
  if (entry.path === null) return "its name is not UTF-8";
  // git itself makes no such names; a tree made by hand may have them.
  if (entry.path.split("/").some((part) => part === "" || part === "." || part === "..")) {
    return "its path leads elsewhere";
  }
  if ((entry.size ?? 0) > limits.fileBytes) {
    return `it is larger than ${inMebibytes(limits.fileBytes)}`;
  }
  return null;
}

export interface GitObject {
  readonly type: string;
  readonly content: Buffer;
}

/**
 * The objects of `cat-file --batch` by id, in views of `output`; null when one is missing or cut off. Of an output
 * that was cut on purpose the last object may be its beginning alone.
 */
export function parseObjects(
  output: Buffer,
  wanted: readonly string[],
  isCut: boolean,
): ReadonlyMap<string, GitObject> | null {
  const objects = new Map<string, GitObject>();
  let at = 0;
  for (const oid of wanted) {
    const end = output.indexOf(10, at);
    const header = end === -1 ? "" : output.toString("latin1", at, end);
    const match = /^([0-9a-f]+) (\w+) (\d+)$/.exec(header);
    const start = end + 1;
    const size = Number(match?.[3]);
    if (match?.[1] !== oid) return null;
    const isWhole = output.length >= start + size + 1;
    if (!isWhole && !(isCut && oid === wanted.at(-1))) return null;
    objects.set(oid, { type: match[2] ?? "", content: output.subarray(start, start + size) });
    at = start + size + 1;
  }
  return objects;
}

/** The subject of a commit object: the first line of its message, fit for one line of a terminal. */
export function commitSubject(commit: Buffer): string {
  const blank = commit.indexOf("\n\n");
  if (blank === -1) return "";
  const message = commit.toString("utf8", blank + 2, Math.min(commit.length, blank + 2_000));
  const line = message.trimStart().split("\n", 1)[0] ?? "";

  return line
    .replaceAll(/[\u0000-\u001f\u007f]/g, " ")
    .trim()
    .slice(0, 200);
}
