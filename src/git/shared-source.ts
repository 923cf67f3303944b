// One source that several engines read: Git is asked once for all of them, and a revision is read once.
import type { Revision, Source, SourceTree } from "../ports.ts";

interface Asking<T> {
  readonly under: Promise<T>;
  /** The next one, which those share who ask while one is under way: that one may have asked before their push. */
  next: Promise<T> | null;
}

/** Shares what is asked at the same time, and never answers with what was asked before. */
function sharing<T>(ask: () => Promise<T>): () => Promise<T> {
  let current: Asking<T> | null = null;
  const begin = (): Promise<T> => {
    const asking: Asking<T> = { under: ask(), next: null };
    current = asking;
    const ended = (): void => {
      if (current === asking) current = null;
    };
    void asking.under.then(ended, ended);
    return asking.under;
  };
  return () => {
    const asking = current;
    if (asking === null) return begin();
    asking.next ??= asking.under.then(
      () => begin(),
      () => begin(),
    );
    return asking.next;
  };
}

/** One for each of `count` engines; the source itself is closed with the last of them. */
export function shareSource(source: Source, count: number): readonly Source[] {
  const latest = sharing(() => source.latest());
  const kept = new Map<number, readonly string[]>();
  const open = new Set(Array.from({ length: count }, (_, index) => index));
  /** The newest revision that was read, until each has got it. */
  let read: { readonly id: string; readonly tree: Promise<SourceTree>; left: Set<number> } | null =
    null;

  function readOnce(index: number, revision: Revision): Promise<SourceTree> {
    const known = read;
    if (known?.id === revision.id && known.left.has(index)) {
      known.left.delete(index);
      if (known.left.size === 0) read = null;
      return known.tree;
    }
    const tree = source.read(revision);
    const left = new Set(open);
    left.delete(index);
    const fresh = { id: revision.id, tree, left };
    read = left.size === 0 ? null : fresh;
    // Whoever asks again after a failure reads anew.
    tree.catch(() => {
      if (read === fresh) read = null;
    });
    return tree;
  }

  return Array.from({ length: count }, (_, index): Source => ({
    title: source.title,
    latest,
    read: (revision) => readOnce(index, revision),
    async keep(ids) {
      kept.set(index, ids);
      await source.keep([...new Set([...kept.values()].flat())]);
    },
    watch: (changed) => source.watch(changed),
    async close() {
      open.delete(index);
      if (open.size === 0) await source.close();
    },
  }));
}
