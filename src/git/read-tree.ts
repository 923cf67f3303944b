// Reads what lies below a path of one tree from a local repository: one `ls-tree`, one `cat-file --batch`.
import type { ProgramResult } from "../lib/spawn.ts";
import type { SourceFile, UnreadableFile } from "../ports.ts";
import type { ReadLimits } from "./limits.ts";
import { byPath } from "./order.ts";
import { commitSubject, parseObjects, parseTree, selectEntries } from "./tree.ts";

/** Runs git in that repository; any exit code is an answer. */
export type LocalGit = (
  args: readonly string[],
  more?: {
    readonly stdin?: Uint8Array;
    readonly maxStdoutBytes?: number;
    readonly cutStdout?: boolean;
  },
) => Promise<ProgramResult>;

export interface CommitTree {
  readonly subject: string;
  readonly files: readonly SourceFile[];
  readonly unreadable: readonly UnreadableFile[];
}

export type TreeReading =
  | { readonly kind: "tree"; readonly tree: CommitTree }
  /** Nothing lies below the path, or a file lies in its place. */
  | { readonly kind: "no-folder"; readonly isFile: boolean };

/** For lists of a whole tree's paths. */
export const maxListBytes = 64 * 1024 * 1024;
/** Header and line feed of each object. */
const batchOverheadBytes = 128;
/** Of the commit, which is asked for last: a message may be of any size, and only its subject is wanted. */
const maxCommitBytes = 64 * 1024;

export interface TreeRequest {
  /** What has the files: a commit or a tree. */
  readonly treeish: string;
  /** What has the subject. */
  readonly commit: string;
  /** Empty for all of it. */
  readonly path: string;
  /** What is read beside it, where it is there: a folder or a file. */
  readonly also?: readonly string[];
  readonly limits: ReadLimits;
  /** Files that were read before, by their ids: these are not read again. */
  readonly known?: ReadonlyMap<string, Uint8Array>;
}

/** Whether something lies in a folder. */
function isIn(folder: string) {
  return ({ shown }: { readonly shown: string }): boolean => shown.startsWith(`${folder}/`);
}

/**
 * Null when the tree, the commit or a file is not in the repository or cannot be read from it. Throws
 * `invalid` for more than the limits allow, and what `git` throws.
 */
export async function readTree(git: LocalGit, request: TreeRequest): Promise<TreeReading | null> {
  const { treeish, commit, path, also = [], limits, known } = request;
  const paths = path === "" ? [] : ["--", path, ...also];
  const listed = await git(["ls-tree", "-r", "-l", "-z", "--full-tree", treeish, ...paths], {
    maxStdoutBytes: maxListBytes,
  });
  const entries = listed.exitCode === 0 ? parseTree(listed.stdout) : null;
  if (entries === null) return null;
  const isFile = entries.some((entry) => entry.shown === path);
  const isEmpty = path === "" ? entries.length === 0 : !entries.some(isIn(path));
  if (isEmpty || isFile) return { kind: "no-folder", isFile };
  const selection = selectEntries(entries, limits);
  const missing = selection.wanted.filter(({ oid }) => known?.has(oid) !== true);
  const oids = [...new Set([...missing.map((entry) => entry.oid), commit])];
  const bytes = missing.reduce((sum, entry) => sum + entry.size, 0);
  const maxStdoutBytes = bytes + oids.length * batchOverheadBytes + maxCommitBytes;
  const batch = await git(["cat-file", "--batch"], {
    stdin: Buffer.from(`${oids.join("\n")}\n`),
    maxStdoutBytes,
    cutStdout: true,
  });
  const isCut = batch.stdout.length === maxStdoutBytes;
  const objects = batch.exitCode === 0 ? parseObjects(batch.stdout, oids, isCut) : null;
  if (objects === null) return null;
  const files = selection.wanted.map(({ path, oid }) => ({
    path,
    content: known?.get(oid) ?? objects.get(oid)?.content ?? Buffer.alloc(0),
    id: oid,
  }));
  return {
    kind: "tree",
    tree: {
      subject: commitSubject(objects.get(commit)?.content ?? Buffer.alloc(0)),
      files: files.sort(byPath),
      unreadable: [...selection.unreadable].sort(byPath),
    },
  };
}
