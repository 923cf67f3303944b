// The files of a revision as manifests see them: looked up for mounts, relative to the place where a
// mount was written and never outside of the stacks' folder.
import { posix } from "node:path";
import { lfsHint, lfsMessage, lfsSize } from "./lfs.ts";

export interface SourceFileInput {
  readonly path: string;
  readonly content: Uint8Array;
  /** Names the content: of one source, equal ids mean equal bytes (in Git the blob's). */
  readonly id?: string;
}

export interface UnreadableFileInput {
  readonly path: string;
  readonly reason: string;
  /** Known to be a plain file: no folder of manifests stands there. */
  readonly plainFile?: true;
}

/** The files of one revision. */
export interface TreeInput {
  readonly files: readonly SourceFileInput[];
  readonly unreadable: readonly UnreadableFileInput[];
  /** Policies at the root of the repository around a local folder, by their paths as seen from it. */
  readonly policies?: {
    readonly folder: string;
    /** What is not among the files above. */
    readonly files: readonly SourceFileInput[];
    readonly unreadable: readonly UnreadableFileInput[];
  };
}

/** Dokploy takes a request of 1 MB; a file travels inside one, escaped. */
export const largestMountedBytes = 256 * 1024;

export const putElsewhere = "put it into the image or on a volume";

export type Mounted =
  /** `path`: the file's own, in the repository. */
  | { readonly content: string; readonly path: string }
  | { readonly message: string; readonly hint: string | null };

export interface MountedFiles {
  /** The text of the file `source` as seen from the manifest `from`. */
  read(from: string, source: string): Mounted;
}

export function createMountedFiles(
  root: string,
  files: readonly SourceFileInput[],
  unreadable: readonly UnreadableFileInput[],
): MountedFiles {
  const contents = new Map(files.map(({ path, content }) => [path, content]));
  const reasons = new Map(unreadable.map(({ path, reason }) => [path, reason]));
  return {
    read(from, source) {
      if (source.startsWith("/")) {
        return { message: "must be relative to this manifest", hint: "such as ./app.conf" };
      }
      const path = posix.normalize(posix.join(posix.dirname(from), source));
      const outside = root === "" ? /^\.\.(?:\/|$)/.test(path) : !isBelow(root, path);
      if (outside) {
        const folder = root === "" ? "the repository" : `the folder ${root}`;
        return { message: `leads out of ${folder}`, hint: "put the file beside the manifest" };
      }
      const content = contents.get(path);
      if (content === undefined) {
        const reason = reasons.get(path);
        return {
          message:
            reason === undefined ? `does not exist: ${path}` : `cannot be read: ${path} ${reason}`,
          hint: reason === undefined ? "the path is relative to this manifest" : null,
        };
      }
      const lfs = lfsSize(content);
      if (lfs !== null) {
        const hint =
          lfs > largestMountedBytes
            ? `it is larger than ${largestMountedBytes / 1024} KiB: ${putElsewhere}`
            : lfsHint(path);
        return { message: `${lfsMessage(lfs)}: ${path}`, hint };
      }
      if (content.byteLength > largestMountedBytes) {
        const message = `is larger than ${largestMountedBytes / 1024} KiB: ${path}`;
        return { message, hint: putElsewhere };
      }
      try {
        const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
        if (!text.includes("\0")) return { content: text, path };
      } catch {
        // Told below.
      }
      const message = `is not UTF-8 text: ${path}`;
      return { message, hint: "put binary files into the image or on a volume" };
    },
  };
}

/** Whether a path is inside a folder; everything is inside the empty one. */
export function isBelow(root: string, path: string): boolean {
  return root === "" || path === root || path.startsWith(`${root}/`);
}

/** A folder as paths of files begin with it; "" for all of them. */
export function rootOf(folder: string): string {
  return folder.replace(/^\.\/+|\/+$/g, "").replace(/^\.$/, "");
}
