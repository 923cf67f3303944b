// Names to which much happens at once, handed on together a moment later.
import type { Clock } from "../../lib/clock.ts";

export interface GatheredNames {
  add(names: readonly string[]): void;
  /** Nothing is handed on any more. */
  close(): void;
}

/** `settle` gets each name once, `afterMs` after the first of them. */
export function createGatheredNames(
  clock: Pick<Clock, "after">,
  afterMs: number,
  settle: (names: ReadonlySet<string>) => void,
): GatheredNames {
  const touched = new Set<string>();
  let gathering = false;
  let closed = false;
  return {
    add(names) {
      for (const name of names) touched.add(name);
      if (gathering || closed || touched.size === 0) return;
      gathering = true;
      clock.after(afterMs, () => {
        gathering = false;
        const now = new Set(touched);
        touched.clear();
        if (!closed) settle(now);
      });
    },
    close() {
      closed = true;
    },
  };
}
