// Documents that several memories of one source share: a file is parsed once for all of them, as long as any keeps it.
import { readFileDocuments } from "./file-documents.ts";
import type { FileDocuments } from "./file-documents.ts";
import type { SourceFileInput } from "./files.ts";

export interface SharedDocuments {
  /** `id` names the content. The same for the same file while somebody still has it. */
  read(root: string, file: SourceFileInput, id: string): FileDocuments;
  readonly counts: { readonly parsed: number };
}

interface Kept {
  readonly root: string;
  readonly id: string;
  readonly documents: WeakRef<FileDocuments>;
}

/** Below it nobody looks for what is gone. */
const leastSwept = 1_000;

export function createSharedDocuments(): SharedDocuments {
  const kept = new Map<string, Kept>();
  const counts = { parsed: 0 };
  let sweptSize = leastSwept;

  /** Of files that nobody has any more only the path is left, until there are twice as many as before. */
  function sweep(): void {
    if (kept.size < 2 * sweptSize) return;
    for (const [path, { documents }] of kept) {
      if (documents.deref() === undefined) kept.delete(path);
    }
    sweptSize = Math.max(leastSwept, kept.size);
  }

  return {
    counts,
    read(root, file, id) {
      const known = kept.get(file.path);
      const documents = known?.documents.deref();
      if (documents !== undefined && known?.id === id && known.root === root) return documents;
      counts.parsed += 1;
      const fresh = readFileDocuments(root, file);
      kept.set(file.path, { root, id, documents: new WeakRef(fresh) });
      sweep();
      return fresh;
    },
  };
}
