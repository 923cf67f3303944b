// What parts of the engine like to find again after a restart, as values of theirs over the store's texts.
// Losing it is harmless; a text that cannot be read any more is as if it were not there.
import type { z } from "zod";
import type { Clock } from "../../lib/clock.ts";
import type { Memo, Store } from "../../ports-store.ts";

type Kind = Memo["kind"];

export interface Remembered<T> {
  readonly stack: string;
  readonly key: string;
  readonly value: T;
}

export interface Memory {
  /** What earlier processes left of a kind; read once, when the part that owns it is first asked. */
  left<T>(kind: Kind, schema: z.ZodType<T>): readonly Remembered<T>[];
  save(kind: Kind, stack: string, key: string, value: unknown): void;
  remove(kind: Kind, stack: string, key: string): void;
}

/** For who only reads: nothing is found and nothing kept. */
export const noMemory: Memory = {
  left: () => [],
  save: () => undefined,
  remove: () => undefined,
};

export function createMemory(
  store: Pick<Store, "saveMemo" | "removeMemo" | "memos">,
  clock: Clock,
): Memory {
  return {
    left: (kind, schema) =>
      store.memos().flatMap(({ kind: is, stack, key, text }) => {
        if (is !== kind) return [];
        const value = schema.safeParse(parsed(text));
        return value.success ? [{ stack, key, value: value.data }] : [];
      }),
    save(kind, stack, key, value) {
      store.saveMemo({ kind, stack, key, text: JSON.stringify(value), atMs: clock.now() });
    },
    remove(kind, stack, key) {
      store.removeMemo(kind, stack, key);
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
