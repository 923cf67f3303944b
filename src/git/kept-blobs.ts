// The files of the revision that was read last, by their ids, so that the next one reads what is new in it.
import type { SourceFile } from "../ports.ts";

/** Manifests are small; of a tree that is not, nothing is kept. */
export const mostKeptBytes = 32 * 1024 * 1024;

export interface KeptBlobs {
  all(): ReadonlyMap<string, Uint8Array>;
  /** Keeps these and forgets all others; the same files, for whoever read them. */
  keep(files: readonly SourceFile[]): readonly SourceFile[];
}

export function createKeptBlobs(): KeptBlobs {
  let blobs = new Map<string, Uint8Array>();
  return {
    all: () => blobs,
    keep(files) {
      const bytes = files.reduce((sum, { content }) => sum + content.byteLength, 0);
      if (bytes > mostKeptBytes) {
        blobs = new Map();
        return files;
      }
      const next = new Map<string, Uint8Array>();
      const kept = files.map((file): SourceFile => {
        const { id, content } = file;
        if (id === undefined) return file;
        // What git printed is one buffer, and a view keeps all of it.
        const own = next.get(id) ?? blobs.get(id) ?? Buffer.from(content);
        next.set(id, own);
        return own === content ? file : { ...file, content: own };
      });
      blobs = next;
      return kept;
    },
  };
}
