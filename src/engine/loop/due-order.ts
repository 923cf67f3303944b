// Which of many keys is due first, without looking at all of them: with thousands of stacks due at once, a look at
// every key for each run would cost their square.
import TinyQueue from "tinyqueue";

export interface DueOrder {
  /** When a key is due from now on; null when it is not. May be called again with the same time. */
  set(name: string, atMs: number | null): void;
  /** The key that is due first, of those due at the same moment the one that was set first; null when none is. */
  first(): { readonly name: string; readonly atMs: number } | null;
}

interface Entry {
  readonly name: string;
  readonly atMs: number;
  readonly number: number;
}

/** Entries that hold no longer are taken out when they come first, or when there are many more of them than keys. */
const mostStale = 1_000;

export function createDueOrder(): DueOrder {
  const current = new Map<string, Entry>();
  const compare = (a: Entry, b: Entry): number => a.atMs - b.atMs || a.number - b.number;
  let entries = new TinyQueue<Entry>([], compare);
  let count = 0;

  return {
    set(name, atMs) {
      const known = current.get(name);
      if (atMs === null) {
        current.delete(name);
        return;
      }
      if (known?.atMs === atMs) return;
      const entry: Entry = { name, atMs, number: count };
      count += 1;
      current.set(name, entry);
      entries.push(entry);
      if (entries.length > current.size * 2 + mostStale) {
        entries = new TinyQueue<Entry>([...current.values()], compare);
      }
    },
    first() {
      for (;;) {
        const entry = entries.peek();
        if (entry === undefined) return null;
        if (current.get(entry.name) === entry) return entry;
        entries.pop();
      }
    },
  };
}
